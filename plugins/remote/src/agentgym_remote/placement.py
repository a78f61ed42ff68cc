"""Sessions at servers: a URL, or several that share the load."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import math
from typing import Any

import msgspec
from msgspec import UNSET
from pydantic import Field

from agentgym_core.config import ComponentConfig
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import CapacityReached, EnvironmentFault, InfrastructureFault
from agentgym_core.placement import Placement, ResetRequest, Session, StepResult, TimeLimits
from agentgym_core.rollout.placements.engines import seconds_for
from agentgym_core.types import Action, ExpertAction, Step
from agentgym_remote.client import WireClient
from agentgym_remote.source import TOKEN, RemoteSource, check_digest, token_of, urls_for
from agentgym_service.messages import ObservationData

_MARGIN_SECONDS = 15.0
"""How much longer than the server's own limit an answer may take before its connection counts as lost."""


class RemoteConfig(ComponentConfig):
    """Which servers there are."""

    urls: list[str] = Field(
        default_factory=list,
        description="such as ws://host:8000: the environment's id is added where the address has no path",
    )
    token_env: str = Field(default=TOKEN, description="the environment variable that holds the servers' token")
    connections: int = Field(default=1, ge=1, description="connections to each server")


class RemotePlacement(Placement):
    """Opens each session at the least loaded server. A server that is lost is left out while others answer."""

    def __init__(self, settings: RemoteConfig | None = None) -> None:
        super().__init__()
        self.config = settings or RemoteConfig()
        self._wires: dict[str, list[WireClient]] = {}
        self._load: dict[WireClient, int] = {}

    async def open(self, source: EnvironmentSource, limits: TimeLimits | None = None) -> RemoteSession:
        """A session at one of the servers.

        :raises InfrastructureFault: none answers, or all are full.
        :raises ConfigError: no server is named, a token is wrong, or the server has another configuration.
        """
        reset, step = seconds_for(limits, source.description)
        failure: InfrastructureFault | None = None
        tried: set[str] = set()
        while (wire := self._next(source, tried)) is not None:
            self._load[wire] += 1
            try:
                await wire.connect()
                check_digest(source.spec.id, wire.url, wire.digest, source.config_digest)
                reply = await wire.request("open")
            except InfrastructureFault as error:
                self._load[wire] -= 1
                if not isinstance(error, CapacityReached):
                    wire.lost = True
                failure = error
                tried.add(wire.url)
                continue
            except BaseException:
                self._load[wire] -= 1
                raise
            wire.sessions.add(reply["session"])
            return RemoteSession(self, wire, reply["session"], reset, step)
        raise failure or InfrastructureFault(f"no server of {source.spec.id!r} answers")

    async def close(self) -> None:
        """End every connection."""
        wires = [wire for each in self._wires.values() for wire in each]
        self._wires.clear()
        await asyncio.gather(*(wire.close() for wire in wires), return_exceptions=True)

    def left(self, wire: WireClient) -> None:
        """A session has ended."""
        self._load[wire] -= 1

    def _next(self, source: EnvironmentSource, tried: set[str]) -> WireClient | None:
        candidates = []
        for url in self._urls(source):
            if url in tried:
                continue
            wires = self._wires.setdefault(url, [])
            for place, wire in enumerate(wires):
                if wire.lost:
                    # A new connection to a server that may be up again; its old sessions are gone.
                    wires[place] = self._wire(url)
            while len(wires) < self.config.connections:
                wires.append(self._wire(url))
            candidates += wires
        return min(candidates, key=lambda wire: self._load[wire], default=None)

    def _wire(self, url: str) -> WireClient:
        wire = WireClient(url, token_of(self.config.token_env))
        self._load[wire] = 0
        return wire

    def _urls(self, source: EnvironmentSource) -> list[str]:
        return list(source.urls) if isinstance(source, RemoteSource) else urls_for(source.spec.id, self.config.urls)


class RemoteSession(Session):
    """A session at a server."""

    def __init__(
        self, placement: RemotePlacement, wire: WireClient, id: str, reset: float | None, step: float | None
    ) -> None:
        self._placement = placement
        self._wire = wire
        self._id = id
        self._reset_seconds = reset
        self._step_seconds = step
        self._open = True

    async def reset(self, opening: ResetRequest) -> StepResult:
        """Start an episode."""
        data = {"task": opening.task, "seed": opening.seed, "needs": sorted(opening.needs)}
        return _answer(await self._call("reset", data, self._reset_seconds))

    async def step(self, action: Action) -> StepResult:
        """Take one action; it is carried out at most once."""
        return _answer(await self._call("step", {"text": action.text}, self._step_seconds))

    async def available_actions(self) -> tuple[str, ...] | None:
        """What can be done now."""
        listed = (await self._call("actions", None, self._step_seconds))["data"]["available_actions"]
        return None if listed is None else tuple(map(str, listed))

    async def render(self) -> str | bytes | None:
        """A picture of the present state."""
        reply = await self._call("render", None, self._step_seconds)
        picture = reply["data"]
        if picture["kind"] == "png":
            return base64.b64decode(picture["content"])
        return str(picture["content"]) if picture["kind"] == "html" else None

    async def snapshot(self) -> Any:
        """A handle on the present state, kept by the server."""
        return (await self._call("snapshot", None, self._step_seconds))["data"]["snapshot"]

    async def restore(self, handle: Any) -> None:
        """Return to the state of a handle."""
        await self._call("restore", {"snapshot": handle}, self._reset_seconds)

    async def close(self) -> None:
        """End the session; calling it twice is fine."""
        if not self._open:
            return
        self._open = False
        self._placement.left(self._wire)
        if self._id in self._wire.sessions:
            self._wire.sessions.discard(self._id)
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_MARGIN_SECONDS):
                    await self._wire.request("close", session=self._id)

    async def _call(self, type: str, data: Any, seconds: float | None) -> dict[str, Any]:
        if self._id not in self._wire.sessions:
            raise InfrastructureFault(f"{self._wire.url}: the session is gone: its server or connection was lost")
        try:
            return await self._wire.request(
                type,
                session=self._id,
                data=data,
                deadline=seconds,
                limit=math.inf if seconds is None else seconds + _MARGIN_SECONDS,
            )
        except TimeoutError as error:
            raise InfrastructureFault(f"{self._wire.url}: no answer to {type} within {seconds:g} s") from error


def _answer(reply: dict[str, Any]) -> StepResult:
    try:
        seen = msgspec.convert(reply["data"], ObservationData).observation
    except (KeyError, msgspec.ValidationError) as error:
        raise EnvironmentFault(f"the server's answer cannot be read: {type(error).__name__}: {error}") from error
    step = Step(seen.text, seen.score, seen.terminated, seen.truncated, seen.success, seen.info)
    expert = ExpertAction(seen.expert.thought, seen.expert.action) if seen.expert else None
    listed = seen.available_actions
    return StepResult(step, None if listed is None or listed is UNSET else tuple(listed), expert)
