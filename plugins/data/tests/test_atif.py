"""ATIF both ways: ours come back whole, other people's as conversations with their figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.cli import main
from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.store import Run
from agentgym_core.types import Message, Tokens, Trajectory, Turn, Usage, WeightedTrajectory
from agentgym_data import AgentTrajReader
from agentgym_data.atif import export, to_atif
from agentgym_testing.strategies import trajectories

SPEAKERS = ("system", "user", "assistant", "tool")


def written(episodes: list[Trajectory], path: Path) -> list[dict[str, Any]]:
    assert export(map(WeightedTrajectory, episodes), path) == len(episodes)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@st.composite
def spoken(draw: st.DrawFn) -> Trajectory:
    one = draw(trajectories)
    messages = tuple(evolve(message, role=draw(st.sampled_from(SPEAKERS))) for message in one.messages)
    return evolve(one, messages=messages or (Message("user", ""),), key=evolve(one.key, task=one.key.task or "t"))


@settings(max_examples=60)
@given(st.lists(spoken(), min_size=1, max_size=2), st.sampled_from([".json", ".jsonl", ".jsonl.gz"]))
def test_any_episodes_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, found: list[Trajectory], ending: str
) -> None:
    path = tmp_path_factory.mktemp("atif") / f"set{ending}"
    assert export(map(WeightedTrajectory, found), path) == len(found)
    assert list(AgentTrajReader(path)) == found


@pytest.mark.parametrize("form", ["react", "function_calling"])
def test_real_episodes_become_steps_with_what_was_answered(form: str, tmp_path: Path) -> None:
    pytest.importorskip("agentgym_env_todo", reason="the plugin env_todo is not installed")
    run, file = tmp_path / "run", tmp_path / "run.jsonl"
    play = ["collect", "todo", "--policy", "expert", "--limit", "3", "--format", form, "--out", str(run)]
    assert main(play) == 0
    assert main(["export", str(run), "--to", "atif", "--out", str(file)]) == 0
    episodes = list(Run.open(run))
    for record, episode in zip(map(json.loads, file.read_text().splitlines()), episodes, strict=True):
        steps = record["steps"]
        assert [step["step_id"] for step in steps] == list(range(1, len(steps) + 1))
        replies = [step for step in steps if step["source"] == "agent" and step["llm_call_count"] == 1]
        assert len(replies) == len(episode.turns)
        for step, turn in zip(replies[:-1], episode.turns, strict=False):
            (result,) = step["observation"]["results"]
            assert turn.observation in result["content"]
            assert step["extra"]["score"] == turn.score
            if form == "function_calling":
                assert step["tool_calls"][0]["tool_call_id"] == result["source_call_id"]
                assert isinstance(step["tool_calls"][0]["arguments"], dict)
        assert ("tool_definitions" in record["agent"]) == (form == "function_calling")
        assert record["final_metrics"]["extra"]["score"] == episode.score
    assert main(["import", str(file), "--out", str(tmp_path / "again")]) == 0
    assert list(Run.open(tmp_path / "again")) == episodes


def test_prompts_hold_all_that_was_read(episode: Callable[..., Trajectory]) -> None:
    """Turns keep what came since the one before; ATIF wants the whole prompt."""
    messages = (
        Message("user", "a"),
        Message("assistant", "b", True),
        Message("user", "c"),
        Message("assistant", "d", True),
    )
    turns = (
        Turn(1, "b", "c", usage=Usage(2, 1), tokens=Tokens((1, 2), (3,), (-0.5,), fresh=True)),
        Turn(3, "d", "", usage=Usage(5, 1, 0.25), tokens=Tokens((4, 5), (6,), (-0.25,), fresh=False)),
    )
    one = evolve(episode(), messages=messages, turns=turns, usage=Usage(7, 2, 0.25))
    record = to_atif(one)
    first, second = (step["metrics"] for step in record["steps"] if step["source"] == "agent")
    assert (first["prompt_token_ids"], first["completion_token_ids"], first["logprobs"]) == ([1, 2], [3], [-0.5])
    assert (second["prompt_token_ids"], second["completion_token_ids"]) == ([1, 2, 3, 4, 5], [6])
    assert (second["prompt_tokens"], second["extra"]) == (5, {"cost": 0.25})
    assert record["final_metrics"]["total_prompt_tokens"] == 7
    assert "cost_usd" not in json.dumps(record)


THEIRS: dict[str, Any] = {
    "schema_version": "ATIF-v1.6",
    "session_id": "textcraft_12",
    "agent": {"name": "somebody", "version": "1", "model_name": "m-1", "tool_definitions": [{"type": "function"}]},
    "steps": [
        {"step_id": 1, "source": "system", "message": "Be brief."},
        {"step_id": 2, "source": "user", "message": [{"type": "text", "text": "Go."}, {"type": "image", "source": {}}]},
        {
            "step_id": 3,
            "source": "agent",
            "message": "",
            "reasoning_content": "A thought.",
            "tool_calls": [{"tool_call_id": "c1", "function_name": "get", "arguments": {"count": 1}}],
            "observation": {"results": [{"source_call_id": "c1", "content": "Got it."}]},
            "metrics": {"prompt_tokens": 10, "completion_tokens": 3, "cost_usd": 0.5},
        },
        {"step_id": 4, "source": "agent", "message": "Copied.", "is_copied_context": True},
        {"step_id": 5, "source": "agent", "message": "Action: inventory"},
    ],
    "final_metrics": {"total_steps": 5},
}


def test_other_peoples_records_become_episodes_with_their_figures(tmp_path: Path) -> None:
    path = tmp_path / "trajectory.json"
    path.write_text(json.dumps(THEIRS, indent=2))
    (found,) = AgentTrajReader(path)
    assert (found.environment, found.key.task, found.key.policy) == ("textcraft", "textcraft_12", "m-1")
    assert [message.role for message in found.messages] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
        "assistant",
    ]
    assert [message.loss for message in found.messages] == [None, None, True, None, False, True]
    assert [turn.action for turn in found.turns] == ['get with Action Input: {"count": 1}', "inventory"]
    assert found.turns[0].usage == Usage(10, 3, 0.5) == found.usage
    assert found.messages[2].reasoning == "A thought."
    assert found.score is None
    imported = found.info["imported"]
    assert imported["outcome"] == "claimed"
    assert imported["notes"] == {"part of a content that is no text": 1}
    assert found.info["tools"] == [{"type": "function"}]


def test_a_record_that_was_changed_is_read_as_anyones(tmp_path: Path, episode: Callable[..., Trajectory]) -> None:
    path = tmp_path / "one.jsonl"
    one = evolve(
        episode(),
        messages=(Message("user", "Go."), Message("assistant", "Action: up", True)),
        turns=(Turn(1, "up", ""),),
    )
    (record,) = written([one], path)
    assert list(AgentTrajReader(path)) == [one]
    record["steps"][1]["message"] = "Action: down"
    path.write_text(json.dumps(record) + "\n")
    (found,) = AgentTrajReader(path, environment="maze")
    assert found.messages[1].content == "Action: down"
    assert found.turns[0].action == "down"
    assert found.info["imported"]["format"] == "atif"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"steps": []}, "has no steps"),
        ({"steps": [{"source": "dog", "message": ""}]}, r"steps\[0\] is no step"),
        ({"steps": [{"source": "agent", "message": "", "tool_calls": [{}]}]}, "no function_name"),
        ({"session_id": "x-1"}, "does not name its environment"),
    ],
)
def test_what_does_not_fit_is_told(change: dict[str, Any], says: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(json.dumps(THEIRS | change) + "\n")
    with pytest.raises(StoreError, match=says):
        list(AgentTrajReader(path))


def test_weights_are_refused(tmp_path: Path, episode: Callable[..., Trajectory]) -> None:
    with pytest.raises(ConfigError, match="cannot hold a weight"):
        export([WeightedTrajectory(evolve(episode(), messages=(Message("user", ""),)), 0.5)], tmp_path / "x.jsonl")
    with pytest.raises(ConfigError, match="without messages"):
        export([WeightedTrajectory(evolve(episode(), messages=(), turns=()))], tmp_path / "x.jsonl")
    assert not (tmp_path / "x.jsonl").exists()
