"""Warm processes, of this Python or another: a hang or crash ends one host, and costs only the episodes of that host."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from typing import Any

import msgspec
from pydantic import Field

from agentgym_core.config import ComponentConfig
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import AgentGymError, ConfigError, EnvironmentFault, InfrastructureFault
from agentgym_core.placement import Placement, StepResult, TimeLimits
from agentgym_core.rollout.placements._interpreter import InterpreterSource
from agentgym_core.rollout.placements._session import InstanceSession
from agentgym_core.rollout.placements.engines import closed_session, seconds_for
from agentgym_core.rollout.placements.worker_client import WorkerClient

_ANSWER = msgspec.msgpack.Decoder(StepResult).decode
_DECODERS: Mapping[str, Callable[[bytes], Any]] = {
    "reset": _ANSWER,
    "step": _ANSWER,
    "available_actions": msgspec.msgpack.Decoder(tuple[str, ...] | None).decode,
}
"""How the answer to a call is read; any other as it comes."""


CROWD = 4
"""Where every process has so many sessions another one joins them, in the background: an engine that many share plays on one core."""


class ProcessConfig(ComponentConfig):
    """How many processes there are, and of which Python."""

    python: str = Field(default="", description="path of another interpreter that has agentgym-core and the plugin")
    hosts: int | None = Field(
        default=None, ge=1, description="processes at most; as many as there are cores where absent"
    )
    per_host: int | None = Field(
        default=None, ge=1, description="instances a process; the environment's word where absent"
    )
    start_seconds: float = Field(default=120.0, gt=0, description="time limit for starting a process and its engine")
    host_mib: float | None = Field(
        default=None, gt=0, description="a process that holds more memory after an episode is replaced (Linux)"
    )
    variables: dict[str, str] = Field(default_factory=dict, description="environment variables for the processes")


class ProcessPlacement(Placement):
    """Hosts are started as sessions are asked for, up to `hosts`, and kept; beyond that `open` waits for a free place."""

    def __init__(self, settings: ProcessConfig | None = None) -> None:
        super().__init__()
        self.config = settings or ProcessConfig()
        self.limit = self.config.hosts or os.cpu_count() or 1
        self.started = 0
        self.draining: set[asyncio.Task[None]] = set()
        self._links: list[WorkerClient] = []
        # Openers wait here for a place. Every change wakes all of them, and each looks again.
        self._changed = asyncio.Event()

    async def open(self, source: EnvironmentSource, limits: TimeLimits | None = None) -> _ProcessSession:
        """A session on a warm host where there is one."""
        if isinstance(source, InterpreterSource) and source.python != self.config.python:
            _ = source.cls
        key = self._key(source)
        link = await self._place(source, key)
        slot = link.free.pop()
        session = _ProcessSession(self, link, slot, seconds_for(limits, source.description))
        try:
            assert link.ready is not None
            # Shielded: others wait for the same host, so a cancelled opener must not cancel its start.
            await asyncio.shield(link.ready)
            if slot not in link.warm:
                await session.ask("open", self.config.start_seconds)
                link.warm.add(slot)
        except BaseException as error:
            if isinstance(error, AgentGymError) and link.lost:
                self._forget(link)
            await session.close()
            raise
        return session

    def reserve(self, sources: Sequence[EnvironmentSource]) -> None:
        """As many hosts as these sessions need, unless the configuration says how many there are."""
        needed = 0
        for (_, per_host), count in Counter((self._key(source), self._per_host(source)) for source in sources).items():
            # Division rounded up.
            needed += -(-count // per_host)
        if self.config.hosts is None:
            self.limit = max(self.limit, needed)
        elif needed > self.limit:
            raise ConfigError(
                f"placement.hosts: {len(sources)} episodes at once need {needed} hosts, and there are {self.limit}",
                hint="raise hosts or per_host, or lower wave",
            )

    def _key(self, source: EnvironmentSource) -> Hashable:
        return (source.spec.target, source.config_digest)

    def _per_host(self, source: EnvironmentSource) -> int:
        return self.config.per_host or source.spec.per_host

    async def _place(self, source: EnvironmentSource, key: Hashable) -> WorkerClient:
        while True:
            for link in [link for link in self._links if link.lost]:
                self._forget(link)
            # Where a session goes, the first that applies:
            #   1. a host of this environment with a free slot (and one more is started if all are crowded)
            #   2. a new host, below the limit
            #   3. the place of another environment's unused host, which is closed for it
            #   4. wait for a change
            # No await stands between a choice and its effect, so two openers cannot take the same place.
            free = [link for link in self._links if link.key == key and link.free and not link.worn]
            if free:
                if len(self._links) < self.limit and all(link.used >= CROWD for link in free):
                    self._start(source, key)
                # Started hosts before starting ones, then the emptiest, then one with an instance that can be used again.
                return min(free, key=lambda link: (not link.started, link.used, link.warm.isdisjoint(link.free)))
            if len(self._links) < self.limit:
                return self._start(source, key)
            unused = next((link for link in self._links if link.free and not link.used), None)
            if unused is not None:
                if not unused.started:
                    unused.kill("another environment needs its place")
                await self._end(unused)
                continue
            await self._changed.wait()

    def _start(self, source: EnvironmentSource, key: Hashable) -> WorkerClient:
        link = self._client(source, key)
        self._links.append(link)
        self.started += 1
        link.ready = asyncio.ensure_future(
            link.start(self.config.python, self.config.variables, self.config.start_seconds)
        )
        # Openers that wait for the host get the error. If none is left, asyncio must not report it as never retrieved.
        link.ready.add_done_callback(lambda task: task.cancelled() or task.exception())
        return link

    def _client(self, source: EnvironmentSource, key: Hashable) -> WorkerClient:
        return WorkerClient(source, key, self._per_host(source))

    def give_back(self, link: WorkerClient, slot: int) -> None:
        """A place is free again."""
        if link.lost:
            self._forget(link)
        else:
            link.free.append(slot)
            if self.config.host_mib is not None and link.resident_mib > self.config.host_mib:
                # A leak goes on: no new session is let in, and the last one to leave closes the host.
                link.worn = True
            if link.worn and len(link.free) == link.slots:
                self.drain(self._end(link))
        self._tell()

    def drain(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what outlives the session that asks for it; `close` waits for it."""
        task = asyncio.ensure_future(work)
        self.draining.add(task)
        task.add_done_callback(self.draining.discard)

    async def _end(self, link: WorkerClient) -> None:
        # Its place stays taken until the process is gone: the limit is on processes, not on names.
        link.free = []
        await link.close()
        self._forget(link)

    def _forget(self, link: WorkerClient) -> None:
        if link in self._links:
            self._links.remove(link)
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def close(self) -> None:
        """End every host: politely, then not."""
        links, self._links = self._links, []
        for link in links:
            if link.ready is not None and not link.ready.done():
                link.kill("the placement was closed")
        if self.draining:
            for link in links:
                link.kill("the placement was closed")
        await asyncio.gather(*(link.close() for link in links))
        await asyncio.gather(*self.draining, return_exceptions=True)
        await asyncio.gather(*(link.ready for link in links if link.ready is not None), return_exceptions=True)


