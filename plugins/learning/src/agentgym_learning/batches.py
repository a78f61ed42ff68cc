"""Examples of training rows as batches of a fixed number of tokens."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from attrs import frozen
from torch.utils.data import Dataset

from agentgym_core.errors import ConfigError
from agentgym_tokens import TrainingRow

IGNORED = -100
"""The label of a token that is not learned."""


@frozen
class Example:
    """Rows that are learned in one forward pass, since an objective looks at them together: most often one row.

    :param columns: for each row by name an entry a token; every example of a learner has the same names.
    """

    rows: tuple[TrainingRow, ...]
    columns: tuple[Mapping[str, Sequence[float]], ...] = ()

    @property
    def tokens(self) -> int:
        """How long its rows are together."""
        return sum(len(row.ids) for row in self.rows)

    @property
    def longest(self) -> int:
        """How long its longest row is."""
        return max(len(row.ids) for row in self.rows)

    def parts(self) -> Iterator[tuple[TrainingRow, Mapping[str, Sequence[float]]]]:
        """Each row with its columns."""
        return zip(self.rows, self.columns or ({},) * len(self.rows), strict=True)


class Batches(Dataset[list[Example]]):
    """Groups of examples, each worth at most `batch_tokens` tokens; the same examples and seed give the same groups.

    :param padded: count a group as its number of rows times its longest row, as it is without packing.
    :raises ConfigError: an example is longer than a batch.
    """

    def __init__(self, examples: Sequence[Example], batch_tokens: int, *, padded: bool, seed: int) -> None:
        sizes = [len(each.rows) * each.longest if padded else each.tokens for each in examples]
        if (longest := max(sizes, default=0)) > batch_tokens:
            what = (
                "a training row has"
                if max(len(each.rows) for each in examples) == 1
                else "rows that are learned together have"
            )
            raise ConfigError(
                f"{what} {longest} tokens, a batch only {batch_tokens}", hint="raise batch_tokens, or set max_length"
            )
        order = sorted(examples, key=lambda each: each.longest) if padded else list(examples)
        if not padded:
            random.Random(seed).shuffle(order)
        self.groups = list(_padded_groups(order, batch_tokens) if padded else _packed_groups(order, batch_tokens))

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, index: int) -> list[Example]:
        return self.groups[index]


def _padded_groups(examples: Sequence[Example], limit: int) -> Iterator[list[Example]]:
    group: list[Example] = []
    rows = 0
    for each in examples:
        if group and each.longest * (rows + len(each.rows)) > limit:
            yield group
            group, rows = [], 0
        group.append(each)
        rows += len(each.rows)
    if group:
        yield group


def _packed_groups(examples: Sequence[Example], limit: int) -> Iterator[list[Example]]:
    """First fit over the open groups of the last few: nearly full sequences in one pass."""
    still_open: list[tuple[int, list[Example]]] = []
    for each in examples:
        length = each.tokens
        for place, (used, group) in enumerate(still_open):
            if used + length <= limit:
                group.append(each)
                still_open[place] = (used + length, group)
                break
        else:
            if len(still_open) == 32:
                fullest = max(range(32), key=lambda place: still_open[place][0])
                yield still_open.pop(fullest)[1]
            still_open.append((length, [each]))
    for _, group in still_open:
        yield group


class Collator:
    """Examples to tensors: `input_ids`, `labels`, `weights` and every column, each of shape (rows, length).

    Packed, the shape is (1, tokens), `position_ids` start again at 0 with every row, and `row_lengths` says how long each is where the
    model attends by row. Not packed, rows are padded on the right, which a causal model needs no mask for: nothing looks there.
    """

    def __init__(self, pad: int, *, packing: bool, by_row: bool = False) -> None:
        self.pad = pad
        self.packing = packing
        self.by_row = by_row

    def __call__(self, groups: Sequence[Sequence[Example]]) -> dict[str, Any]:
        parts = [part for group in groups for each in group for part in each.parts()]
        lengths = [len(row.ids) for row, _ in parts]
        shape = (1, sum(lengths)) if self.packing else (len(parts), max(lengths))
        ids = torch.full(shape, self.pad)
        places = torch.zeros(shape, dtype=torch.long)
        columns = {name: torch.zeros(shape) for name in ("weights", *parts[0][1])}
        start = 0
        for number, ((row, more), length) in enumerate(zip(parts, lengths, strict=True)):
            where = (0, slice(start, start + length)) if self.packing else (number, slice(length))
            ids[where] = torch.tensor(row.ids)
            places[where] = torch.arange(length)
            for name, values in {"weights": row.weights, **more}.items():
                columns[name][where] = torch.tensor(values)
            start += length
        # The first token of a row has nothing before it in this row: packed, it must not be predicted from the row before.
        weights = columns["weights"].masked_fill_(places == 0, 0.0)
        batch: dict[str, Any] = {"input_ids": ids, "labels": ids.masked_fill(weights == 0, IGNORED), **columns}
        if self.packing:
            batch["position_ids"] = places
            if self.by_row:
                batch["row_lengths"] = lengths
        return batch
