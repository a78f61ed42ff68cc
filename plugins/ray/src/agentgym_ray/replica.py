"""What runs in the actor of a replica: one policy."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agentgym_core.errors import ConfigError
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.registry import make
from agentgym_core.rollout.faults import RemoteError, message_of, traceback_of, type_of
from agentgym_core.types import Message
from agentgym_ray.weights import receive

About = tuple[frozenset[str], int | None, str]
"""What a policy needs, how long a conversation may become, and the digest of its weights."""


class PolicyActor:
    """An actor with an event loop: any number of requests at once, which the policy batches as it does anywhere."""

    def __init__(self) -> None:
        self._policy = Policy()

    async def call(self, name: str, *arguments: Any) -> Any:
        """Call one of the other methods; what it raises is returned, since Ray would wrap it."""
        try:
            return await getattr(self, name)(*arguments)
        except Exception as error:
            return sendable(error)

    async def start(self, id: str, config: Mapping[str, Any], learned: Any = None) -> About:
        """Make the policy, around a model that lies in the object store where there is one."""
        # Copied: what lies in the store cannot be written to, and a policy may be given other weights later.
        model = copy.deepcopy(receive(learned)) if learned is not None else None
        self._policy = make("policy", id, config, learned=model, where="policy")
        return self._policy.needs, self._policy.context_tokens, self._policy.weights_digest()

    async def act(self, request: Request) -> Reply:
        """Answer a conversation."""
        return await self._policy.act(request)

    async def count(self, messages: Sequence[Message]) -> int | None:
        """The length of a conversation in tokens."""
        return self._policy.count_tokens(messages)

    async def end(self, episode: str) -> None:
        """Free what is kept for an episode."""
        await self._policy.end(episode)

    async def take(self, sent: Any, named: bool = False) -> str:
        """Take the weights of a model that lies in the object store; their digest.

        :param named: another replica finds the digest, since reading all weights for it takes longer than taking them. It is empty then,
            where the policy can be told it (`name`).
        :raises ConfigError: this policy takes none, or they are of another architecture.
        """
        await self._changer("take")(receive(sent))
        if named and hasattr(self._policy, "name_weights"):
            return ""
        return await asyncio.to_thread(self._policy.weights_digest)

    async def name(self, digest: str) -> None:
        """The digest that another replica has found."""
        self._changer("name_weights")(digest)

    async def load(self, path: str) -> str:
        """Take the weights of a folder that this node can read; their digest. Errors as for `take`."""
        await self._changer("load")(Path(path))
        return self._policy.weights_digest()

    async def save(self, path: str) -> None:
        """Write the weights into a folder of this node. Errors as for `take`."""
        await self._changer("save")(Path(path))

    def _changer(self, name: str) -> Any:
        found = getattr(self._policy, name, None)
        if found is None:
            raise ConfigError(
                f"policy.policy: {type(self._policy).__name__} has no {name!r} for weights",
                hint="choose one that can learn",
            )
        return found


def sendable(error: Exception) -> Exception:
    """An error that another process can be given: itself, or its words where it cannot be made again there."""
    try:
        if type(pickle.loads(pickle.dumps(error))) is type(error):  # noqa: S301 - our own
            return error
    except Exception:  # noqa: S110 - whatever a foreign class does there
        pass
    return RemoteError(type_of(error), message_of(error), traceback_of(error))
