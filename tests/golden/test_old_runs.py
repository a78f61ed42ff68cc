"""A run folder of an earlier build is read, scored, compared, resumed and shown as if this one had made it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from golden import house
from golden.canon import body
from golden.old_runs import COMMANDS, judged

FOLDER = Path(__file__).resolve().parent / "old_runs"


@pytest.fixture
def runs(tmp_path: Path, need: Callable[[str], None]) -> Path:
    """A copy of the folders."""
    for environment in ("maze", "wordle", "todo"):
        need(environment)
    return Path(shutil.copytree(FOLDER, tmp_path / "old"))


def test_scores_and_comparisons_have_the_same_numbers(runs: Path, record: Callable[[str], Any]) -> None:
    now = judged(runs)
    before = record("old-runs")
    assert set(now) == set(before)
    for what, numbers in before.items():
        assert now[what] == pytest.approx(numbers, abs=1e-9), what


@pytest.mark.parametrize("name", COMMANDS)
def test_a_finished_run_has_nothing_to_play(runs: Path, name: str) -> None:
    file = runs / name / house.EPISODES
    before = file.read_bytes()
    house.agentgym(*COMMANDS[name], "--out", str(runs / name), "--resume")
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", COMMANDS)
def test_a_run_that_was_cut_off_is_completed(runs: Path, name: str) -> None:
    file = runs / name / house.EPISODES
    whole = house.episodes(runs / name)
    lines = file.read_bytes().splitlines(keepends=True)
    # The last line is torn, as after a crash, and the second is not there at all.
    file.write_bytes(b"".join([lines[0], *lines[2:-1], lines[-1][:100]]))
    house.agentgym(*COMMANDS[name], "--out", str(runs / name), "--resume")
    found = {each["id"]: each for each in house.episodes(runs / name)}
    assert set(found) == {each["id"] for each in whole}
    for each in whole:
        assert found[each["id"]]["key"] == each["key"]
        # Broken replies are read otherwise than they were: what is played again differs, what was kept does not.
        if name != "faulty" or each in (whole[0], *whole[2:-1]):
            assert body(found[each["id"]]) == body(each)


def test_a_run_is_shown(runs: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.html", tmp_path / "two.html"
    house.agentgym("view", str(runs / "faulty"), "--out", str(one))
    house.agentgym("view", str(runs / "chance"), "--compare", str(runs / "expert"), "--out", str(two))
    for page, names in ((one, ["faulty"]), (two, ["chance", "expert"])):
        text = page.read_text(encoding="utf-8")
        for name in names:
            for episode in house.episodes(runs / name):
                assert episode["key"]["task"] in text
