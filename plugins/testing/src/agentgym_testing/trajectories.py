"""Trajectories for tests of rewards, reports and pages: a pytest fixture to import into a `conftest.py`, and one for rewards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentgym_core.types import (
    EpisodeKey,
    Fault,
    Message,
    Outcome,
    Trajectory,
    Turn,
    Usage,
)

MakeEpisode = Callable[..., Trajectory]


def _episode(
    task: str = "t0",
    score: float | None = 1.0,
    *,
    environment: str = "maze-v1",
    sample: int = 0,
    outcome: Outcome | None = None,
    success: bool | None = None,
    policy: str = "expert",
    configuration: str = "c0",
    split: str = "eval",
    rounds: int = 2,
    text: str = "go",
    **more: Any,
) -> Trajectory:
    if outcome is None:
        outcome = Outcome.SOLVED if score == 1.0 else Outcome.FAILED
    key = EpisodeKey(environment, configuration, task, seed=7, sample=sample, policy=policy)
    turns = tuple(
        Turn(
            message=1 + 2 * n,
            action=f"{text} {n}",
            observation=f"{text} seen {n}",
            score=(score or 0.0) if n == rounds - 1 else 0.0,
            usage=Usage(10, 5),
        )
        for n in range(rounds)
    )
    messages = [Message("user", f"{text} first")]
    for turn in turns:
        messages += [Message("assistant", f"Action: {turn.action}", loss=True), Message("user", turn.observation)]
    values: dict[str, Any] = {
        "id": key.digest,
        "key": key,
        "split": split,
        "outcome": outcome,
        "messages": tuple(messages),
        "turns": turns,
        "opening": f"{text} first",
        "score": score if outcome.scored else None,
        "success": success if success is not None else (score == 1.0 if outcome.scored else None),
        "fault": None if outcome.scored else Fault("step", "maze", "RuntimeError", text),
        "usage": Usage(10 * rounds, 5 * rounds),
        "seconds": 0.5,
    }
    return Trajectory(**{**values, **more})


@pytest.fixture
def episode() -> MakeEpisode:
    """Makes a trajectory; everything that a test does not name has a plain value."""
    return _episode


def judged_episode(
    score: float | None,
    turns: int = 0,
    unreadable: int = 0,
    outcome: Outcome = Outcome.FAILED,
    said: str = "",
    seed: int = 0,
) -> Trajectory:
    """A trajectory with `turns` readable turns and `unreadable` others, in which the agent said one thing."""
    played = [Turn(index, "look", "a room") for index in range(turns)]
    played += [Turn(index, None, "what?", error="no action") for index in range(unreadable)]
    key = EpisodeKey("room-v1", "c", "t", seed)
    messages = (Message("user", "Go."), Message("assistant", "Ok.", False), Message("assistant", said, True))
    return Trajectory(key.digest, key, "train", outcome, messages, tuple(played), score=score)
