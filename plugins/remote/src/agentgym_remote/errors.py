"""What a server's errors mean here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from agentgym_core.errors import AgentGymError, ComponentUnavailable, ConfigError, EnvironmentFault, InfrastructureFault
from agentgym_service.messages import Code
from agentgym_service.problems import KINDS

_ERRORS: Mapping[str, type[AgentGymError]] = {
    **{code: kind for kind, code, _ in reversed(KINDS) if issubclass(kind, AgentGymError)},
    **dict.fromkeys((Code.EXECUTION_ERROR, Code.DEADLINE_EXCEEDED), EnvironmentFault),
    **dict.fromkeys((Code.VALIDATION_ERROR, Code.UNAUTHORIZED, Code.FORBIDDEN, Code.MISDIRECTED), ConfigError),
}


def error_of(data: Mapping[str, Any], where: str) -> AgentGymError:
    """The error that a server's answer means here; a code that is not known is the infrastructure's fault."""
    details = data.get("errors")
    message = f"{where}: {data.get('message', 'an error without words')}" + (f" {details}" if details else "")
    kind = _ERRORS.get(str(data.get("code", "")), InfrastructureFault)
    return kind(message, hint=str(data.get("hint", "")))


def refused(url: str, status: int, body: bytes) -> AgentGymError:
    """The error of a request, or of a handshake, that was answered with a status."""
    try:
        data = msgspec.json.decode(body, type=dict[str, dict[str, Any]])["error"]
    except (msgspec.MsgspecError, KeyError):
        data = {}
    if status in (401, 403):
        hint = "put the server's token into AGENTGYM_TOKEN, or into the variable that token_env names"
        return ConfigError(f"{url}: {data.get('message', 'a token is needed')}", hint=hint)
    if status == 404:
        return ComponentUnavailable(f"{url}: there is no such environment", hint="look at the server's index page")
    return error_of(data, f"{url}: status {status}")
