"""What a model as it is says of rows: log-probabilities of their learned tokens, without learning."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import torch
from attrs import frozen

from agentgym_learning.attention import attend_by_row
from agentgym_learning.batches import IGNORED, Batches, Collator, Example
from agentgym_learning.config import TrainingConfig
from agentgym_learning.head import Head
from agentgym_learning.models import load_base
from agentgym_tokens import TrainingRow


@frozen
class Reader:
    """Reads log-probabilities of rows off a model."""

    model: Any
    head: Head
    collator: Collator
    batch_tokens: int

    def logprobs(self, rows: Sequence[TrainingRow]) -> list[tuple[float, ...]]:
        """For each row an entry a token: the natural logarithm of its probability, 0 where it is not learned."""
        found: dict[int, tuple[float, ...]] = {}
        packing = self.collator.packing
        examples = [Example((row,)) for row in rows]
        device = next(self.model.parameters()).device
        training = self.model.training
        self.model.eval()
        with torch.no_grad():
            for group in Batches(examples, self.batch_tokens, padded=not packing, seed=0).groups:
                batch = {
                    name: value.to(device) if isinstance(value, torch.Tensor) else value
                    for name, value in self.collator([group]).items()
                }
                labels = batch.pop("labels")
                batch.pop("weights")
                chosen = labels[:, 1:] != IGNORED
                whole = torch.zeros(labels.shape, device=device)
                whole[:, 1:][chosen] = self.head.logprobs(self.model, batch, chosen, labels[:, 1:])
                start = 0
                for number, each in enumerate(group):
                    (row,) = each.rows
                    line = whole[0, start : start + len(row.ids)] if packing else whole[number, : len(row.ids)]
                    start += len(row.ids)
                    found[id(row)] = tuple(line.tolist())
        self.model.train(training)
        return [found[id(row)] for row in rows]


def reader_of(config: TrainingConfig, model: Any, pad: int) -> Reader:
    """A reader, and with it what a trainer needs: how rows are batched, and how their log-probabilities are had.

    It may change how the model attends: rows that are packed are to see themselves alone.
    """
    by_row = config.packing and attend_by_row(model)
    half = torch.bfloat16 if config.precision == "bfloat16" else None
    # Where there are several processes, a parameter belongs to its model's own forward pass.
    head = Head(model, fused=int(os.environ.get("WORLD_SIZE", "1")) == 1, dtype=half)
    return Reader(model, head, Collator(pad, packing=config.packing, by_row=by_row), config.batch_tokens)


def reference_logprobs(
    config: TrainingConfig, reader: Reader, rows: Sequence[TrainingRow], reference: str = ""
) -> list[tuple[float, ...]]:
    """What the weights say of rows that a policy is held to: those of `reference`, or of the configuration's model without an adapter.

    :param reader: of the model before it learns. :raises ConfigError: the weights cannot be loaded.
    """
    if reference and reference != config.model:
        other = reader_of(config, load_base(config, reference), reader.collator.pad)
        return other.logprobs(rows)
    if config.lora is not None:
        with reader.model.disable_adapter():
            return reader.logprobs(rows)
    if config.adapter:
        return reader_of(config, load_base(config), reader.collator.pad).logprobs(rows)
    return reader.logprobs(rows)
