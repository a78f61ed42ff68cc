"""The published recordings, played again: what was recorded is what comes out."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.types import Action

RECORDED = Path(__file__).resolve().parents[3] / ".." / "shared" / "reference" / "agenttraj" / "maze.jsonl.gz"


@pytest.fixture(scope="module")
def episodes() -> list[dict[str, Any]]:
    if not RECORDED.is_file():
        pytest.skip("the recorded AgentTraj episodes are not here")
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_every_recorded_turn_comes_out_again(
    episodes: list[dict[str, Any]], source: Callable[..., EnvironmentSource]
) -> None:
    maze = source(trailing_newline=True)
    environment = maze.make()
    counts: Counter[str] = Counter()
    for episode in episodes:
        turns = [message["value"] for message in episode["conversations"]]
        # The first observation stands at the end of the long instruction.
        counts["openings"] += 1
        counts["openings matched"] += turns[2].endswith("\n" + environment.reset(maze.find(episode["item_id"])))
        replies, observations = turns[3::2], turns[4::2]
        for number, reply in enumerate(replies):
            step = environment.step(Action(text=reply.rpartition("Action:")[2].strip()))
            if number < len(observations):
                matched = step.observation == observations[number] and step.score == 0 and not step.ended
            else:
                # Only episodes with reward 1 were published, and they end with the winning action.
                matched = step.score == 1 and step.terminated
            counts["turns"] += 1
            counts["turns matched"] += matched
    assert counts == {"openings": 108, "openings matched": 108, "turns": 484, "turns matched": 484}


def test_without_the_newline_nothing_else_differs(
    episodes: list[dict[str, Any]], source: Callable[..., EnvironmentSource]
) -> None:
    maze = source()
    environment = maze.make()
    for episode in episodes:
        turns = [message["value"] for message in episode["conversations"]]
        environment.reset(maze.find(episode["item_id"]))
        for reply, observation in zip(turns[3::2], turns[4::2], strict=False):
            step = environment.step(Action(text=reply.rpartition("Action:")[2].strip()))
            assert step.observation + "\n" == observation
