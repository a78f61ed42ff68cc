"""Training rows as batches of a fixed number of tokens."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.utils.data import Dataset

from agentgym_algo_bc.loss import IGNORED
from agentgym_core.errors import ConfigError
from agentgym_core.tokens import Row


class Batches(Dataset[list[Row]]):
    """Groups of rows, each worth at most `batch_tokens` tokens; the same rows and seed give the same groups.

    :param padded: count a group as its number of rows times its longest row, as it is without packing.
    :raises ConfigError: a row is longer than a batch.
    """

    def __init__(self, rows: Sequence[Row], batch_tokens: int, *, padded: bool, seed: int) -> None:
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

    def __getitem__(self, index: int) -> list[Row]:
        return self.groups[index]


def _padded_groups(rows: Sequence[Row], limit: int) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in rows:
        if group and len(row.ids) * (len(group) + 1) > limit:
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _packed_groups(rows: Sequence[Row], limit: int) -> Iterator[list[Row]]:
    """First fit over the open groups of the last few: nearly full sequences in one pass."""
    still_open: list[tuple[int, list[Row]]] = []
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
    """Rows to tensors: `input_ids`, `labels`, `position_ids` and `weights`, each of shape (rows, length).

    Packed, the shape is (1, tokens), and positions start again at 0 with every row: attention is cut there.
    """

    def __init__(self, pad: int, *, packing: bool) -> None:
        self.pad = pad
        self.packing = packing

    def __call__(self, groups: Sequence[Sequence[Row]]) -> dict[str, Any]:
        rows = [row for group in groups for row in group]
        if self.packing:
            return {
                "input_ids": torch.tensor([[token for row in rows for token in row.ids]]),
                "labels": torch.tensor([[token for row in rows for token in _labels(row)]]),
                "weights": torch.tensor([[weight for row in rows for weight in _weights(row)]]),
                "position_ids": torch.tensor([[place for row in rows for place in range(len(row.ids))]]),
            }
        width = max(len(row.ids) for row in rows)

        def filled(values: Sequence[Any], filler: Any) -> list[Any]:
            return [*values, *[filler] * (width - len(values))]

        return {
            "input_ids": torch.tensor([filled(row.ids, self.pad) for row in rows]),
            "labels": torch.tensor([filled(_labels(row), IGNORED) for row in rows]),
            "weights": torch.tensor([filled(_weights(row), 0.0) for row in rows]),
            "attention_mask": torch.tensor([filled([1] * len(row.ids), 0) for row in rows]),
        }


def _labels(row: Row) -> list[int]:
    # The first token of a row has nothing before it in this row: packed, it must not be predicted from the row before.
    return [IGNORED] + [
        token if weight else IGNORED for token, weight in zip(row.ids[1:], row.weights[1:], strict=True)
    ]


def _weights(row: Row) -> list[float]:
    return [0.0, *row.weights[1:]]
