"""The preference objective, over log-probabilities of what was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from attrs import frozen
from torch import Tensor
from torch.nn.functional import logsigmoid


@frozen
class Preference:
    """-log sigmoid(beta m) for each pair, where m is the sum of log p - log q over the better attempt less that over the worse one, p the
    policy and q the one that it starts from (arXiv 2305.18290); and `likelihood` times the better one's mean -log p.

    Columns: `sign` (1 of the better, -1 of the worse), `pair` (a number for each pair, whose tokens are in one forward pass), `reference`.
    """

    beta: float
    likelihood: float = 0.0

    def size(self, columns: Mapping[str, Tensor]) -> Tensor:
        """The number of pairs."""
        pairs: Any = columns["pair"]
        return torch.tensor(float(len(pairs.unique())), device=pairs.device)

    def loss(
        self, logprobs: Tensor, columns: Mapping[str, Tensor], total: Tensor
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The loss of one forward pass; `margin` is the mean of beta m, `preferred` the share of pairs in which it is positive."""
        pairs: Any = columns["pair"]
        numbers, place = pairs.unique(return_inverse=True)
        sign = columns["sign"]
        empty = logprobs.new_zeros(len(numbers))
        margin = self.beta * empty.index_add(0, place, sign * (logprobs - columns["reference"]))
        loss = -logsigmoid(margin).sum() / total
        if self.likelihood:
            better = (sign > 0).to(logprobs.dtype)
            mean = empty.index_add(0, place, better * logprobs) / empty.index_add(0, place, better).clamp(min=1)
            loss = loss - self.likelihood * mean.sum() / total
        figures = {"margin": margin.detach().sum() / total, "preferred": (margin.detach() > 0).float().sum() / total}
        return loss, figures
