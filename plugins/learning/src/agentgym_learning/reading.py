"""What a model as it is says of rows: log-probabilities of their learned tokens, without learning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from attrs import frozen

from agentgym_learning.batches import IGNORED, Batches, Collator, Example
from agentgym_learning.head import Head
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

    @contextmanager
    def without_adapter(self) -> Iterator[None]:
        """The model as it was before its adapter: what an adapter is held to."""
        with self.model.disable_adapter():
            yield
