"""The owner's end of a host on the cluster: core's client of a host, over calls of an actor in place of a socket."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import secrets
from collections.abc import Hashable, Mapping
from typing import Any, cast

import ray

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ComponentUnavailable, InfrastructureFault
from agentgym_core.rollout.faults import raise_out_of_time, whose
from agentgym_core.rollout.placements.worker_client import WorkerClient
from agentgym_core.rollout.placements.worker_protocol import source_body
from agentgym_ray.actor import CLOSE_SECONDS, LONGEST, PATIENCE, HostActor, keep_alive
from agentgym_ray.cluster import lost_cluster, lost_head
from agentgym_ray.config import RayConfig

_THREADS = 6

_SECRET_BYTES = 32

_CONNECT_SECONDS = 5.0
"""How long it may take to connect to a host's node: a wall between nodes may swallow what is not let through."""

_TRAVEL_SECONDS = 5.0
"""What every time limit gets on top, for the way: a node that is slow to answer is no fault of the environment."""

_REACH_SECONDS = 30.0
"""After a time limit the actor has so long to say that it is there: the end of a node is known to Ray only some seconds later."""


class RayHost(WorkerClient):
    """Places a host on the cluster, calls it, and ends it. A lost actor or node fails its calls with an InfrastructureFault.

    Calls go straight to the host's process over a connection of its own. Where its node cannot be reached so, or the cluster encrypts what
    it sends, they travel in calls of the actor.
    """

    def __init__(self, source: EnvironmentSource, key: Hashable, slots: int, config: RayConfig) -> None:
        super().__init__(source, key, slots)
        self._config = config
        self._actor: Any = None
        self._placed = False
        self._cut = asyncio.Event()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._watching: asyncio.Task[None] | None = None

    async def _start(self, python: str, environment: Mapping[str, str], seconds: float) -> None:
        body = source_body(self.source, foreign=bool(python))
        if self.lost:
            raise self._gone()
        options = {**self._config.options, "max_concurrency": _THREADS}
        try:
            self._actor = _actor_class().options(**options).remote(python, dict(environment))
        except Exception as error:
            raise lost_cluster(error) from error
        try:
            async with asyncio.timeout(seconds):
                await self._open()
                result = await self._exchange("source", 0, body, None)
        except TimeoutError:
            raise InfrastructureFault(
                f"the host of {whose(self.source)} was not ready within {seconds:g} s",
                hint=f"is there a node with {_needs(self._config)} free? see: ray status",
            ) from None
        if (problem := result.problem) is not None:
            raise ComponentUnavailable(
                f"a host on the cluster cannot load {whose(self.source)}: {problem.type}: {problem.message}",
                hint=problem.hint or "install its plugin on every node, or name it in placement.runtime_env",
            ) from problem.original()

    async def _open(self) -> None:
        """Reach the host's process, the one way or the other.

        :raises InfrastructureFault: the actor is lost.
        """
        try:
            if self._config.direct and not _encrypted():
                secret = secrets.token_bytes(_SECRET_BYTES)
                with contextlib.suppress(OSError):
                    address, port = await self._answered(self._actor.listen.remote(secret))
                    self._placed = True
                    async with asyncio.timeout(_CONNECT_SECONDS):
                        transport, _ = await self._loop.create_connection(lambda: self, address, port)
                    keep_alive(transport.get_extra_info("socket"))
                    transport.write(secret)
                    self._watching = asyncio.ensure_future(self._watch())
                    return
            await self._answered(self._actor.begin.remote())
            self._placed = True
        except Exception as error:
            self.kill(_first_line(error))
            raise self._gone() from error
        self.connection_made(cast(asyncio.BaseTransport, _Exchanges(self, self._actor)))

    async def _answered(self, answer: Any) -> Any:
        """What the actor answers, unless this host is given up before."""
        call = asyncio.wrap_future(answer.future())
        await asyncio.wait((call, self._over), return_when=asyncio.FIRST_COMPLETED)
        if not call.done():
            call.cancel()
            raise self._gone()
        return call.result()

    def _lose(self, why: str) -> None:
        super()._lose(why)
        if not self._over.done():
            self._over.set_result(None)

    async def _watch(self) -> None:
        """Wait for the end of the host, and say it to whom waits for its answers."""
        try:
            words = await self._actor.ended.remote()
        except Exception as error:
            self.kill(_first_line(error))
            return
        # What it has said before may still be on its way: the connection's end comes behind it.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TRAVEL_SECONDS):
                await self._cut.wait()
        self.kill(_ended(words))

    def connection_lost(self, error: Exception | None) -> None:
        """The connection has ended. Why is for the actor to say, or for Ray where that is lost too."""
        self._cut.set()
        if not self.lost:
            self._loop.call_later(_REACH_SECONDS, self.kill, "its connection ended, and its actor does not answer")

    async def call(self, verb: str, slot: int, body: Any, seconds: float | None) -> bytes:
        """Make one call and return the undecoded answer.

        :raises EnvironmentFault: it raised, or the time was up where the host can be reached: then the host is ended.
        :raises InfrastructureFault: the host is lost, or its node does not answer.
        """
        limit = None if seconds is None else seconds + _TRAVEL_SECONDS
        try:
            result = await self._exchange(verb, slot, body, limit)
        except TimeoutError:
            await self._reach()
            self.kill(f"a neighbour's {verb} ran out of time")
            raise_out_of_time(self.source, verb, seconds)
        if result.problem is not None:
            self._raise(verb, result.problem)
        return bytes(result.body)

    async def _reach(self) -> None:
        try:
            async with asyncio.timeout(_REACH_SECONDS):
                await self._actor.answer.remote()
        except Exception as error:
            self.kill(f"its actor does not answer: {type(error).__name__}")
            raise self._gone() from error

    def kill_process(self) -> None:
        """End the host, whatever it does, with all that it started; and the actor."""
        actor, self._actor = self._actor, None
        if actor is not None:
            with contextlib.suppress(Exception):
                if self._placed:
                    actor.kill.remote()
                elif lost_head(self._config) is None:
                    ray.kill(actor)

    async def close(self) -> None:
        """Let the host close its instances, then make sure that it is gone."""
        if self._actor is not None and not self.lost:
            self._lose("it was closed")
            with contextlib.suppress(Exception):
                async with asyncio.timeout(CLOSE_SECONDS + 2):
                    await self._actor.shut.remote()
        self.kill("it was closed")
        if self._watching is not None:
            self._watching.cancel()

    @property
    def calls(self) -> int:
        """How many answers are waited for."""
        return len(self._waiting)


