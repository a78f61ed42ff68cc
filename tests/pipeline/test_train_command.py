from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main


def collect(folder: Path, *words: str) -> str:
    assert main(["collect", "counting", "--out", str(folder), *words]) == 0
    return str(folder)


def test_a_learner_learns_from_stored_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str], toy_world: Any) -> None:
    run = collect(tmp_path / "demos", "--policy", "expert", "--limit", "4")
    capsys.readouterr()
    words = ["train", "tally", "--data", run, "--out", str(tmp_path / "out"), "--json"]
    assert main(words) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["metrics"] == {"episodes": 4, "weight": 4.0}
    assert record["policy"] == {"id": "expert", "config": {}}
    assert main(words) == 0
    assert toy_world.calls == 1


def test_only_solved_episodes_teach_unless_all_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = collect(tmp_path / "demos", "--policy", "null", "--limit", "4")
    assert main(["train", "tally", "--data", run, "--out", str(tmp_path / "a")]) == 1
    assert "no solved episode" in capsys.readouterr().err
    assert main(["train", "tally", "--data", run, "--out", str(tmp_path / "b"), "--all", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["metrics"]["episodes"] == 4


def test_evaluation_episodes_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = collect(tmp_path / "held", "--policy", "expert", "--split", "eval")
    assert main(["train", "tally", "--data", run, "--out", str(tmp_path / "a")]) == 1
    assert "come from evaluation tasks" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tallly"], "agentgym: no algorithm is called 'tallly'\n  did you mean 'tally'"),
        (["tally", "--config", "fial=true"], "--config.fial: unknown key, did you mean 'fail'"),
        (["tally", "--tasks", "explore"], "not NAME=ENV"),
        (["tally", "--tasks", "explore=countin"], "'countin'"),
        (["tally", "--data", "nowhere"], "nowhere"),
    ],
)
def test_a_mistake_is_one_line_and_a_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["train", *words, "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
