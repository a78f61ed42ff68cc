"""OpenEnv's messages as pydantic models: asked only for the words of an error, never on the way of a good message."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Reset(_Message):
    type: Literal["reset"]
    data: dict[str, Any] = Field(default_factory=dict)


class _Step(_Message):
    type: Literal["step"]
    data: dict[str, Any]


class _State(_Message):
    type: Literal["state"]


class _Close(_Message):
    type: Literal["close"]


class _Mcp(_Message):
    type: Literal["mcp"]
    data: dict[str, Any]


class _Action(_Message):
    text: str | None = None
    name: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    metadata: dict[str, Any] = Field(default_factory=dict)


STRICT: dict[str, type[BaseModel]] = {
    "reset": _Reset,
    "step": _Step,
    "state": _State,
    "close": _Close,
    "mcp": _Mcp,
    "action": _Action,
}
"""The model of each type of message, and of an action."""
