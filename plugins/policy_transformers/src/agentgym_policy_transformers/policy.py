"""The policy: conversations in, replies out, with the ids that were read and drawn."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import torch
from attrs import define

from agentgym_core.errors import PolicyFault
from agentgym_core.policy import BatchedPolicy, Reply, Request, TrainablePolicy
from agentgym_core.types import Message
from agentgym_policy_transformers import loading
from agentgym_policy_transformers.cache import Held, common
from agentgym_policy_transformers.config import TransformersConfig
from agentgym_policy_transformers.constraint import Constraint
from agentgym_policy_transformers.engine import Engine, Work
from agentgym_policy_transformers.proof import prove
from agentgym_policy_transformers.weights import Weights
from agentgym_tokens import ConversationHistory, Turn, tell_if_slow, write_folder
from agentgym_tokens.gate import Gate


@define(eq=False)
class _Episode:
    """What is kept of an episode: its tokens, and what was shown and said last."""

    held: Held
    past: ConversationHistory | None = None


@define(eq=False)
class _Asked:
    """A request on its way."""

    turn: Turn
    episode: _Episode
    work: Work


class TransformersPolicy(BatchedPolicy, TrainablePolicy):
    """A causal language model in this process. Waiting episodes are answered together; each keeps its cache until it ends.

    Log-probabilities are those of the model itself: at temperature 1 and without top-p, whatever the sampling.

    :param model: use this model and not the one that the configuration names; it is shared, not copied.
    :param tokenizer: its tokenizer.
    :raises ConfigError: the model cannot be loaded or used; the message says why.
    """

    def __init__(self, config: TransformersConfig, model: Any = None, tokenizer: Any = None) -> None:
        super().__init__()
        self.config = config
        self.batch_limit = config.batch_limit
        if config.threads is not None:
            torch.set_num_threads(config.threads)
        tokenizer = loading.load_tokenizer(config) if tokenizer is None else tokenizer
        self._weights = Weights(config, model)
        if self.model.device.type == "cpu":
            tell_if_slow("transformers", "dtype", str(self.model.dtype).removeprefix("torch."))
        self.tokenizer = tokenizer
        self._conversations = config.conversations(tokenizer, loading.end_ids(self.model))
        self.context_tokens = config.context_tokens or _context(self.model, tokenizer)
        self._constraint = self._make_constraint()
        self._engine = self._make_engine()
        self._episodes: dict[str, _Episode] = {}
        self._ended: set[str] = set()
        self._lock = threading.Lock()
        self._gate = Gate()
        self._closed = False

    @property
    def model(self) -> Any:
        """The model, with its adapter in it where there is one; None when the policy is closed."""
        return self._weights.model

    @classmethod
    def from_weights(cls, config: TransformersConfig, learned: Any) -> Self | None:
        """The policy of a model that was just trained: moved and set as the configuration says, not copied where it is there already.

        None for an adapter, or where the configuration spreads the model over devices.
        """
        model = getattr(learned, "model", None)
        if not loading.is_plain(model) or config.adapter or config.revision or config.device == "sharded":
            return None
        return cls(config, loading.settle(model, config), learned.tokenizer)

    async def act(self, request: Request) -> Reply:
        """Answer one conversation, batched with the others that wait.

        :raises ContextOverflow: it no longer fits the model. :raises PolicyFault: the policy is closed.
        """
        async with self._gate.request():
            return await super().act(request)

    def act_batch(self, requests: Sequence[Request]) -> Sequence[Reply | Exception]:
        """Answer a batch, in order."""
        with self._lock:
            if self._closed:
                return [PolicyFault("the policy is closed", hint="make a new one") for _ in requests]
            version = self.weights_digest()
            replies: list[Reply | Exception | None] = [None] * len(requests)
            while left := [place for place, reply in enumerate(replies) if reply is None]:
                # Two requests of one episode cannot share its cache: the second waits for the first.
                now = {requests[place].episode: place for place in reversed(left)}
                for place, reply in self._answered(requests, sorted(now.values()), version):
                    replies[place] = reply
        self._sweep()
        return [reply for reply in replies if reply is not None]

    async def end(self, episode: str) -> None:
        """Free an episode's cache, at once or when the batch that it is in is done."""
        self._ended.add(episode)
        self._sweep()

    def count_tokens(self, messages: Sequence[Message]) -> int | None:
        """The length of a conversation with the beginning of the next answer; None where the template refuses it."""
        return self._conversations.count(messages)

    def weights_digest(self) -> str:
        """A digest of weights, adapter, tokenizer and chat template; made once a load."""
        return self._weights.digest(self.tokenizer)

    async def load(self, path: Path) -> None:
        """Take the weights, or the adapter, of a folder, when every request in flight is answered. Episodes go on.

        :raises ConfigError: it holds another architecture, or nothing; the weights stay as they were.
        """
        async with self._gate.alone():
            await asyncio.to_thread(self._load, str(path))

    async def take(self, model: Any) -> None:
        """Take the weights of a model in memory, such as a trainer's, when every request in flight is answered.

        With the model that this policy shares, only what is kept of the old weights is dropped.

        :raises ConfigError: it is of another architecture.
        """
        async with self._gate.alone():
            await asyncio.to_thread(self._change, lambda: self._weights.copy(model))

    def name_weights(self, digest: str) -> None:
        """Say what the digest of the weights is, as another policy that took them has found: they are not read again for it."""
        self._weights.called(digest)

    async def save(self, path: Path) -> None:
        """Write the model, or the adapter where there is one, and the tokenizer; what was there before is replaced when all is written.

        :raises StoreError: it cannot be written; what was there before is whole.
        """
        async with self._gate.alone():
            await asyncio.to_thread(
                self._locked,
                lambda: write_folder(Path(path), lambda folder: self._weights.write(folder, self.tokenizer)),
            )

    async def close(self) -> None:
        """Free the model and every cache."""
        await asyncio.to_thread(self._locked, self._free)

    @property
    def cache_bytes(self) -> int:
        """How much memory the caches hold."""
        return self._engine.cache.bytes

    def _answered(
        self, requests: Sequence[Request], places: list[int], version: str
    ) -> list[tuple[int, Reply | Exception]]:
        """Answer some of the requests, each of another episode."""
        asked: list[tuple[int, _Asked]] = []
        done: list[tuple[int, Reply | Exception]] = []
        for place in places:
            try:
                asked.append((place, self._prepare(requests[place])))
            except Exception as error:
                done.append((place, error))
        if asked:
            try:
                self._engine.generate([each.work for _, each in asked], self._is_gone([each for _, each in asked]))
            except BaseException:
                # What was drawn so far was not returned, so it is no part of any conversation.
                for _, each in asked:
                    self._forget(each.turn.request.episode)
                raise
        return done + [(place, self._reply(each, version)) for place, each in asked]

    def _prepare(self, request: Request) -> _Asked:
        before = self._episodes.get(request.episode) if request.turn else None
        past, ids = (before.past, before.held.ids) if before else (None, [])
        turn = Turn.begin(self._conversations, request, past, ids, self.context_tokens)
        episode = before
        if episode is None:
            self._forget(request.episode)
            episode = self._episodes[request.episode] = _Episode(Held([]))
        held, prompt = episode.held, turn.prompt
        if prompt.fresh:
            held.cached = min(held.cached, common(held.ids, prompt.ids))
        held.ids = list(prompt.ids)
        matcher = self._constraint.matcher(request.renderer) if self._constraint is not None else None
        work = Work(held, request.sampling, turn.limit, request.seed, matcher=matcher)
        return _Asked(turn, episode, work)

    def _reply(self, asked: _Asked, version: str) -> Reply:
        work = asked.work
        reply, asked.episode.past = asked.turn.end(work.sampled, work.logprobs, work.reason, version)
        return reply

    def _is_gone(self, now: list[_Asked]) -> Callable[[Work], bool]:
        names = {id(each.work): each.turn.request.episode for each in now}
        return lambda work: names[id(work)] in self._ended

    def _sweep(self) -> None:
        """Free the episodes that have ended, unless a batch is being made: its end does it then."""
        while self._ended and self._lock.acquire(blocking=False):
            try:
                while self._ended:
                    self._forget(self._ended.pop())
            finally:
                self._lock.release()

    def _forget(self, episode: str) -> None:
        kept = self._episodes.pop(episode, None)
        if kept is not None:
            self._engine.cache.release(kept.held)

    def _locked(self, work: Callable[[], None]) -> None:
        with self._lock:
            work()

    def _load(self, place: str) -> None:
        put = self._weights.read(place)
        self._change(put)

    def _change(self, put: Callable[[], None]) -> None:
        """Other weights: what is kept of the old ones is void; the episodes' ids stay, and are read again by the new ones."""

        def work() -> None:
            put()
            self._engine.cache.clear()
            self._engine.model = self.model

        self._locked(work)

    def _make_constraint(self) -> Constraint | None:
        config = self.config
        config.refuse_tool_choice("transformers")
        if not config.constrain:
            return None
        size = int(self.model.config.get_text_config().vocab_size)
        return Constraint(self.tokenizer, size, self._conversations.ends, config.thought_characters)

    def _make_engine(self) -> Engine:
        engine = Engine(
            self.model,
            ends=self._conversations.ends,
            decode=self._conversations.codec.decode,
            prefill_tokens=self.config.prefill_tokens,
            cached_episodes=self.config.cached_episodes,
            cache_tokens=self.config.cache_tokens,
            top_k=self.config.top_k or 0,
            min_p=self.config.min_p,
        )
        prove(engine)
        return engine

    def _free(self) -> None:
        self._closed = True
        self._episodes.clear()
        self._engine.cache.clear()
        self._weights.drop()
        self._engine.model = None


def _context(model: Any, tokenizer: Any) -> int | None:
    limits = [getattr(model.config.get_text_config(), "max_position_embeddings", None), tokenizer.model_max_length]
    known = [int(limit) for limit in limits if limit and limit < 10**9]
    return min(known) if known else None
