"""Errors as a client sees them: a code, an HTTP status and words.

A fault is never an observation and never a score.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from agentgym_core.errors import (
    AgentGymError,
    CapacityReached,
    EnvironmentFault,
    EnvironmentNotMade,
    EpisodeStateError,
    InfrastructureFault,
    TaskNotFound,
)
from agentgym_core.rollout.faults import TimeLimitExceeded
from agentgym_service.messages import Code


class ApiError(AgentGymError):
    """Why a request is not carried out, in a client's terms."""

    def __init__(
        self,
        code: str,
        status: int,
        message: str,
        *,
        hint: str = "",
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.status = status
        self.details = details or {}

    def data(self) -> dict[str, Any]:
        """The data of an error frame."""
        hint = {"hint": self.hint} if self.hint else {}
        return {"message": self.message, "code": self.code, **hint, **self.details}

    def body(self) -> dict[str, Any]:
        """The body of an HTTP answer."""
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint, **self.details}}


KINDS: tuple[tuple[type[BaseException], str, int], ...] = (
    (CapacityReached, Code.CAPACITY_REACHED, 503),
    (EnvironmentNotMade, Code.FACTORY_ERROR, 502),
    (EpisodeStateError, Code.STATE_ERROR, 409),
    (TaskNotFound, Code.TASK_NOT_FOUND, 404),
    (EnvironmentFault, Code.ENVIRONMENT_FAULT, 502),
    (InfrastructureFault, Code.INFRASTRUCTURE_FAULT, 503),
    (asyncio.CancelledError, Code.INFRASTRUCTURE_FAULT, 503),
    (BaseException, Code.EXECUTION_ERROR, 502),
)
"""Code and HTTP status of each kind of error; the first that fits counts."""


def problem_of(error: BaseException) -> ApiError:
    """Any error in a client's terms; one that was not expected says no more than its type and words."""
    if isinstance(error, ApiError):
        return error
    code, status = next((code, status) for kind, code, status in KINDS if isinstance(error, kind))
    if isinstance(error.__cause__, TimeLimitExceeded) and code in (Code.ENVIRONMENT_FAULT, Code.EXECUTION_ERROR):
        status = 504
    words, hint = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__, ""
    if isinstance(error, AgentGymError):
        words, hint = error.message, error.hint
    return ApiError(code, status, words, hint=hint)


def full(active: int, most: int, whose: str = "", option: str = "--max-sessions") -> ApiError:
    """The refusal of a session where there are as many as there may be."""
    words = f"Server at capacity: {active}/{most} {whose}sessions active. Cannot accept new connections."
    details = {"active_sessions": active, "max_sessions": most}
    return ApiError(
        Code.CAPACITY_REACHED, 503, words, hint=f"try again later, or allow more: {option}", details=details
    )


def invalid(where: tuple[str, ...], message: str, kind: str = "value_error") -> ApiError:
    """The refusal of a message that does not hold what it must."""
    return _invalid([{"type": kind, "loc": list(where), "msg": message}])


def misfit(error: Exception | None, problems: Sequence[dict[str, Any]] = (), at: tuple[str, ...] = ()) -> ApiError:
    """The refusal of JSON that is no message: with the words of msgspec's error where there are no better ones."""
    text, _, place = str(error).partition(" - at `$")
    location = [part for part in place.rstrip("`").replace("[", ".").replace("]", "").split(".") if part]
    words = {"type": "invalid", "loc": [*at, *location], "msg": text.replace("`", "'")}
    return _invalid(list(problems) or [words])


def _invalid(errors: list[dict[str, Any]]) -> ApiError:
    return ApiError(Code.VALIDATION_ERROR, 422, "Invalid message", details={"errors": errors})


def invalid_json(why: object) -> ApiError:
    """The refusal of what is no JSON."""
    return ApiError(Code.INVALID_JSON, 400, f"Invalid JSON: {why}")


def unknown_session() -> ApiError:
    """The refusal of an id that no session has, or not for this client: the two look alike from outside."""
    return ApiError(
        Code.SESSION_NOT_FOUND,
        404,
        "there is no such session: it was closed, was idle for too long, or is another's",
        hint="open another one",
    )
