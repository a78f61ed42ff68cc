"""Logs of evaluators: roles and contents, an object a file, and what `reward` and `success` mean there."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.errors import StoreError
from agentgym_core.store import Run
from agentgym_core.types import Outcome
from agentgym_data import export_agenttraj, from_record, import_agenttraj
from agentgym_data.transfer import STYLE

SPOKEN: list[dict[str, Any]] = [
    {"role": "user", "content": "Rules."},
    {"role": "assistant", "content": "OK. I'll follow your instructions and try my best."},
    {"role": "user", "content": "You are at 1, 1."},
    {"role": "assistant", "content": "Thought:\nUp.\n\nAction:\nmove up", "reasoning_content": "Hm."},
    {"role": "user", "content": "A wall."},
]


def log(item: str = "lmrlgym_maze_1", **more: Any) -> dict[str, Any]:
    return {"conversations": SPOKEN, "item_id": item, "reward": 1.0, "success": 1, **more}


def test_a_log_with_roles_becomes_turns() -> None:
    found = from_record(log())
    assert [message.role for message in found.messages] == ["user", "assistant", "user", "assistant", "user"]
    assert [message.loss for message in found.messages] == [None, False, None, True, None]
    assert found.messages[3].reasoning == "Hm."
    (turn,) = found.turns
    assert (turn.action, turn.observation, turn.score) == ("move up", "A wall.", 1.0)
    assert found.info["imported"]["notes"] == {"a first reply that only agrees, taken for a canned one": 1}


@pytest.mark.parametrize(
    "first",
    [
        "Thought: OK.\n\nAction:\nmove up",
        "OK, I go. Action: move up",
        "ok {}",
        "Okay\nmove up",
        "Sure thing, moving left",
    ],
)
def test_a_first_reply_that_acts_is_a_turn(first: str) -> None:
    spoken = [SPOKEN[0], {"role": "assistant", "content": first}, *SPOKEN[2:]]
    assert len(from_record(log(conversations=spoken)).turns) == 2


@pytest.mark.parametrize("indent", [None, 2, 4])
def test_a_folder_of_logs_an_object_a_file_is_one_run(
    tmp_path: Path, indent: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").mkdir()
    for number, reward in enumerate([1, 0, 0.5]):
        record = log(f"lmrlgym_maze_{number}", reward=reward, success=int(reward == 1))
        (tmp_path / "logs" / f"lmrlgym_maze_{number}.json").write_text(json.dumps(record, indent=indent))
    (tmp_path / "logs" / "notes.txt").write_text("x")
    assert main(["import", str(tmp_path / "logs"), "--out", str(tmp_path / "run")]) == 0
    assert "3 episodes in" in capsys.readouterr().out
    run = Run.open(tmp_path / "run")
    assert [(item.outcome.value, item.score) for item in run] == [("solved", 1.0), ("failed", 0.0), ("failed", 0.5)]
    export_agenttraj(run, tmp_path / "all.json")
    assert [record["item_id"] for record in json.loads((tmp_path / "all.json").read_text())] == [
        f"lmrlgym_maze_{number}" for number in range(3)
    ]


def test_a_log_comes_out_byte_for_byte(tmp_path: Path) -> None:
    text = json.dumps(log(), indent=4).replace("\n", "\r\n")
    (tmp_path / "in.json").write_bytes(text.encode())
    import_agenttraj(tmp_path / "in.json", tmp_path / "run")
    run = Run.open(tmp_path / "run")
    export_agenttraj(run, tmp_path / "out.json", style=run.manifest[STYLE])
    assert (tmp_path / "out.json").read_bytes() == text.encode()


SCORED: list[tuple[str, Any, Any, Outcome, float | None]] = [
    # AgentGym's `success` is `reward == 1`, which says nothing where solved tasks have another reward.
    ("sciworld", 100, 0, Outcome.SOLVED, 1.0),
    ("sciworld", 43, 0, Outcome.FAILED, 0.43),
    ("sciworld", -100, 0, Outcome.FAILED, 0.0),
    ("sciworld", 1, 1, Outcome.FAILED, 0.01),
    ("sciworld", 0.43, 0, Outcome.FAILED, 0.43),
    ("sciworld", 100, None, Outcome.SOLVED, 1.0),
    ("babyai", 0.8875, 0, Outcome.SOLVED, 0.8875),
    ("babyai", 0, 0, Outcome.FAILED, 0.0),
    ("babyai", 2.7, 0, Outcome.SOLVED, 1.0),
    ("maze", 1, 1, Outcome.SOLVED, 1.0),
    ("maze", -1, 0, Outcome.FAILED, 0.0),
    ("maze", 0, "0", Outcome.FAILED, 0.0),
    ("maze", "1.0", "1", Outcome.SOLVED, 1.0),
    ("maze", False, False, Outcome.FAILED, 0.0),
    ("maze", None, "false", Outcome.FAILED, None),
    ("maze", None, 0.0, Outcome.FAILED, None),
    ("webshop", 0.67, 0, Outcome.FAILED, 0.67),
    # Somebody's own word stands.
    ("maze", 0.4, 1, Outcome.SOLVED, 0.4),
    ("maze", 1, 0, Outcome.FAILED, 1.0),
    ("maze", 100, True, Outcome.SOLVED, None),
    ("other", -3, False, Outcome.FAILED, None),
]


@pytest.mark.parametrize(("environment", "reward", "success", "outcome", "score"), SCORED)
def test_how_a_log_ended(environment: str, reward: Any, success: Any, outcome: Outcome, score: float | None) -> None:
    record = log("x_1", reward=reward, success=success)
    if success is None:
        del record["success"]
    for name in (environment, f"{environment}-v1"):
        found = from_record(record, environment=name)
        assert (found.outcome, found.score) == (outcome, score)
        assert found.success == (outcome is Outcome.SOLVED)


@pytest.mark.parametrize(
    ("reward", "success", "note"),
    [
        ("high", None, "reward that is no number"),
        ([1], None, "reward that is no number"),
        ("nan", None, "reward that is no number"),
        (10**400, None, "reward that is no number"),
        (None, "maybe", "success that is neither true nor false"),
        (None, 5, "success that is neither true nor false"),
        (7, None, "reward outside [0, 1], which is no score"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_what_cannot_be_read_of_an_ending_is_said(
    tmp_path: Path, reward: Any, success: Any, note: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps(log(reward=reward, success=success)) + "\n")
    assert main(["import", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "run")]) == 0
    out = capsys.readouterr().out
    assert f"note: {note} (1)" in out
    assert "without a recorded score count as solved on the publisher's word" in out


def test_what_is_left_out_is_counted_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        json.dumps(log()),
        "{broken",
        json.dumps({"item_id": "lmrlgym_maze_2", "conversations": None}),
        json.dumps(log("lmrlgym_maze_3", note="n")),
        json.dumps({"item_id": "lmrlgym_maze_4", "conversations": [{"role": "critic", "content": "x"}]}),
        json.dumps({"prompt": [], "chosen": [], "rejected": []}),
    ]
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(lines) + "\n")
    command = ["import", str(path), "--out", str(tmp_path / "run")]
    assert main(command) == 1
    assert "in.jsonl, line 2" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
    assert main([*command, "--skip-corrupt"]) == 0
    out = capsys.readouterr().out
    assert "2 episodes in" in out
    assert out.count("1 left out: ") == 4
    assert f"(first: {path}, line 3, record 2)" in out
    assert "is a pair of preferences (DPO), not an episode" in out
    assert "kept for export, though nothing here reads it: note (1)" in out


def test_a_cut_packed_file_gives_what_is_whole(tmp_path: Path) -> None:
    packed = gzip.compress(
        "".join(json.dumps(log(f"lmrlgym_maze_{n}", note=str(n) * 50)) + "\n" for n in range(3000)).encode()
    )
    (tmp_path / "in.jsonl.gz").write_bytes(packed[: len(packed) * 3 // 4])
    done = import_agenttraj(tmp_path / "in.jsonl.gz", tmp_path / "run", skip_corrupt=True)
    assert 0 < done.episodes < 3000
    assert sum(reason.records for reason in done.left_out) in (1, 2)
    assert any("cannot be read to its end" in reason.reason for reason in done.left_out)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"role": "critic", "content": "x"}, "unknown speaker 'critic'"),
        ({"role": 5, "content": "x"}, r"conversations\[1\] is not"),
        ({"role": "user"}, r"conversations\[1\] is not"),
        ({"role": "user", "content": 5}, r"conversations\[1\].content is int"),
        ({"role": "user", "content": [5]}, r"conversations\[1\].content\[0\] is no part"),
        ({"role": "assistant", "content": "", "tool_calls": 5}, r"conversations\[1\].tool_calls is int"),
        ({"role": "assistant", "content": "", "tool_calls": [{"id": "1"}]}, "has no function with a name"),
        ({"role": "tool", "content": "", "tool_call_id": 5}, "tool_call_id is int"),
        (None, r"conversations\[1\] is not a message but null"),
    ],
)
def test_a_message_that_does_not_fit_is_told_with_its_place(entry: Any, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        from_record(log(conversations=[SPOKEN[0], entry]))
    assert caught.value.hint


def test_a_runs_own_folder_and_file_are_told(tmp_path: Path) -> None:
    with Run.create(tmp_path / "run") as run:
        run.append(from_record(log()))
    with pytest.raises(StoreError, match="is a run already") as caught:
        import_agenttraj(tmp_path / "run", tmp_path / "other")
    assert "agentgym score" in caught.value.hint
    with pytest.raises(StoreError, match="line 1, record 1: is a line of a run's own file"):
        import_agenttraj(tmp_path / "run" / "trajectories.jsonl", tmp_path / "other")
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError, match="holds no JSON file"):
        import_agenttraj(tmp_path / "empty", tmp_path / "other")
