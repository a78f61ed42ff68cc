"""Training rows as batches of a fixed number of tokens."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.utils.data import Dataset

from agentgym_algo_bc.loss import IGNORED
from agentgym_core.errors import ConfigError
from agentgym_tokens import TrainingRow


class Batches(Dataset[list[TrainingRow]]):
    """Groups of rows, each worth at most `batch_tokens` tokens; the same rows and seed give the same groups.

    :param padded: count a group as its number of rows times its longest row, as it is without packing.
    :raises ConfigError: a row is longer than a batch.
    """

    def __init__(self, rows: Sequence[TrainingRow], batch_tokens: int, *, padded: bool, seed: int) -> None:
        longest = max((len(row.ids) for row in rows), default=0)
        if longest > batch_tokens:
            raise ConfigError(
                f"a training row has {longest} tokens, a batch only {batch_tokens}",
                hint="raise batch_tokens, or set max_length",
            )
        order = sorted(rows, key=lambda row: len(row.ids)) if padded else list(rows)
        if not padded:
            random.Random(seed).shuffle(order)
        self.groups = list(_padded_groups(order, batch_tokens) if padded else _packed_groups(order, batch_tokens))

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, index: int) -> list[TrainingRow]:
        return self.groups[index]


def _padded_groups(rows: Sequence[TrainingRow], limit: int) -> Iterator[list[TrainingRow]]:
    group: list[TrainingRow] = []
    for row in rows:
        if group and len(row.ids) * (len(group) + 1) > limit:
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _packed_groups(rows: Sequence[TrainingRow], limit: int) -> Iterator[list[TrainingRow]]:
    """First fit over the open groups of the last few: nearly full sequences in one pass."""
    still_open: list[tuple[int, list[TrainingRow]]] = []
    for row in rows:
        length = len(row.ids)
        for place, (used, group) in enumerate(still_open):
            if used + length <= limit:
                group.append(row)
                still_open[place] = (used + length, group)
                break
        else:
            if len(still_open) == 32:
                fullest = max(range(32), key=lambda place: still_open[place][0])
                yield still_open.pop(fullest)[1]
            still_open.append((length, [row]))
    for _, group in still_open:
        yield group


class Collator:
    """Rows to tensors: `input_ids`, `labels` and `weights`, each of shape (rows, length).

    Packed, the shape is (1, tokens), `position_ids` start again at 0 with every row, and `row_lengths` says how long each is where the
    model attends by row. Not packed, rows are padded on the right, which a causal model needs no mask for: nothing looks there.
    """

    def __init__(self, pad: int, *, packing: bool, by_row: bool = False) -> None:
        self.pad = pad
        self.packing = packing
        self.by_row = by_row

    def __call__(self, groups: Sequence[Sequence[TrainingRow]]) -> dict[str, Any]:
        rows = [row for group in groups for row in group]
        lengths = [len(row.ids) for row in rows]
        shape = (1, sum(lengths)) if self.packing else (len(rows), max(lengths))
        ids = torch.full(shape, self.pad)
        weights = torch.zeros(shape)
        places = torch.zeros(shape, dtype=torch.long)
        start = 0
        for number, (row, length) in enumerate(zip(rows, lengths, strict=True)):
            where = (0, slice(start, start + length)) if self.packing else (number, slice(length))
            ids[where] = torch.tensor(row.ids)
            weights[where] = torch.tensor(row.weights)
            places[where] = torch.arange(length)
            start += length
        # The first token of a row has nothing before it in this row: packed, it must not be predicted from the row before.
        weights.masked_fill_(places == 0, 0.0)
        batch: dict[str, Any] = {
            "input_ids": ids,
            "labels": ids.masked_fill(weights == 0, IGNORED),
            "weights": weights,
        }
        if self.packing:
            batch["position_ids"] = places
            if self.by_row:
                batch["row_lengths"] = lengths
        return batch