@functools.cache
def _actor_class() -> Any:
    # Made once: Ray sends a class to the head at its first use, and waits for it.
    return ray.remote(HostActor)


class _Exchanges:
    """A transport whose bytes travel in calls of the actor, as many sessions' calls as there are in one.

    While an exchange is on its way further calls wait for it, for a moment: the answers that it brings mostly lead to the next calls, and
    they travel together. A longer wait, for a slow step, holds nobody up: the next exchange goes out, and the actor ends the wait.
    """

    def __init__(self, client: RayHost, actor: Any) -> None:
        self._client, self._actor = client, actor
        self._loop = asyncio.get_running_loop()
        self._out = bytearray()
        self._timer: asyncio.Handle | None = None
        self._calls = self._sent = self._fed = 0
        self._said: dict[int, bytes] = {}
        self._on_the_way = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def write(self, data: bytes) -> None:
        """Send bytes to the host soon."""
        self._out += data
        self._calls += 1
        if self._timer is None:
            if self._on_the_way:
                self._timer = self._loop.call_later(min(LONGEST, PATIENCE * self._client.calls), self._send)
            else:
                self._timer = self._loop.call_soon(self._send)

    def close(self) -> None:
        """Nothing more is sent, and nothing that comes is passed on."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        task = self._loop.create_task(self._exchange(self._sent, bytes(self._out), self._calls))
        self._out.clear()
        self._calls = 0
        self._sent += 1
        self._on_the_way += 1
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _exchange(self, number: int, data: bytes, calls: int) -> None:
        try:
            place, said, words = await self._actor.exchange.remote(number, data, calls)
        except Exception as error:
            # Whatever of its calls the actor has carried out is not known: the host counts as lost, and is ended.
            self._client.kill(_first_line(error))
            return
        self._on_the_way -= 1
        self._said[place] = said
        while self._fed in self._said:
            self._client.data_received(self._said.pop(self._fed))
            self._fed += 1
        if words is not None:
            self._client.kill(_ended(words))
        elif not self._on_the_way:
            # In the next pass of the loop, when who was answered has had a chance to call again.
            self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """Send what has waited, or ask for what the host says next."""
        if not self._closed and not self._on_the_way and (self._out or self._client.calls):
            self._send()


def _needs(config: RayConfig) -> str:
    needs = {"num_cpus": config.num_cpus, "num_gpus": config.num_gpus, **config.resources}
    return ", ".join(f"{name}={amount:g}" for name, amount in needs.items() if amount) or "anything"


def _encrypted() -> bool:
    """Whether this cluster encrypts its calls, which a connection of ours would not."""
    return os.environ.get("RAY_USE_TLS", "0").lower() in ("1", "true")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def _ended(words: str) -> str:
    return f"its process ended; its last words: {words[-800:]}" if words else "its process ended"
