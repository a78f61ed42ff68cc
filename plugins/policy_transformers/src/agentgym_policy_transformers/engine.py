"""Makes replies for a batch of episodes: reads what is new of each, then draws tokens for all of them in step."""

from __future__ import annotations

import contextlib
import inspect
import random
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import torch
from attrs import define, field
from torch import Tensor

from agentgym_core.errors import ConfigError
from agentgym_core.settings import Sampling
from agentgym_policy_transformers.attention import parts_of, use_parts
from agentgym_policy_transformers.cache import DecodeStep, Held, RowCache, common
from agentgym_policy_transformers.sampling import draw

_SHRINK = 0.75
_ALIGN = 8
_COARSE = 32
_SHARED = 32
"""How many tokens conversations must begin with together to be worth a pass of their own."""
_LAYERS = frozenset({"full_attention", "sliding_attention"})


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
    numbers: random.Random = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.numbers = random.Random(self.seed)


class Engine:
    """A model with the cache of its episodes. Not safe to call from two threads at once.

    :param ends: the ids that end a reply.
    :param decode: ids to text, for stop strings.
    :param prefill_tokens: how many tokens one forward pass may read.
    :param cached_episodes: how many episodes keep a cache.
    :raises ConfigError: the model does not work with a cache of keys and values alone.
    """

    def __init__(
        self,
        model: Any,
        *,
        ends: Collection[int],
        decode: Callable[[Sequence[int]], str],
        prefill_tokens: int = 8192,
        cached_episodes: int | None = None,
    ) -> None:
        self.model, self.ends, self.decode = model, frozenset(ends), decode
        self.prefill_tokens, self.cached_episodes = prefill_tokens, cached_episodes
        self.cache = RowCache()
        config = model.config.get_text_config()
        self._window = getattr(config, "sliding_window", None)
        kinds = getattr(config, "layer_types", None)
        self._kinds = sorted(set(kinds)) if kinds else []
        self._additive = config._attn_implementation == "eager"
        self._cache_name = _cache_name(model)
        self._parts = use_parts(model)
        strange = [kind for kind in self._kinds if kind not in _LAYERS]
        if strange:
            raise ConfigError(
                f"models of type {config.model_type!r} have layers of kind {strange[0]!r}, which keep more than keys and values",
                hint="serve the model (vllm serve, transformers serve) and use the policy 'openai'",
            )

    @property
    def device(self) -> torch.device:
        """Where the first layer is."""
        device: torch.device = self.model.device
        return device

    @torch.inference_mode()
    def generate(self, batch: Sequence[Work], gone: Callable[[Work], bool] = lambda work: False) -> None:
        """Make the replies of a batch; they stand in its members afterwards. `gone` tells which requests were abandoned."""
        try:
            self._generate(list(batch), gone)
        except BaseException:
            # What is half written must not be taken for somebody's history.
            self.cache.clear()
            raise

    def _generate(self, batch: list[Work], gone: Callable[[Work], bool]) -> None:
        # The longest come first: one that ends leaves a row that one of the last takes, and a short row among long ones costs nothing.
        batch.sort(key=lambda work: (-(len(work.held.ids) // _COARSE), work.held.row is None, work.held.row or 0))
        self.cache.bring_forward([work.held for work in batch], self.cached_episodes, ordered=self._parts)
        live = sorted(batch, key=lambda work: work.held.row or 0)
        logits = self._prefill(live)
        while True:
            ids, logprobs = draw(
                logits,
                [work.sampling.temperature for work in live],
                [work.sampling.top_p for work in live],
                [0.0 if work.reason else work.numbers.random() for work in live],
            )
            for work, token, logprob in zip(live, ids, logprobs, strict=True):
                if not work.reason:
                    self._take(work, token, logprob)
                    if not work.reason and len(work.sampled) % 16 == 0 and gone(work):
                        work.reason = "length"
            left = [work for work in live if not work.reason]
            if not left:
                return
            if len(left) <= _SHRINK * len(live):
                self.cache.bring_forward([work.held for work in left], self.cached_episodes)
                live = sorted(left, key=lambda work: work.held.row or 0)
            logits = self._decode(live)

    def _take(self, work: Work, token: int, logprob: float) -> None:
        work.sampled.append(token)
        work.logprobs.append(logprob)
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
        self.cache.reserve(0, max(len(work.held.ids) for work in live) + _ALIGN)
        self._share([work.held for work in live])
        found: list[Tensor | None] = [None] * len(live)
        for group in self._groups(live):
            members = [live[row].held for row in group]
            new = [held.ids[held.cached :] for held in members]
            longest = max(len(ids) for ids in new)
            for start in range(0, longest, self.prefill_tokens):
                # Only a row alone is ever longer than one pass, so this cuts no other row.
                part = [ids[start : start + self.prefill_tokens] for ids in new]
                logits = self.forward([(held.row or 0, held.cached) for held in members], part)
                for held, ids in zip(members, part, strict=True):
                    held.cached += len(ids)
            for place, row in enumerate(group):
                found[row] = logits[place]
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

    def _groups(self, live: list[Work]) -> list[list[int]]:
        """Rows that are read together: of similar length, so that little is padding."""
        need = [len(work.held.ids) - work.held.cached for work in live]
        groups: list[list[int]] = []
        longest = 0
        for row in sorted(range(len(live)), key=lambda row: -need[row]):
            fits = groups and (len(groups[-1]) + 1) * longest <= self.prefill_tokens
            if not fits or (need[row] < 0.5 * longest and longest - need[row] > 16):
                groups.append([])
                longest = need[row]
            groups[-1].append(row)
        return [sorted(group) for group in groups]

    def _decode(self, live: list[Work]) -> Tensor:
        """The next logits of every row; who is done reads along into the idle column."""
        starts, ids, idle = [], [], []
        for row, work in enumerate(live):
            held = work.held
            starts.append((row, held.cached if not work.reason else max(0, held.cached - 1)))
            ids.append([held.ids[-1]])
            idle.append(bool(work.reason))
        self.cache.reserve(0, max(start for _, start in starts) + 1 + _ALIGN)
        logits = self.forward(starts, ids, idle)
        for work in live:
            if not work.reason:
                work.held.cached += 1
        return logits

    @torch.inference_mode()
    def forward(
        self, starts: Sequence[tuple[int, int]], ids: Sequence[Sequence[int]], idle: Sequence[bool] = ()
    ) -> Tensor:
        """The logits after the last token of every row.

        :param starts: the row of the cache and the position of the first token, for each row of the batch.
        :param ids: the tokens, aligned to the right; shorter rows are padded on the left.
        """
        longest = max(len(each) for each in ids)
        width = -(-max(start + len(each) for (_, start), each in zip(starts, ids, strict=True)) // _ALIGN) * _ALIGN
        trash = self.cache.idle_column
        tokens, positions, columns = [], [], []
        for number, ((_, start), each) in enumerate(zip(starts, ids, strict=True)):
            padding = longest - len(each)
            places = range(start, start + len(each))
            tokens.append([0] * padding + list(each))
            positions.append([0] * padding + list(places))
            columns.append([trash] * longest if idle and idle[number] else [trash] * padding + list(places))
        device = self.device
        rows = [row for row, _ in starts]
        whole = rows == list(range(rows[0], rows[0] + len(rows)))
        parts = []
        if self._parts and whole:
            parts = parts_of([start + len(each) for (_, start), each in zip(starts, ids, strict=True)], _ALIGN)
        position = torch.tensor(positions, device=device)
        self.cache.step = DecodeStep(
            torch.tensor(rows, device=device),
            torch.tensor(columns, device=device),
            width,
            (rows[0], rows[0] + len(rows)) if whole else None,
        )
        with _whole_input_of_the_head(self.model):
            output = self.model(
                input_ids=torch.tensor(tokens, device=device),
                attention_mask=self._masks(position, width),
                position_ids=position,
                use_cache=True,
                logits_to_keep=1,
                **({"parts": parts} if parts else {}),
                **{self._cache_name: self.cache},
            )
        logits: Tensor = output.logits[:, -1]
        return logits

    def _masks(self, position: Tensor, width: int) -> Any:
        column = torch.arange(width, device=position.device)
        mask = column <= position[:, None, :, None]
        if self._window is None or self._kinds == ["full_attention"]:
            return self._said(mask)
        near = self._said(mask & (column > position[:, None, :, None] - self._window))
        return {"full_attention": self._said(mask), "sliding_attention": near} if self._kinds else near

    def _said(self, mask: Tensor) -> Tensor:
        if not self._additive:
            return mask
        dtype = self.model.dtype
        return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, torch.finfo(dtype).min)


@contextlib.contextmanager
def _whole_input_of_the_head(model: Any) -> Iterator[None]:
    """Hand the head's layer the last hidden states in one piece."""
    # As a slice of all of them they have strides with which torch's linear, on a CPU, copies the head's weights once for each row: a
    # gigabyte and seconds for a vocabulary of 49,152.
    head = model.get_output_embeddings()
    hook = (
        head.register_forward_pre_hook(lambda _, given: (given[0].contiguous(), *given[1:]))
        if head is not None
        else None
    )
    try:
        yield
    finally:
        if hook is not None:
            hook.remove()


def _cache_name(model: Any) -> str:
    """What `forward` calls the cache: transformers renames it in the course of version 5."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    return "cache" if "cache" in inspect.signature(base.forward).parameters else "past_key_values"
