"""OpenEnv's messages, and the words for what is none of them: the codes and the form that its own servers answer with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType, field
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agentgym_core.placement import StepResult
from agentgym_service.codec import explain
from agentgym_service.messages import ActionBody, Code, Hello, Observation, ResetBody
from agentgym_service.problems import ApiError, misfit
from agentgym_service.replies import with_needs
from agentgym_service.session import HostedSession

_LARGEST_ECHO = 4096
"""Bytes of a frame whose mistakes are shown again to the client that sent it."""


class Reset(Struct, tag="reset", forbid_unknown_fields=True):
    """Start an episode."""

    data: ResetBody = field(default_factory=ResetBody)


class Step(Struct, tag="step", forbid_unknown_fields=True):
    """Take an action, in one of the two forms that every environment here has."""

    data: ActionBody


class OtherStep(Struct, tag="step", forbid_unknown_fields=True):
    """A step in another form: a tool's call, or the arguments alone of an environment's only action."""

    data: dict[str, Any]


class State(Struct, tag="state", forbid_unknown_fields=True):
    """Ask for the episode's id and the number of its steps."""


class Close(Struct, tag="close", forbid_unknown_fields=True):
    """End the connection."""


class Rpc(Struct, tag="mcp", forbid_unknown_fields=True):
    """A request of JSON-RPC."""

    data: dict[str, Any]


Message: TypeAlias = Reset | Step | State | Close | Rpc | Hello
"""What is taken; `hello` begins the server's own protocol."""

KINDS = ("reset", "step", "state", "close", "mcp", "hello")
decode = msgspec.json.Decoder(Message).decode
decode_other_step = msgspec.json.Decoder(OtherStep).decode


class Shown(Observation):
    """An observation; `metadata` is `info` again, where OpenEnv's clients look for it, and only where it is not empty."""

    metadata: Mapping[str, Any] | UnsetType = UNSET


class Data(Struct):
    """OpenEnv's answer to a reset and a step. `reward` is the increase of the score, null after a reset: an episode's sum is its score."""

    observation: Shown
    reward: float | None = None
    done: bool = False
    metadata: Mapping[str, Any] | UnsetType = UNSET


class Observed(Struct, tag="observation"):
    """The frame with it."""

    data: Data


def observed(session: HostedSession, answer: StepResult) -> Data:
    """What an environment answered."""
    step = answer.step
    shown = Shown(step.observation, step.score, step.terminated, step.truncated, step.success, step.info)
    data = Data(with_needs(shown, session, answer), session.reward, step.terminated or step.truncated)
    if step.info:
        shown.metadata = data.metadata = step.info
    return data


# --- mistakes ---

_OF_OPENENV = frozenset(
    (
        Code.INVALID_JSON,
        Code.UNKNOWN_TYPE,
        Code.VALIDATION_ERROR,
        Code.EXECUTION_ERROR,
        Code.CAPACITY_REACHED,
        Code.FACTORY_ERROR,
        Code.SESSION_ERROR,
    )
)
"""The codes that OpenEnv knows: its clients get no others."""


def error_data(problem: ApiError) -> dict[str, Any]:
    """The data of an error frame."""
    code = problem.code
    if code not in _OF_OPENENV:
        session = code in (Code.SESSION_NOT_FOUND, Code.SHUTTING_DOWN)
        code = Code.SESSION_ERROR if session else Code.EXECUTION_ERROR
    return {"message": problem.message, "code": code, **problem.details}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Reset(_Strict):
    type: Literal["reset"]
    data: dict[str, Any] = Field(default_factory=dict)


class _WithData(_Strict):
    type: Literal["step", "mcp"]
    data: dict[str, Any]


class _Bare(_Strict):
    type: Literal["state", "close"]


class _Action(_Strict):
    text: str | None = None
    name: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    metadata: dict[str, Any] = Field(default_factory=dict)


class _CallTool(_Strict):
    type: Literal["call_tool"]
    tool_name: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    metadata: dict[str, Any] = Field(default_factory=dict)


_FORMS: Mapping[str, type[BaseModel]] = {
    "reset": _Reset,
    "step": _WithData,
    "mcp": _WithData,
    "state": _Bare,
    "close": _Bare,
}


def unread(raw: bytes | str, error: Exception) -> ApiError:
    """Why a frame could not be taken. :param error: what decoding raised."""
    problem, _ = explain(raw, error, KINDS)
    if problem.code != Code.VALIDATION_ERROR:
        return problem
    message = json.loads(raw)
    echo = len(raw) <= _LARGEST_ECHO
    found = mistakes(_FORMS[message["type"]], message, echo=echo) if message["type"] in _FORMS else []
    if not found and message["type"] == "step":
        return wrong_action(message["data"], error, echo=echo)
    return misfit(error, found)


def wrong_action(data: Mapping[str, Any], error: Exception | None, *, echo: bool = True) -> ApiError:
    """Why a step's data is no action."""
    form = _CallTool if data.get("type") == "call_tool" else _Action
    return misfit(error, mistakes(form, data, echo=echo))


def mistakes(form: type[BaseModel], message: Mapping[str, Any], *, echo: bool) -> list[dict[str, Any]]:
    """What is wrong with a message, as pydantic says it; `echo`: with what was sent."""
    try:
        form.model_validate(message)
    except ValidationError as problem:
        errors = problem.errors(include_input=echo, include_context=False)
        return [dict(item) for item in json.loads(json.dumps(errors, default=str))]
    return []
