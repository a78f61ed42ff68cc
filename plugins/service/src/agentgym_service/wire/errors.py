"""What a server's errors mean to its client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from agentgym_core.errors import (
    AgentGymError,
    CapacityReached,
    ComponentUnavailable,
    ConfigError,
    EnvironmentFault,
    EnvironmentNotMade,
    EpisodeStateError,
    InfrastructureFault,
    TaskNotFound,
)
from agentgym_service.wire.messages import Code

_ERRORS: Mapping[str, type[AgentGymError]] = {
    Code.CAPACITY_REACHED: CapacityReached,
    Code.TASK_NOT_FOUND: TaskNotFound,
    Code.STATE_ERROR: EpisodeStateError,
    Code.ENVIRONMENT_FAULT: EnvironmentFault,
    Code.EXECUTION_ERROR: EnvironmentFault,
    Code.FACTORY_ERROR: EnvironmentNotMade,
    Code.DEADLINE_EXCEEDED: EnvironmentFault,
    Code.VALIDATION_ERROR: ConfigError,
    Code.UNAUTHORIZED: ConfigError,
    Code.FORBIDDEN: ConfigError,
    Code.MISDIRECTED: ConfigError,
}


def error_of(data: Mapping[str, Any], where: str) -> AgentGymError:
    """The error that a server's answer means here; a code that is not known is the infrastructure's fault."""
    code = str(data.get("code", ""))
    details = data.get("errors")
    message = f"{where}: {data.get('message', 'an error without words')}" + (f" {details}" if details else "")
    return _ERRORS.get(code, InfrastructureFault)(message, hint=str(data.get("hint", "")))


def refused(url: str, status: int, body: bytes) -> AgentGymError:
    """The error of a handshake that was answered with a status."""
    try:
        data = msgspec.json.decode(body)["error"]
    except (msgspec.MsgspecError, KeyError, TypeError):
        data = {}
    if status in (401, 403):
        hint = str(data.get("hint", "")) or "give the server's token"
        return ConfigError(f"{url}: {data.get('message', 'a token is needed')}", hint=hint)
    if status == 404:
        return ComponentUnavailable(f"{url}: there is no such environment", hint="look at the server's index page")
    return error_of(data, f"{url}: status {status}")
