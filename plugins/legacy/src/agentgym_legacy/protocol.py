"""AgentGym's own dialect as a client speaks it: what to send, and what an answer means, by an environment's profile."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import frozen

from agentgym_core.errors import CapacityReached, ConfigError, EnvironmentFault, InfrastructureFault
from agentgym_core.specs import LegacyProfile
from agentgym_core.types import Step

_BUSY = (429, 503)
_UNREACHABLE = (502, 504)


@frozen
class LegacyObservation:
    """What a reset or a step answered."""

    step: Step
    available_actions: tuple[str, ...] | None = None


@frozen
class LegacyProtocol:
    """One environment's dialect. `where` is the address, for messages."""

    profile: LegacyProfile
    where: str

    def body(self, verb: str, number: int | None = None, **values: Any) -> dict[str, Any]:
        """The body of a request."""
        named = {} if number is None else {self.profile.session: number}
        return {**named, **values, **{key: value for when, key, value in self.profile.send if when == verb}}

    def said(self, action: str) -> str:
        """What a client says for an action."""
        return self.profile.says.replace("{action}", action)

    def value(self, verb: str, status: int, raw: bytes, number: int | None = None) -> Any:
        """What an answer holds.

        :raises EnvironmentFault: it is an error, even one of status 200. :raises InfrastructureFault: the server or the session is
            gone. :raises ConfigError: no server of this dialect answers at the address.
        """
        if status in _BUSY:
            raise CapacityReached(f"{self.where}: the server is busy (status {status} to {verb})")
        if status in _UNREACHABLE:
            raise InfrastructureFault(f"{self.where}: status {status} to {verb}")
        if verb == "create" and status in (401, 403, 404, 405):
            raise ConfigError(
                f"{self.where}: status {status} to create",
                hint="some servers have a path, such as legacy+http://host:port/maze; one with a token: token_env",
            )
        if status != 200:
            raise EnvironmentFault(f"{self.where}: status {status} to {verb}: {_short(raw)}")
        try:
            value = msgspec.json.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise EnvironmentFault(f"{self.where}: the answer to {verb} is no JSON: {_short(raw)}") from error
        if isinstance(value, dict) and "error" in value:
            message = str(value["error"])
            if message in (f"The id {number} is not valid.", f"The task with environment {number} has been deleted."):
                raise InfrastructureFault(f"{self.where}: the session is gone: {message}")
            raise EnvironmentFault(f"{self.where}: {verb}: {message[:1000]}")
        return value

    def number(self, value: Any) -> int:
        """The number of a new session. :raises EnvironmentFault: there is none in the answer."""
        found = self._found(self.profile.created, value, "id") if self.profile.created else value
        if isinstance(found, bool) or not isinstance(found, int):
            raise EnvironmentFault(f"{self.where}: the answer to create names no session: {str(value)[:200]}")
        return found

    def shown(self, verb: str, value: Any) -> LegacyObservation:
        """What a reset or a step shows; scores are put between 0 and 1, and the server's own number goes into `info`.

        :raises EnvironmentFault: the answer lacks something, or is of another type.
        """
        fields = self.profile.reset if verb == "reset" else self.profile.step
        text = self._text(fields, value, verb)
        given = self._found(fields, value, "score")
        if given is None and verb == "reset":
            given = 0.0
        done = self._found(fields, value, "done")
        if isinstance(given, bool) or not isinstance(given, (int, float)) or not math.isfinite(given):
            raise EnvironmentFault(f"{self.where}: {verb}: the answer has no reward: {str(value)[:200]}")
        if verb == "step" and not isinstance(done, bool):
            raise EnvironmentFault(f"{self.where}: {verb}: the answer does not say whether the episode is over")
        score = min(max(given / self.profile.scale, 0.0), 1.0)
        info = {"raw_reward": given} if verb == "step" else {}
        actions = self._found(fields, value, "available_actions")
        return LegacyObservation(
            Step(text, score if verb == "step" else 0.0, terminated=verb == "step" and done is True, info=info),
            tuple(map(str, actions)) if isinstance(actions, list) else None,
        )

    def _text(self, fields: tuple[tuple[str, str], ...], value: Any, verb: str) -> str:
        if not fields:
            parts = [value]
        else:
            names = [source for _, source in fields if source.partition(":")[0] == "observation"]
            parts = [self._found(fields, value, name) for name in names]
        if not parts or not all(isinstance(part, str) for part in parts):
            raise EnvironmentFault(f"{self.where}: {verb}: the answer has no observation: {str(value)[:200]}")
        return "\n".join(parts)

    def _found(self, fields: tuple[tuple[str, str], ...], value: Any, source: str) -> Any:
        for place, (key, name) in enumerate(fields):
            if name == source:
                if not key and isinstance(value, list):
                    return value[place] if place < len(value) else None
                return value.get(key) if isinstance(value, Mapping) else None
        return None


def _short(raw: bytes) -> str:
    return raw[:300].decode(errors="replace")
