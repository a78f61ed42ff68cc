"""The policy `ray`: replicas of another policy as actors, each with its own cores or GPUs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import ray
from attrs import define
from ray.exceptions import RayError

from agentgym_core.errors import InfrastructureFault, PolicyFault
from agentgym_core.policy import Reply, Request, TrainablePolicy
from agentgym_core.types import Message
from agentgym_ray.cluster import LOOK_SECONDS, connect, lost_cluster, lost_head, why_lost
from agentgym_ray.config import RayPolicyConfig
from agentgym_ray.replica import PolicyActor
from agentgym_ray.weights import send
from agentgym_tokens.gate import Gate

_REQUESTS = 4096
"""How many requests a replica takes at once; its policy batches them by its own rules."""


_COUNT_SECONDS = 30.0
"""How long a replica may take to count tokens: the loop waits for it."""


@define(eq=False)
class _Replica:
    """An actor, and how many episodes it has."""

    actor: Any
    episodes: int = 0
    lost: str = ""


class RayPolicy(TrainablePolicy):
    """Sends an episode to the replica with the fewest, and keeps it there: its cache and its tokens are there.

    A lost replica is an InfrastructureFault of the episodes that it had, which are played again; another one takes its place, with the
    weights that were given last.

    :param learned: a model in memory that each replica is made with, as the policy's own `from_weights` does.
    :raises ConfigError: the policy cannot be made. :raises InfrastructureFault: there is no cluster, or no room for a replica.
    """

    def __init__(self, config: RayPolicyConfig, learned: Any = None) -> None:
        self.config = config
        connect(config)
        self._made_of = send(learned) if learned is not None else None
        self._latest: tuple[str, Any] | None = None
        self._gate = Gate()
        self._closed = False
        self._headless: asyncio.Future[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._placed: dict[str, _Replica] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._replicas = [self._make() for _ in range(config.replicas)]
        try:
            found = [_value(each) for each in ray.get([self._start(replica) for replica in self._replicas])]
        except RayError as error:
            self._end_all()
            raise lost_cluster(error) from error
        except BaseException:
            self._end_all()
            raise
        self.needs, self.context_tokens, self._digest = found[0]

    @classmethod
    def from_weights(cls, config: RayPolicyConfig, learned: Any) -> Self | None:
        """Replicas around a model that was just trained: it goes into the object store once, and past the disk."""
        return cls(config, learned)

    async def act(self, request: Request) -> Reply:
        """Answer one conversation, by the replica of its episode. What the policy raises there is raised here."""
        async with self._gate.request():
            replica = self._replica(request.episode)
            try:
                reply = await self._answered(replica.actor.call.remote("act", request))
            except RayError as error:
                self._lose(replica, error)
                raise _lost(replica) from error
        done: Reply = _value(reply)
        return done

    async def end(self, episode: str) -> None:
        """Free what the replica keeps of an episode."""
        replica = self._placed.pop(episode, None)
        if replica is not None:
            replica.episodes -= 1
            if not replica.lost:
                replica.actor.call.remote("end", episode)

    def count_tokens(self, messages: Sequence[Message]) -> int | None:
        """The length of a conversation as a replica counts it, which takes a call."""
        living = [replica for replica in self._replicas if not replica.lost]
        if self.context_tokens is None or not living:
            return None
        try:
            count: int | None = _value(ray.get(living[0].actor.call.remote("count", messages), timeout=_COUNT_SECONDS))
        except RayError:
            return None
        return count

    def weights_digest(self) -> str:
        """The digest of the weights that all replicas have."""
        return str(self._digest)

    async def load(self, path: Path) -> None:
        """Take the weights of a folder that every node can read, when every request in flight is answered."""
        await self._change("load", str(path))

    async def take(self, model: Any) -> None:
        """Take the weights of a model in memory: they go into the object store once, and every node reads them from there."""
        await self._change("take", await asyncio.to_thread(send, model))

    async def save(self, path: Path) -> None:
        """Have a replica write the weights into a folder of its node."""
        _value(await self._replicas[0].actor.call.remote("save", str(path)))

    async def close(self) -> None:
        """End every replica; the cluster stays."""
        self._closed = True
        for task in (*self._tasks, self._watching):
            if task is not None:
                task.cancel()
        self._end_all()

    async def _answered(self, answer: Any) -> Any:
        """What a replica answers.

        :raises InfrastructureFault: the head is lost, and with it whatever else would be known of the replica.
        """
        loop = asyncio.get_running_loop()
        if self._headless is None or self._headless.get_loop() is not loop:
            self._headless = loop.create_future()
            self._watching = asyncio.ensure_future(self._watch_head(self._headless))
        call = asyncio.wrap_future(answer.future())
        await asyncio.wait((call, self._headless), return_when=asyncio.FIRST_COMPLETED)
        if not call.done() and (lost := lost_head(self.config)) is not None:
            raise InfrastructureFault(lost.message, hint=lost.hint)
        return await call

    async def _all(self, replicas: Sequence[_Replica], name: str, *arguments: Any) -> list[Any]:
        """What each of the replicas answers to the same call."""
        calls = [self._answered(each.actor.call.remote(name, *arguments)) for each in replicas]
        return [_value(answer) for answer in await asyncio.gather(*calls)]

    async def _watch_head(self, headless: asyncio.Future[None]) -> None:
        # Looked at now and then: it is in no event that a head says nothing.
        while lost_head(self.config) is None:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
        headless.set_result(None)

    async def _change(self, how: str, what: Any) -> None:
        async with self._gate.alone():
            living = [replica for replica in self._replicas if not replica.lost]
            first, others = living[:1], living[1:]
            try:
                # All at once, but only the first reads all the weights once more for their digest: the others are told it.
                found, told = await asyncio.gather(
                    self._all(first, how, what), self._all(others, how, what, *([True] if how == "take" else []))
                )
                digests = found + told
                untold = [each for each, digest in zip(living, digests, strict=True) if not digest]
                if digests and digests[0]:
                    await self._all(untold, "name", digests[0])
                    digests = [digest or digests[0] for digest in digests]
            except RayError as error:
                raise await asyncio.to_thread(why_lost, error, self.config) from error
            if len(set(digests)) != 1:
                raise PolicyFault(
                    f"{len(living)} replicas took weights and have {len(set(digests))} digests",
                    hint="make the policy anew",
                )
            self._latest, self._digest = (how, what), digests[0]

    def _make(self) -> _Replica:
        options = {**self.config.options, "max_concurrency": _REQUESTS}
        return _Replica(ray.remote(PolicyActor).options(**options).remote())

    def _start(self, replica: _Replica) -> Any:
        inner = self.config.policy
        return replica.actor.call.remote("start", inner.id, dict(inner.config), self._made_of)

    def _replica(self, episode: str) -> _Replica:
        if self._closed:
            raise PolicyFault("the policy is closed", hint="make a new one")
        found = self._placed.get(episode)
        if found is None:
            living = [replica for replica in self._replicas if not replica.lost]
            if not living:
                raise InfrastructureFault("every replica is lost", hint="look at the cluster with: ray status")
            found = self._placed[episode] = min(living, key=lambda replica: replica.episodes)
            found.episodes += 1
        elif found.lost:
            raise _lost(found)
        return found

    def _lose(self, replica: _Replica, error: Exception) -> None:
        if replica.lost or self._closed:
            return
        replica.lost = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
        task = asyncio.ensure_future(self._replace(replica))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _replace(self, replica: _Replica) -> None:
        """Put another replica in the place of a lost one, once it has the weights of the others."""
        new = self._make()
        try:
            _value(await self._start(new))
            async with self._gate.alone():
                if self._latest is not None:
                    _value(await new.actor.call.remote(*self._latest))
                self._replicas[self._replicas.index(replica)] = new
        except Exception as error:
            # The others go on; this one stays lost.
            replica.lost += f"; its replacement: {type(error).__name__}: {error}"
            ray.kill(new.actor)

    def _end_all(self) -> None:
        if lost_head(self.config) is None:
            for replica in self._replicas:
                ray.kill(replica.actor)


def _lost(replica: _Replica) -> InfrastructureFault:
    return InfrastructureFault(
        f"a replica of the policy is lost: {replica.lost}", hint="look at the cluster with: ray status"
    )


def _value(answer: Any) -> Any:
    """What a replica has answered, or what it raised."""
    if isinstance(answer, Exception):
        raise answer
    return answer
