"""A pytest fixture that makes episodes for tests of stores and formats. Import it into a `conftest.py`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agentgym_core.types import EpisodeKey, Message, Outcome, ToolCall, Trajectory, Turn, Usage


@pytest.fixture
def make_trajectory() -> Callable[..., Trajectory]:
    """Makes an episode of two turns; `number` tells episodes apart."""

    def make(
        number: int = 0, outcome: Outcome = Outcome.SOLVED, score: float | None = 1.0, **more: object
    ) -> Trajectory:
        key = EpisodeKey("maze-v1", "c0ffee", f"lmrlgym_maze_{number}", seed=number, policy="expert")
        values: dict[str, object] = {
            "id": key.digest,
            "key": key,
            "split": "train",
            "outcome": outcome,
            "messages": (
                Message("system", "Walk to the goal."),
                Message("assistant", "OK.", loss=False),
                Message("user", "You stand at 1, 1 — é."),
                Message("assistant", "Thought:\nUp.\n\nAction:\nmove up", loss=True, reasoning="hm"),
                Message("user", "A wall."),
                Message("assistant", "", loss=True, tool_calls=(ToolCall("c1", "move", '{"to": "down"}'),)),
            ),
            "turns": (
                Turn(3, "move up", "A wall.", name="move", info={"raw": -1, "walls": ["up"]}),
                Turn(5, "move down", "There.", score=1.0, terminated=True, success=True, usage=Usage(10, 3, 0.5)),
            ),
            "opening": "You stand at 1, 1 — é.",
            "score": score,
            "success": outcome is Outcome.SOLVED,
            "terminated": True,
            "usage": Usage(20, 6, 0.5),
            "seconds": 0.25,
            "info": {"nested": {"deep": [1, None, True, "x"]}},
        }
        return Trajectory(**{**values, **more})  # type: ignore[arg-type]

    return make
