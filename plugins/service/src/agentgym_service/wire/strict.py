"""OpenEnv's messages as pydantic models: asked only for the words of an error, never on the way of a good message."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError


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


_STRICT: dict[str, type[BaseModel]] = {"reset": _Reset, "step": _Step, "state": _State, "close": _Close, "mcp": _Mcp}


def mistakes(kind: str, message: dict[str, Any], *, echo: bool) -> list[dict[str, Any]]:
    """What is wrong with a plain message, in pydantic's form, which is what OpenEnv's servers send; `echo`: with what was sent."""
    try:
        if kind in _STRICT:
            _STRICT[kind].model_validate(message)
        if kind == "step":
            _Action.model_validate(message["data"])
    except ValidationError as problem:
        errors = problem.errors(include_input=echo, include_context=False)
        return [dict(item) for item in json.loads(json.dumps(errors, default=str))]
    return []
