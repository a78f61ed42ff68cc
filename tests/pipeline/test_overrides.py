"""Settings of a pipeline file that are changed from a command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.errors import ConfigError
from agentgym_core.pipeline.overrides import override

FILE = """
folder = "{folder}"
[policies.teacher]
id = "expert"
[[tasks.some]]
environment = "counting"
limit = 2
[[stages]]
name = "demos"
kind = "collect"
policy = "teacher"
tasks = "some"
"""

VALUES: dict[str, Any] = {"seed": 1, "rollout": {"wave": 4}, "stages": [{"name": "a"}, {"name": "b", "config": {}}]}


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ("seed=3", ("seed",), 3),
        ("rollout.wave = 8", ("rollout", "wave"), 8),
        ("stages.b.config.failures=off", ("stages", 1, "config", "failures"), "off"),
        ('stages.0.name="c"', ("stages", 0, "name"), "c"),
        ("rollout.sampling.temperature=0.5", ("rollout", "sampling", "temperature"), 0.5),
        ("stages.b.config.sizes=[7, 9]", ("stages", 1, "config", "sizes"), [7, 9]),
        ("folder=runs/a=b", ("folder",), "runs/a=b"),
    ],
)
def test_a_change_reaches_its_place_and_nothing_else(change: str, path: tuple[str | int, ...], value: object) -> None:
    changed: Any = override(VALUES, [change])
    for key in path:
        changed = changed[key]
    assert changed == value
    assert VALUES == {"seed": 1, "rollout": {"wave": 4}, "stages": [{"name": "a"}, {"name": "b", "config": {}}]}


def test_the_last_of_two_changes_wins() -> None:
    assert override(VALUES, ["seed=3", "seed=4"])["seed"] == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("seed", "no change"),
        ("=3", "no change"),
        ("seed.deep=3", "no table"),
        ("stages.c.config.x=1", "nothing is called 'c'"),
        ("stages.2.name=x", "nothing is called '2'"),
        ("seed.deep.deeper=1", "set in 1, which is no table"),
    ],
)
def test_a_change_that_leads_nowhere_is_refused(change: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        override(VALUES, [change])


def test_a_changed_setting_is_checked_like_a_written_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "run.toml"
    file.write_text(FILE.format(folder=tmp_path / "kept"), encoding="utf-8")
    assert main(["check", str(file), "--set", "sed=3"]) == 1
    assert "did you mean 'seed'" in capsys.readouterr().err
    assert main(["check", str(file), "--set", "seed=3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["seed"] == 3


def test_a_run_skips_the_first_tasks_and_takes_so_many_of_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(FILE.format(folder=tmp_path / "kept"), encoding="utf-8")
    assert main(["run", str(file), "--set", "tasks.some.0.skip=3"]) == 0
    lines = (tmp_path / "kept/stages/demos/run/trajectories.jsonl").read_text(encoding="utf-8").splitlines()
    assert sorted(json.loads(line)["key"]["task"] for line in lines) == ["train-3", "train-4"]
