"""Pytest fixtures that ask a policy as a rollout would: `ask` makes a request. Import them into a `conftest.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentgym_core.policy import Request
from agentgym_core.settings import Sampling
from agentgym_core.types import ExpertAction, Message, ToolCall


class PlainRenderer:
    """Writes the action alone, as the simplest format would."""

    def __init__(self) -> None:
        self.calls = 0

    def render(self, move: ExpertAction) -> tuple[str, tuple[ToolCall, ...]]:
        """The thought and the action with a bar between them, and no tool call."""
        self.calls += 1
        return (f"{move.thought}|{move.action}", ())


@pytest.fixture
def renderer() -> PlainRenderer:
    """A renderer that counts its calls."""
    return PlainRenderer()


@pytest.fixture
def ask(renderer: PlainRenderer) -> Callable[..., Request]:
    """Makes a request; every field can be given."""

    def make(**fields: Any) -> Request:
        values: dict[str, Any] = {
            "messages": (Message("user", "You see a red door and a brass key."),),
            "episode": "e1",
            "turn": 0,
            "seed": 7,
            "sampling": Sampling(),
            "renderer": renderer,
        }
        return Request(**{**values, **fields})

    return make
