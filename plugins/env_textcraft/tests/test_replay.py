"""Episodes recorded in AgentTraj, played again: skipped where the file is not there."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from agentgym_core.environments import resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Action
from agentgym_env_textcraft.agenttraj import read_openings

ACTION = re.compile(r"Action:\s*(.*?)(?=\n|$)", re.DOTALL)


def test_recorded_observations_and_rewards_come_out_again(recorded: Path) -> None:
    """99.9 % of turns, blanks at the end of a line aside; what is left is one episode whose recorded action is not the one played."""
    source = resolve_environment("textcraft", {"agenttraj": str(recorded)})
    counts: Counter[str] = Counter()
    strange = []
    with gzip.open(recorded, "rt") as lines, GuardedEnvironment(source) as instance:
        for record in map(json.loads, lines):
            said = [part["value"].removeprefix("Instruction:\n") for part in record["conversations"]]
            step = instance.reset(ResetRequest(record["item_id"])).step
            counts["openings"] += step.observation == said[2]
            for reply, answer in zip(said[3::2], [*said[4::2], None], strict=True):
                (action,) = ACTION.findall(reply)
                step = instance.step(Action(text=action)).step
                counts["turns"] += 1
                if answer is None:
                    counts["rewards"] += step.ended and step.score == 1.0
                elif step.observation == answer and step.score == 0.0:
                    counts["equal"] += 1
                elif step.observation.rstrip() == answer and step.score == 0.0:
                    counts["blank at the end"] += 1
                else:
                    strange.append(record["item_id"])
    assert strange == ["textcraft_210"] * 2
    assert counts == {"turns": 1507, "openings": 187, "rewards": 187, "equal": 1266, "blank at the end": 52}


def test_the_expert_solves_the_recorded_tasks(recorded: Path) -> None:
    source = resolve_environment("textcraft", {"agenttraj": str(recorded)})
    assert source.splits["agenttraj"] == 187
    with GuardedEnvironment(source) as instance:
        for task in source.tasks("agenttraj"):
            answer = instance.reset(ResetRequest(task.id, needs=frozenset({"expert"})))
            turns = 0
            while answer.expert is not None:
                answer = instance.step(Action(text=answer.expert.action))
                turns += 1
            assert answer.step.score == 1.0
            assert turns <= source.description.max_rounds


def test_recorded_tasks_have_the_fingerprints_of_our_own(recorded: Path) -> None:
    source = resolve_environment("textcraft", {"agenttraj": str(recorded), "rounds": 48})
    own = {task.fingerprint for split in ("train", "eval") for task in source.tasks(split)}
    assert {task.fingerprint for task in source.tasks("agenttraj")} <= own


RECORD = {
    "item_id": "textcraft_7",
    "conversations": [
        {"from": "human", "loss": None, "value": "some words"},
        {
            "from": "human",
            "loss": None,
            "value": "Instruction:\nCrafting commands:\ncraft 1 stick using 2 bamboo\n\nGoal: craft stick.",
        },
    ],
}


@pytest.mark.parametrize("form", ["array", "lines", "packed"])
def test_files_are_read_in_each_form(tmp_path: Path, form: str) -> None:
    path = tmp_path / "file"
    data = json.dumps([RECORD] if form == "array" else RECORD).encode()
    path.write_bytes(gzip.compress(data) if form == "packed" else data)
    source = resolve_environment("textcraft", {"agenttraj": str(path)})
    task = source.find("textcraft_7")
    assert task.split == "agenttraj"
    assert task.data.text == "Crafting commands:\ncraft 1 stick using 2 bamboo\n\nGoal: craft stick."
    assert task.fingerprint
    assert source.find("textcraft-stick").fingerprint == task.fingerprint


@pytest.mark.parametrize(
    "content",
    [
        b"[",
        b"{}",
        b'{"item_id": 3, "conversations": []}',
        b'{"item_id": "textcraft_1", "conversations": [{"from": "human", "value": "Hello"}]}',
        b'{"item_id": "textcraft_1", "conversations": []}',
        b"\x1f\x8bnot packed",
        b"\xff\xfe",
    ],
)
def test_files_that_hold_something_else_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"agenttraj.*odd\.json"):
        read_openings(path)
    with pytest.raises(ConfigError, match="absent"):
        read_openings(tmp_path / "absent")
