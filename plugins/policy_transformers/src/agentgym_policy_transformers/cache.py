"""Keys and values of many episodes in one memory: a row an episode, written in place, never concatenated.

A row holds its tokens from column 0 on, without holes. The rows of a batch are brought to the front, so that a batch is a view.
The last column is a scratch column: padding is written there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from attrs import define, frozen
from torch import Tensor
from transformers.cache_utils import Cache

from agentgym_policy_transformers.attention import Piece

_COLUMNS = 64


@define(eq=False)
class Held:
    """The tokens of one episode, and how many of them the cache holds (in `row`, or nowhere)."""

    ids: list[int]
    cached: int = 0
    row: int | None = None


@frozen(eq=False)
class CacheStep:
    """Where one forward pass writes and how far it reads: row and column of each token, and the rows as a range where they are one.

    With `pieces` it is none of that: rows stand one behind another in a single one, and the whole cache is read.
    """

    rows: Tensor = torch.empty(0)
    columns: Tensor = torch.empty(0)
    width: int = 0
    span: tuple[int, int] | None = None
    pieces: tuple[Piece, ...] = ()


class RowCache(Cache):
    """The cache that a model's forward pass is given; `step` must be set before."""

    def __init__(self) -> None:
        super().__init__(layers=[])
        self.step: CacheStep | None = None
        self.owners: list[Held | None] = []
        self.columns = 0
        self._memory: dict[int, tuple[Tensor, Tensor]] = {}

    @property
    def idle_column(self) -> int:
        """The column that is never read."""
        return self.columns

    @property
    def bytes(self) -> int:
        """How much memory is held."""
        return sum(side.numel() * side.element_size() for sides in self._memory.values() for side in sides)

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Write a layer's new keys and values, and return all that the batch has there."""
        step = self.step
        assert step is not None
        sides = self._memory.get(layer_idx)
        if sides is None:
            sides = self._memory[layer_idx] = (self._empty(key_states), self._empty(value_states))
        return _written(sides[0], key_states, step), _written(sides[1], value_states, step)

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Positions are given to the model, so nothing is counted here."""
        return 0

    def get_mask_sizes(self, query_length: int, layer_idx: int) -> tuple[int, int]:
        """How many columns a pass reads, and from where."""
        return (self.step.width if self.step else query_length, 0)

    def reserve(self, rows: int, columns: int) -> None:
        """Make room; columns grow by more than what is asked for, so that the copying stays a constant share."""
        if rows > len(self.owners):
            self.owners += [None] * (rows - len(self.owners))
        if columns > self.columns:
            self.columns = whole(max(columns, self.columns * 3 // 2))
        self._fit()

    @torch.inference_mode()
    def bring_forward(self, batch: list[Held], limit: int | None = None, *, ordered: bool = False) -> None:
        """Give the episodes of a batch the first rows, moving as little as can be; with a limit, others may lose their row.

        :param ordered: each gets the very row of its place in the batch. Not with a limit.
        """
        rest = sum(owner is not None for owner in self.owners) - sum(held.row is not None for held in batch)
        rows = len(batch) + rest
        if limit is None:
            self.reserve(rows if rows <= len(self.owners) else min(max(rows, 2 * len(self.owners)), rows + 64), 1)
        else:
            self.reserve(max(len(batch), min(rows, limit)), 1)
        if ordered and limit is None:
            for row, held in enumerate(batch):
                if held.row != row:
                    self._place(held, row, None)
            return
        there = {held.row for held in batch if held.row is not None and held.row < len(batch)}
        places = iter([row for row in range(len(batch)) if row not in there])
        for held in batch:
            if held.row is None or held.row >= len(batch):
                self._place(held, next(places), limit)

    @torch.inference_mode()
    def release(self, held: Held) -> None:
        """Forget an episode; the memory is freed when no episode is left, and shrinks when few are."""
        if held.row is not None:
            self.owners[held.row] = None
        held.row, held.cached = None, 0
        living = [owner for owner in self.owners if owner is not None]
        if not living:
            self.clear()
        elif 4 * len(living) <= len(self.owners) and len(self.owners) > 8:
            self.bring_forward(living)
            self.trim(len(living), max(owner.cached for owner in living))

    @torch.inference_mode()
    def trim(self, rows: int, columns: int) -> None:
        """Have so many rows at most, and columns for so many tokens: whoever is in a later row loses it."""
        for owner in self.owners[rows:]:
            if owner is not None:
                owner.row, owner.cached = None, 0
        del self.owners[rows:]
        self.columns = whole(columns)
        self._fit()

    @torch.inference_mode()
    def copy(self, source: Held, target: Held) -> None:
        """Give one episode the keys and values of what another begins with: as many as `target.cached` says."""
        assert source.row is not None
        assert target.row is not None
        self._copy(source.row, target.row, target.cached)

    def clear(self) -> None:
        """Forget everything and give the memory back."""
        for owner in self.owners:
            if owner is not None:
                owner.row, owner.cached = None, 0
        self.owners, self.columns, self.step = [], 0, None
        self._memory.clear()

    def _fit(self) -> None:
        """Make every layer's memory as large as it should be, one after another."""
        for layer, (keys, values) in self._memory.items():
            if (keys.shape[0], keys.shape[2]) == (len(self.owners), self.columns + 1):
                continue
            made = (self._empty(keys), self._empty(values))
            rows, columns = min(keys.shape[0], len(self.owners)), min(keys.shape[2] - 1, self.columns)
            # Only what is in use: zeros that nobody has written to take no memory.
            used = [
                (row, min(owner.cached, columns)) for row, owner in enumerate(self.owners[:rows]) if owner is not None
            ]
            for new, old in zip(made, (keys, values), strict=True):
                for row, count in used:
                    new[row, :, :count] = old[row, :, :count]
            self._memory[layer] = made

    def _empty(self, like: Tensor) -> Tensor:
        # Zeros, since a masked column still meets the arithmetic: what is not a number would spread.
        shape = (len(self.owners), like.shape[1], self.columns + 1, like.shape[3])
        return torch.zeros(shape, dtype=like.dtype, device=like.device)

    def _place(self, held: Held, row: int, limit: int | None) -> None:
        other = self.owners[row]
        source = held.row
        if other is not None and source is not None:
            self._swap(source, row, max(held.cached, other.cached))
        elif other is not None:
            free = next((number for number in reversed(range(len(self.owners))) if self.owners[number] is None), None)
            if free is None:
                assert limit is not None
                other.row, other.cached = None, 0
            else:
                self._copy(row, free, other.cached)
                other.row = free
                self.owners[free] = other
        elif source is not None:
            self._copy(source, row, held.cached)
        if source is not None:
            self.owners[source] = other
            if other is not None:
                other.row = source
        self.owners[row] = held
        held.row = row

    def _copy(self, source: int, target: int, length: int) -> None:
        for sides in self._memory.values():
            for side in sides:
                side[target, :, :length] = side[source, :, :length]

    def _swap(self, one: int, two: int, length: int) -> None:
        for sides in self._memory.values():
            for side in sides:
                kept = side[one, :, :length].clone()
                side[one, :, :length] = side[two, :, :length]
                side[two, :, :length] = kept


def _written(memory: Tensor, states: Tensor, step: CacheStep) -> Tensor:
    if step.pieces:
        for piece in step.pieces:
            memory[piece.row, :, piece.start : piece.start + piece.length] = states[0, :, piece.first : piece.last]
        return memory
    rows, columns = step.rows.to(memory.device), step.columns.to(memory.device)
    memory[rows[:, None], :, columns] = states.transpose(1, 2)
    if step.span is not None:
        first, last = step.span
        return memory[first:last, :, : step.width]
    return memory[rows, :, : step.width]


def whole(columns: int) -> int:
    """How many columns there are where so many are needed: they come in steps."""
    return -(-columns // _COLUMNS) * _COLUMNS or _COLUMNS


def common(one: Sequence[int], two: Sequence[int]) -> int:
    """How many ids two sequences begin with together."""
    for place, (left, right) in enumerate(zip(one, two, strict=False)):
        if left != right:
            return place
    return min(len(one), len(two))
