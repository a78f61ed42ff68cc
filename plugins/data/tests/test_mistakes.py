"""Mistakes that people make with files, and the line that sets each right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_data import from_record

ONE: dict[str, Any] = {
    "item_id": "lmrlgym_maze_1",
    "conversations": [{"from": "human", "value": "State"}, {"from": "gpt", "loss": True, "value": "Action: move up"}],
}
SPOKEN = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}]

WRONG: dict[str, tuple[Any, str, str]] = {
    "records under a name": ({"data": [ONE]}, "its keys are: data", "the records lie under 'data'"),
    "splits in one file": ({"train": [ONE], "test": []}, "its keys are: train, test", "lie under 'train'"),
    "bare conversations": ([SPOKEN], "record 1: is list", '{"messages": [...]}'),
    "messages as records": (SPOKEN, "is a message, not an episode", "docs/data.md"),
    "messages without an environment": ([{"messages": SPOKEN}], "the id 'in-1' does not name", "--environment ID"),
    "numbers as ids": ([{**ONE, "item_id": 5}], "the id '5' does not name", "--environment ID"),
    "instructions": ([{"instruction": "a", "output": "b"}], "(Alpaca), not an episode", "docs/data.md"),
    "pairs": ([{"prompt": "a", "chosen": "b", "rejected": "c"}], "(DPO), not an episode", "docs/data.md"),
    "a batch": ([{"custom_id": "a", "response": {}}], "a batch of OpenAI's API", "docs/data.md"),
    "a sidecar": ([{"record": "a", "trajectory": {}, "messages": {}}], "is the sidecar of an export", "docs/data.md"),
    "nothing": ([{}], "its keys are: none", "docs/data.md"),
    "a number": (42, "is int, not an object", "agentgym data ids"),
    "ids": (["lmrlgym_maze_1"], "is str, not an object", "agentgym data ids"),
    "items": ([{**ONE, "conversations": None}], "this is a list of items (AgentEval)", "agentgym data ids"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_episode_is_told_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    value, what, hint = WRONG[name]
    path = tmp_path / "in.json"
    path.write_text(json.dumps(value))
    assert main(["import", str(path), "--out", str(tmp_path / "run")]) == 1
    message, _, following = capsys.readouterr().err.partition("\n")
    assert f"{path}, line 1, record 1: " in message
    assert what in message
    assert hint in following
    assert not (tmp_path / "run").exists()


@pytest.fixture
def run(tmp_path: Path) -> str:
    (tmp_path / "in.json").write_text(json.dumps([ONE]))
    assert main(["import", str(tmp_path / "in.json"), "--out", str(tmp_path / "run")]) == 0
    return str(tmp_path / "run")


@pytest.mark.parametrize(
    ("form", "name", "fine"),
    [
        ("agenttraj", "a.csv", False),
        ("agenttraj", "a.parquet", False),
        ("agenttraj", "a.json.gz", True),
        ("messages", "a.txt", False),
        ("messages", "a.jsonl.gz", True),
        ("jsonl", "a.parquet", False),
        ("jsonl", "a", True),
        ("parquet", "a.json", False),
        ("parquet", "a.parquet.gz", False),
    ],
)
def test_a_file_is_not_called_what_it_is_not(
    tmp_path: Path, run: str, capsys: pytest.CaptureFixture[str], form: str, name: str, fine: bool
) -> None:
    out = tmp_path / "out" / name
    assert main(["export", run, "--to", form, "--out", str(out)]) == (0 if fine else 1)
    assert out.exists() == fine
    assert fine or "name it with ." in capsys.readouterr().err


def test_an_environment_that_nobody_knows_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.json").write_text(json.dumps([ONE]))
    command = ["import", str(tmp_path / "in.json"), "--out"]
    assert main([*command, str(tmp_path / "a"), "--environment", "openenw"]) == 0
    assert "nothing here is called 'openenw'" in capsys.readouterr().out
    assert main([*command, str(tmp_path / "b"), "--environment", "webarena"]) == 0
    assert "nothing here" not in capsys.readouterr().out


def test_a_file_named_twice_is_read_once_and_a_file_is_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps([ONE]))
    assert main(["import", str(path), str(path), "--out", str(tmp_path / "run")]) == 0
    out = capsys.readouterr().out
    assert "1 episodes in" in out
    assert "note: a file that was named twice, read once (1)" in out
    assert main(["import", str(path), "--out", str(path)]) == 1
    assert "in.json: is a file\n  --out names the folder of the run" in capsys.readouterr().err
    assert json.loads(path.read_text()) == [ONE]


def test_a_style_is_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps([ONE]))
    assert main(["data", "prompts", str(path), "--out", str(tmp_path / "style.toml")]) == 1
    assert "a style is written as JSON" in capsys.readouterr().err


def test_ids_of_ours_are_not_said_to_end_in_no_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ids.json"
    path.write_text('["maze-eval-7x7-0"]')
    assert main(["data", "ids", str(path)]) == 0
    assert "1 ids have no number after an underscore" in capsys.readouterr().out


def test_an_episode_without_a_reply_is_said() -> None:
    found = from_record({**ONE, "conversations": ONE["conversations"][:1]})
    assert found.turns == ()
    assert found.info["imported"]["notes"] == {"an episode without a reply to learn from": 1}


@pytest.mark.parametrize("reply", ["Action: go", "THOUGHT: x\nACTION: go", "Action: is a word.\nAction:\n go \n"])
def test_the_mark_of_an_action_may_be_in_capitals(reply: str) -> None:
    found = from_record({**ONE, "conversations": [{"from": "gpt", "loss": True, "value": reply}]})
    assert found.turns[0].action == "go"