class _ProcessSession(InstanceSession):
    """A slot of a host."""

    def __init__(
        self,
        placement: ProcessPlacement,
        link: WorkerClient,
        slot: int,
        seconds: tuple[float | None, float | None],
    ) -> None:
        self._placement = placement
        self._link: WorkerClient | None = link
        self._slot = slot
        self._seconds = seconds
        self._whole = True

    async def call(self, verb: str, *arguments: Any) -> Any:
        """Call the instance in its host."""
        return _DECODERS.get(verb, msgspec.msgpack.decode)(await self.ask(verb, self.limit(verb), *arguments))

    async def ask(self, verb: str, seconds: float | None, body: object = None) -> bytes:
        """Make one call of this slot and return what the host answers."""
        link = self._link
        if link is None:
            raise closed_session()
        try:
            return await link.call(verb, self._slot, body, seconds)
        except (EnvironmentFault, InfrastructureFault):
            self._whole = False
            raise
        except asyncio.CancelledError:
            self._link = None
            # The call goes on in the host: the slot is free when it comes back, and the host is killed where it never does.
            self._placement.drain(self._leave(link, seconds))
            raise

    async def close(self) -> None:
        """Give the slot back, with its instance where the last episode left it whole."""
        link, self._link = self._link, None
        if link is None:
            return
        if self._whole:
            self._placement.give_back(link, self._slot)
        else:
            # Nothing is known of the instance's state: it is closed, and the slot's next session opens a new one.
            await self._leave(link, self.limit("close"))

    async def _leave(self, link: WorkerClient, seconds: float | None) -> None:
        link.warm.discard(self._slot)
        if not link.lost:
            with contextlib.suppress(AgentGymError):
                await link.call("close", self._slot, None, seconds)
        self._placement.give_back(link, self._slot)
