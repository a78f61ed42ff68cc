"""Makes replies for a batch of episodes: reads what is new of each, then draws tokens for all of them in step."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import torch
from attrs import define, field
from torch import Tensor

from agentgym_core.settings import Sampling
from agentgym_policy_transformers.cache import Held, RowCache, common, whole
from agentgym_policy_transformers.constraint import Matcher
from agentgym_policy_transformers.passes import ALIGN, Passes
from agentgym_policy_transformers.portions import packed, padded
from agentgym_policy_transformers.sampling import Draw, draw

_SHRINK = 0.75
_COARSE = 32
_SHARED = 32
"""How many tokens conversations must begin with together to be worth a pass of their own."""


@define(eq=False)
class Work:
    """One reply to make: the episode with its prompt, and what was drawn so far. `reason` is empty while it is not done."""

    held: Held
    sampling: Sampling
    limit: int
    seed: int
    sampled: list[int] = field(factory=list)
    logprobs: list[float] = field(factory=list)
    reason: str = ""
    matcher: Matcher | None = None
    numbers: random.Random = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.numbers = random.Random(self.seed)


def _allowed(live: Sequence[Work], logits: Tensor) -> Tensor | None:
    """Which tokens may be drawn, for each row; None where nothing is constrained."""
    matchers = [None if work.reason else work.matcher for work in live]
    if not any(matchers):
        return None
    free = torch.ones(logits.shape[-1], dtype=torch.bool)
    return torch.stack([matcher.allowed() if matcher else free for matcher in matchers]).to(logits.device)


def _need(work: Work) -> int:
    """For how many tokens a row must have room while a reply is made."""
    return whole(len(work.held.ids) + work.limit + ALIGN)


class Engine:
    """A model with the cache of its episodes. Not safe to call from two threads at once.

    :param ends: the ids that end a reply.
    :param decode: ids to text, for stop strings.
    :param prefill_tokens: how many tokens one forward pass may read.
    :param cached_episodes: how many episodes keep a cache.
    :param cache_tokens: for how many tokens there is room in the caches of all episodes together, or of one that is longer.
    :param top_k: as `Draw` says; `min_p` too.
    :raises ConfigError: the model does not work with a cache of keys and values alone.
    """

    def __init__(
        self,
        model: Any,
        *,
        ends: Collection[int],
        decode: Callable[[Sequence[int]], str],
        prefill_tokens: int | None = None,
        cached_episodes: int | None = None,
        cache_tokens: int | None = None,
        top_k: int = 0,
        min_p: float = 0.0,
    ) -> None:
        self.ends, self.decode = frozenset(ends), decode
        self.prefill_tokens = prefill_tokens or (1024 if model.device.type == "cpu" else 8192)
        self.cached_episodes, self.cache_tokens = cached_episodes, cache_tokens
        self.top_k, self.min_p = top_k, min_p
        self.cache = RowCache()
        self.passes = Passes(model, self.cache)

    @property
    def model(self) -> Any:
        """The model; another of the same architecture may take its place, with the cache cleared."""
        return self.passes.model

    @model.setter
    def model(self, model: Any) -> None:
        self.passes.model = model

    @property
    def device(self) -> torch.device:
        """Where the first layer is."""
        device: torch.device = self.model.device
        return device

    @torch.inference_mode()
    def generate(self, batch: Sequence[Work], gone: Callable[[Work], bool] = lambda work: False) -> None:
        """Make the replies of a batch; they stand in its members afterwards. `gone` tells which requests were abandoned."""
        try:
            for part in self._bounded(list(batch)):
                self._generate(part, gone)
        except BaseException:
            # What is half written must not be taken for somebody's history.
            self.cache.clear()
            raise

    def _bounded(self, batch: list[Work]) -> Iterator[list[Work]]:
        """The batch in parts that fit the cache, and the cache made to fit each: whoever has no room reads the history again."""
        if self.cache_tokens is None:
            yield batch
            return
        # Who has a cache comes first, before somebody else's needs take it away.
        left = sorted(batch, key=lambda work: (work.held.row is None, -_need(work)))
        while left:
            part: list[Work] = []
            columns = 0
            while (left and (len(part) + 1) * max(columns, _need(left[0])) <= self.cache_tokens) or not part:
                columns = max(columns, _need(left[0]))
                part.append(left.pop(0))
            yield self._with_room(part, columns)

    def _with_room(self, part: list[Work], columns: int) -> list[Work]:
        cache, bound = self.cache, self.cache_tokens or 0
        mine = {id(work.held) for work in part}
        for other in [owner for owner in cache.owners if owner is not None and id(owner) not in mine]:
            # A long one would make every row longer.
            if len(part) * whole(max(columns, other.cached)) > bound:
                cache.release(other)
        columns = whole(max([columns, *(owner.cached for owner in cache.owners if owner is not None)]))
        rows = max(len(part), min(bound // columns, self.cached_episodes or bound))
        cache.bring_forward([work.held for work in part], rows)
        cache.trim(rows, columns)
        return part

    def _generate(self, batch: list[Work], gone: Callable[[Work], bool]) -> None:
        # The longest come first: one that ends leaves a row that one of the last takes, and a short row among long ones costs nothing.
        batch.sort(key=lambda work: (-(len(work.held.ids) // _COARSE), work.held.row is None, work.held.row or 0))
        self._bring_forward(batch, ordered=self.passes.parts)
        live = sorted(batch, key=lambda work: work.held.row or 0)
        logits = self._prefill(live)
        while True:
            ids, logprobs = draw(logits, [self._drawn(work) for work in live], _allowed(live, logits))
            for work, token, logprob in zip(live, ids, logprobs, strict=True):
                if not work.reason:
                    self._take(work, token, logprob)
                    if not work.reason and len(work.sampled) % 16 == 0 and gone(work):
                        work.reason = "length"
            left = [work for work in live if not work.reason]
            if not left:
                return
            if len(left) <= _SHRINK * len(live):
                self._bring_forward(left)
                live = sorted(left, key=lambda work: work.held.row or 0)
            logits = self._decode(live)

    def _drawn(self, work: Work) -> Draw:
        sampling = work.sampling
        number = 0.0 if work.reason else work.numbers.random()
        return Draw(sampling.temperature, number, sampling.top_p, self.top_k, self.min_p)

    def _bring_forward(self, batch: list[Work], *, ordered: bool = False) -> None:
        limit = self.cached_episodes if self.cache_tokens is None else len(self.cache.owners)
        self.cache.bring_forward([work.held for work in batch], limit, ordered=ordered)

    def _take(self, work: Work, token: int, logprob: float) -> None:
        work.sampled.append(token)
        work.logprobs.append(logprob)
        if work.matcher is not None:
            work.matcher.take(token)
        work.held.ids.append(token)
        if token in self.ends or (work.sampling.stop and self._stopped(work)):
            work.reason = "stop"
        elif len(work.sampled) >= work.limit:
            work.reason = "length"

    def _stopped(self, work: Work) -> bool:
        # A character may be spread over as many as four tokens.
        tail = 4 * max(len(stop) for stop in work.sampling.stop) + 8
        text = self.decode(work.sampled[-tail:])
        return any(stop in text for stop in work.sampling.stop)

    def _prefill(self, live: list[Work]) -> Tensor:
        for work in live:
            # Something must be read for something to be said.
            work.held.cached = min(work.held.cached, len(work.held.ids) - 1)
        self.cache.reserve(0, max(len(work.held.ids) for work in live) + ALIGN)
        self._share([work.held for work in live])
        found: list[Tensor | None] = [None] * len(live)
        new = [work.held.ids[work.held.cached :] for work in live]
        portions = packed if self.passes.packs else padded
        for group in portions([len(ids) for ids in new], self.prefill_tokens):
            members = [live[portion.place].held for portion in group]
            part = [new[portion.place][portion.first : portion.last] for portion in group]
            logits = self.forward([(held.row or 0, held.cached) for held in members], part)
            for place, portion in enumerate(group):
                members[place].cached += len(part[place])
                found[portion.place] = logits[place]
        return torch.stack([each for each in found if each is not None])

    def _share(self, live: list[Held]) -> None:
        """Read once what several conversations begin with, such as an instruction: keys and values are copied to whoever is new.

        A token's keys and values depend on what stands before it alone, so the copies are what each would compute.
        """
        known: dict[tuple[int, ...], Held] = {}
        for held in self.cache.owners:
            if held is not None and held.cached >= _SHARED:
                known.setdefault(tuple(held.ids[:_SHARED]), held)
        new: dict[tuple[int, ...], list[Held]] = {}
        for held in live:
            if not held.cached and len(held.ids) > _SHARED:
                new.setdefault(tuple(held.ids[:_SHARED]), []).append(held)
        for key, members in new.items():
            source = known.get(key)
            if source is None:
                if len(members) == 1:
                    continue
                source = members.pop(0)
                until = max(common(source.ids, held.ids) for held in members)
                for start in range(0, until, self.prefill_tokens):
                    part = source.ids[start : min(until, start + self.prefill_tokens)]
                    self.forward([(source.row or 0, start)], [part])
                source.cached = min(until, len(source.ids) - 1)
            for held in members:
                held.cached = min(common(source.ids[: source.cached], held.ids), len(held.ids) - 1)
                self.cache.copy(source, held)

    def _decode(self, live: list[Work]) -> Tensor:
        """The next logits of every row; who is done reads along into the idle column."""
        starts, ids, idle = [], [], []
        for row, work in enumerate(live):
            held = work.held
            starts.append((row, held.cached if not work.reason else max(0, held.cached - 1)))
            ids.append([held.ids[-1]])
            idle.append(bool(work.reason))
        self.cache.reserve(0, max(start for _, start in starts) + 1 + ALIGN)
        logits = self.forward(starts, ids, idle)
        for work in live:
            if not work.reason:
                work.held.cached += 1
        return logits

    @torch.inference_mode()
    def forward(
        self, starts: Sequence[tuple[int, int]], ids: Sequence[Sequence[int]], idle: Sequence[bool] = ()
    ) -> Tensor:
        """The logits after the last token of every row, shape (rows, vocabulary).

        :param starts: the row of the cache and the position of the first token, for each row of the batch.
        :param ids: the tokens to read. :param idle: rows that read along and write nothing, where a reply is being made.
        """
        if self.passes.packs and not idle:
            return self.passes.packed(starts, ids)
        return self.passes.padded(starts, ids, idle)
