"""Forward passes over the cache of many episodes: side by side, or one behind another without padding."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from agentgym_core.errors import ConfigError
from agentgym_policy_transformers.attention import BLOCK, Piece, parts_of, use_parts
from agentgym_policy_transformers.cache import CacheStep, RowCache

ALIGN = 8
_LAYERS = frozenset({"full_attention", "sliding_attention"})


class Passes:
    """What a model is given so that it reads tokens of many episodes in one pass and finds the rest in the cache.

    :raises ConfigError: the model has layers that keep more than keys and values.
    """

    def __init__(self, model: Any, cache: RowCache) -> None:
        self.model, self.cache = model, cache
        config = model.config.get_text_config()
        self._window = getattr(config, "sliding_window", None)
        kinds = getattr(config, "layer_types", None)
        self._kinds = sorted(set(kinds)) if kinds else []
        self._cache_name = _cache_name(model)
        self.parts = use_parts(model)
        self.packs = self.parts and model.device.type == "cpu"
        """Whether prompts are read one behind another. What proves the cache takes it away from a model that cannot. A GPU reads padding
        faster than many small blocks."""
        strange = [kind for kind in self._kinds if kind not in _LAYERS]
        if strange:
            raise ConfigError(
                f"models of type {config.model_type!r} have layers of kind {strange[0]!r}, which keep more than keys and values",
                hint="serve the model (vllm serve, transformers serve) and use the policy 'openai'",
            )

    def packed(self, starts: Sequence[tuple[int, int]], ids: Sequence[Sequence[int]]) -> Tensor:
        """The logits after the last token of every row: all tokens in one row, one behind another.

        Nothing is padding, and each row attends to itself alone, in blocks that do not read what lies ahead of them.
        """
        device = self.model.device
        pieces: list[Piece] = []
        positions: list[int] = []
        last = 0
        for (row, start), each in zip(starts, ids, strict=True):
            pieces.append(Piece(row, start, last, last + len(each)))
            positions += range(start, start + len(each))
            last += len(each)
        longest = max(piece.start + piece.length for piece in pieces)
        # How far a column lies from a block's first token decides what may be seen, so one band serves every block.
        ahead = torch.arange(-longest, BLOCK, device=device) - torch.arange(BLOCK, device=device)[:, None]
        self.cache.step = CacheStep(pieces=tuple(pieces))
        ends = torch.tensor([piece.last - 1 for piece in pieces], device=device)
        output = self._run(
            input_ids=torch.tensor([[token for each in ids for token in each]], device=device),
            attention_mask=self._masks(ahead[None, None]),
            position_ids=torch.tensor([positions], device=device),
            logits_to_keep=ends,
            pieces=pieces,
        )
        logits: Tensor = output.logits[0]
        return logits

    def padded(self, starts: Sequence[tuple[int, int]], ids: Sequence[Sequence[int]], idle: Sequence[bool]) -> Tensor:
        """The logits after the last token of every row: rows side by side, aligned to the right and padded on the left."""
        longest = max(len(each) for each in ids)
        ends = [start + len(each) for (_, start), each in zip(starts, ids, strict=True)]
        width = -(-max(ends) // ALIGN) * ALIGN
        trash = self.cache.idle_column
        tokens, positions, columns = [], [], []
        for number, ((_, start), each) in enumerate(zip(starts, ids, strict=True)):
            padding = longest - len(each)
            places = range(start, start + len(each))
            tokens.append([0] * padding + list(each))
            positions.append([0] * padding + list(places))
            columns.append([trash] * longest if idle and idle[number] else [trash] * padding + list(places))
        device = self.model.device
        rows = [row for row, _ in starts]
        whole = rows == list(range(rows[0], rows[0] + len(rows)))
        parts = parts_of(ends, ALIGN) if self.parts and whole else []
        position = torch.tensor(positions, device=device)
        self.cache.step = CacheStep(
            torch.tensor(rows, device=device),
            torch.tensor(columns, device=device),
            width,
            (rows[0], rows[0] + len(rows)) if whole else None,
        )
        column = torch.arange(width, device=device)
        with _whole_input_of_the_head(self.model):
            output = self._run(
                input_ids=torch.tensor(tokens, device=device),
                attention_mask=self._masks(column - position[:, None, :, None]),
                position_ids=position,
                logits_to_keep=1,
                **({"parts": parts} if parts else {}),
            )
        logits: Tensor = output.logits[:, -1]
        return logits

    def _run(self, **given: Any) -> Any:
        return self.model(use_cache=True, **{self._cache_name: self.cache}, **given)

    def _masks(self, ahead: Tensor) -> Any:
        """What each token sees, by how far ahead of it a column is: what is added to the scores, for each kind of layer."""
        seen = ahead <= 0
        if self._window is None or self._kinds == ["full_attention"]:
            return self._added(seen)
        near = self._added(seen & (ahead > -self._window))
        return {"full_attention": self._added(seen), "sliding_attention": near} if self._kinds else near

    def _added(self, seen: Tensor) -> Tensor:
        # Numbers and not a choice: attention would make these numbers of a choice again in every layer.
        dtype = self.model.dtype
        return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill(~seen, torch.finfo(dtype).min)


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
