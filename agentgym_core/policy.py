"""The interface of a policy: it answers a conversation. A policy never holds an environment."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

from attrs import field, frozen

from agentgym_core.settings import Sampling
from agentgym_core.types import ExpertAction, Message, Tokens, ToolCall, Usage


class Renderer(Protocol):
    """Writes a move in the action format of the episode."""

    def render(self, move: ExpertAction) -> tuple[str, tuple[ToolCall, ...]]:
        """The text of a reply, and its tool calls where the format uses them."""


@frozen
class Request:
    """What a policy is asked to reply to.

    `messages` is the whole conversation so far. `tools` is empty unless the action format uses native tool calls. `seed` differs for
    every turn of every episode. `available_actions`, `expert`, `pictures` and `rendering` are filled only where the policy's
    `needs` name them; `pictures` holds PNG bytes by the place of the message whose observation they show, `rendering` is what the
    environment draws of the present state: PNG bytes, or an HTML fragment.
    """

    messages: Sequence[Message]
    episode: str
    turn: int
    seed: int
    sampling: Sampling
    renderer: Renderer
    tools: Sequence[Mapping[str, Any]] = ()
    available_actions: Sequence[str] | None = None
    expert: ExpertAction | None = None
    pictures: Mapping[int, bytes] = field(factory=dict, repr=False)
    rendering: str | bytes | None = field(default=None, repr=False)

    def write(self, action: str, thought: str = "") -> Reply:
        """A reply with this action, in the action format of the episode."""
        text, calls = self.renderer.render(ExpertAction(thought, action))
        return Reply(text, calls, finish_reason="tool_calls" if calls else "stop")


@frozen
class Reply:
    """What a policy answers. `finish_reason` is `stop`, `length` or `tool_calls`; `weights_version` says which weights spoke."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str | None = None
    tokens: Tokens | None = None
    usage: Usage = Usage()
    finish_reason: str = "stop"
    weights_version: str = ""


class Policy:
    """Answers conversations, any number at once. An async context manager."""

    needs: frozenset[str] = frozenset()
    """Any of `available_actions`, `expert`, `pictures` and `rendering`."""

    context_tokens: int | None = None
    """How long a conversation may become, in tokens; None where there is no limit or it is not known."""

    async def act(self, request: Request) -> Reply:
        """Answer one conversation.

        :raises Exception: anything; it becomes a `policy_fault` of this episode and of no other.
        """
        raise NotImplementedError

    async def end(self, episode: str) -> None:
        """Free what is kept for an episode; called for cancelled ones too."""

    def count_tokens(self, messages: Sequence[Message]) -> int | None:
        """The length of a conversation in tokens, or None where it is not known."""
        return None

    def weights_digest(self) -> str:
        """A digest of what decides the answers, for the key of an episode; empty where nothing is loaded."""
        return ""

    async def close(self) -> None:
        """Free everything; calling it twice is fine."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()


class BatchedPolicy(Policy):
    """A policy with a model that answers many requests at once: `act_batch` is synchronous and runs off the event loop.

    Requests that wait when the previous batch returns go into the next one, up to `batch_limit`.
    """

    batch_limit: int = 256

    def __init__(self) -> None:
        self._waiting: list[tuple[Request, asyncio.Future[Reply]]] = []
        self._worker: asyncio.Task[None] | None = None

    def act_batch(self, requests: Sequence[Request]) -> Sequence[Reply | Exception]:
        """Answer a batch, in order; an exception in place of a reply is the fault of that request alone."""
        raise NotImplementedError

    async def act(self, request: Request) -> Reply:
        """Wait in line, then be answered in one batch with the other waiting requests."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        # One pass of the event loop lets every episode that is ready join the batch.
        await asyncio.sleep(0)
        while self._waiting:
            # Cancelled requests, of episodes that ended meanwhile, take no place in the batch.
            batch = [(r, f) for r, f in self._waiting[: self.batch_limit] if not f.cancelled()]
            del self._waiting[: self.batch_limit]
            if not batch:
                continue
            try:
                replies = await asyncio.to_thread(self.act_batch, [request for request, _ in batch])
                if len(replies) != len(batch):
                    raise RuntimeError(
                        f"{type(self).__name__}.act_batch answered {len(replies)} of {len(batch)} requests"
                    )
            except Exception as error:
                replies = [error] * len(batch)
            for (_, future), reply in zip(batch, replies, strict=True):
                if future.done():
                    continue
                if isinstance(reply, Exception):
                    future.set_exception(reply)
                else:
                    future.set_result(reply)
            await asyncio.sleep(0)


class TrainablePolicy(Policy):
    """A policy with weights that can change. `load` waits for requests in flight and changes the weights version."""

    async def save(self, path: Path) -> None:
        """Write the weights into a folder."""
        raise NotImplementedError

    async def load(self, path: Path) -> None:
        """Take the weights of a folder."""
        raise NotImplementedError

    @classmethod
    def from_weights(cls, config: Any, learned: Any) -> Self | None:
        """A policy around the weights that a learner left in memory (a `LoadedModel`), equal to one made from `config`.

        None where this policy cannot use them; then it is made from `config` alone.
        """
        return None
