"""Any OpenEnv server as one of ours: one WebSocket connection for each instance."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from attrs import evolve
from msgspec.structs import replace
from pydantic import Field
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from agentgym_bridge.seeded import ForeignConfig, ForeignEnvironment, RewardAccumulator, plain
from agentgym_core.environment import Description
from agentgym_core.errors import CapacityReached, EnvironmentFault, InfrastructureFault, sayable
from agentgym_core.types import Action, Step, Task

_NO_ACTION = ("VALIDATION_ERROR", "INVALID_JSON")
_LOST = ("SESSION_ERROR", "FACTORY_ERROR")
_LARGEST = 100 * 2**20
_CLOSE_SECONDS = 2.0


class FromOpenEnvConfig(ForeignConfig):
    """Which server, and what its messages mean."""

    url: str = Field(pattern=r"^(ws|http)s?://.+")
    """The server's address, such as `ws://host:8000`; `/ws` is added where it is not there."""

    observation: str = "text"
    """Which part of an observation is the text; points lead inwards, such as `result.stdout`."""

    action: str = "text"
    """Under which name an action's text is sent."""

    message: dict[str, Any] = Field(default_factory=dict)
    """What else is sent with every action."""

    options: dict[str, Any] = Field(default_factory=dict)
    """What every reset is sent beside its seed."""

    seconds: float = Field(default=60.0, gt=0)
    """How long an answer may take."""


class FromOpenEnvEnvironment(ForeignEnvironment):
    """A server that cannot be reached, or that ends the connection, is an infrastructure fault; a message is sent at most once."""

    config: FromOpenEnvConfig

    def __init__(self, config: FromOpenEnvConfig, engine: Any = None) -> None:
        super().__init__(config, engine)
        self._socket: ClientConnection | None = None
        self._stack = contextlib.ExitStack()
        self._last = Step("")

    @classmethod
    def describe(cls, config: FromOpenEnvConfig) -> Description:
        """As the configuration says."""
        return evolve(super().describe(config), reset_seconds=2 * config.seconds, step_seconds=config.seconds + 5)

    @classmethod
    def identity(cls, config: FromOpenEnvConfig) -> Any:
        """The server's address."""
        return ["openenv", config.url, config.options]

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Start with the task's seed: `seed` changes nothing."""
        answer = self._ask("reset", {**self.config.options, "seed": task.data})
        if answer["type"] == "error":
            raise self._fault("reset", answer)
        self._score = RewardAccumulator(self.config)
        self._score.add(answer["data"].get("reward") if self.config.reward == "last" else None)
        self._last = Step(self._text(answer["data"].get("observation")))
        return self._last.observation

    def step(self, action: Action) -> Step:
        """Take an action; what the server refuses as no action changes nothing."""
        answer = self._ask("step", {**self.config.message, self.config.action: sayable(action.text)})
        data = answer["data"]
        if answer["type"] == "error":
            if data.get("code") not in _NO_ACTION:
                raise self._fault("step", answer)
            return replace(self._last, observation=f"Nothing was done: {str(data.get('message'))[:1000]}")
        shown = data.get("observation")
        parts: Mapping[str, Any] = shown if isinstance(shown, Mapping) else {}
        reward, done = data.get("reward"), data.get("done") is True
        truncated = done and parts.get("truncated") is True and parts.get("terminated") is not True
        success = parts.get("success")
        self._last = Step(
            self._text(shown),
            self._score.add(reward),
            done and not truncated,
            truncated,
            success if isinstance(success, bool) else None,
            plain({"raw_reward": reward, "raw_sum": self._score.total}),
        )
        return self._last

    def close(self) -> None:
        """End the session and the connection."""
        socket, self._socket = self._socket, None
        if socket is not None:
            with contextlib.suppress(Exception):
                socket.send('{"type":"close"}')
        with contextlib.suppress(Exception):
            self._stack.close()

    def _ask(self, type: str, data: dict[str, Any]) -> dict[str, Any]:
        try:
            if self._socket is None:
                if type == "step":
                    raise InfrastructureFault(f"{self.config.url}: the connection is gone, and its session with it")
                self._socket = self._connected()
            self._socket.send(json.dumps({"type": type, "data": data}))
            raw = self._socket.recv(timeout=self.config.seconds)
        except (OSError, WebSocketException) as error:
            self.close()
            words = "no answer in time" if isinstance(error, TimeoutError) else f"{error.__class__.__name__}: {error}"
            raise InfrastructureFault(f"{self.config.url}: {words}", hint="is it up?") from error
        try:
            answer = json.loads(raw)
        except (ValueError, RecursionError) as error:
            self.close()
            raise EnvironmentFault(f"{self.config.url}: the answer to {type} is no JSON: {str(error)[:200]}") from error
        if not (isinstance(answer, dict) and isinstance(answer.get("data"), dict)) or answer.get("type") not in (
            "observation",
            "error",
        ):
            self.close()
            raise EnvironmentFault(f"{self.config.url}: the answer to {type} is no observation: {str(answer)[:200]}")
        return answer

    def _connected(self) -> ClientConnection:
        url = self.config.url.rstrip("/")
        url = "ws" + url.removeprefix("http") if url.startswith("http") else url
        opened = connect(
            url if url.endswith("/ws") else f"{url}/ws",
            max_size=_LARGEST,
            open_timeout=self.config.seconds,
            close_timeout=_CLOSE_SECONDS,
            proxy=None,
        )
        return self._stack.enter_context(opened)

    def _fault(self, verb: str, answer: Mapping[str, Any]) -> EnvironmentFault | InfrastructureFault:
        data = answer["data"]
        code, words = str(data.get("code")), str(data.get("message"))[:1000]
        self.close()
        if code == "CAPACITY_REACHED":
            return CapacityReached(f"{self.config.url}: {words}")
        if code in _LOST:
            return InfrastructureFault(f"{self.config.url}: {verb}: {code}: {words}")
        return EnvironmentFault(f"{self.config.url}: {verb}: {code}: {words}")

    def _text(self, shown: Any) -> str:
        for name in self.config.observation.split(".") if self.config.observation else ():
            shown = shown.get(name) if isinstance(shown, Mapping) else None
        if not isinstance(shown, str):
            self.close()
            raise EnvironmentFault(
                f"{self.config.url}: there is no text {self.config.observation!r} in the observation",
                hint="name the part that is text as `observation`",
            )
        return sayable(shown)
