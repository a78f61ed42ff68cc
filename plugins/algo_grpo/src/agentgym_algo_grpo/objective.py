"""The clipped objective, over log-probabilities of sampled tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
from attrs import frozen
from torch import Tensor


@frozen
class ClippedPolicy:
    """-min(r A, clip(r, 1 - low, 1 + high) A) + kl (exp(q - p) - (q - p) - 1), averaged with the tokens' weights (arXiv 2402.03300).

    r is the ratio of a token's probability to that under which it was sampled, p and q are its log-probabilities under the policy and the
    reference. Columns: `weights`, `advantage`, `sampled` (log-probabilities), `sequence` (a number for each row), and `reference` where
    `kl` is not 0.
    """

    low: float
    high: float
    kl: float = 0.0
    ratio: Literal["token", "sequence"] = "token"

    def size(self, columns: Mapping[str, Tensor]) -> Tensor:
        """The sum of weights."""
        return columns["weights"].sum()

    def loss(
        self, logprobs: Tensor, columns: Mapping[str, Tensor], total: Tensor
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The loss of one forward pass; `clipped` is the share of tokens whose ratio was cut, `moved` the mean |log r|."""
        weights, advantage = columns["weights"], columns["advantage"]
        log_ratio = logprobs - columns["sampled"]
        moved = (weights * log_ratio.detach().abs()).sum() / total
        if self.ratio == "sequence":
            log_ratio = _mean_of_row(log_ratio, columns["sequence"])
        ratio = log_ratio.exp()
        cut = ratio.clamp(1 - self.low, 1 + self.high)
        gain = torch.minimum(ratio * advantage, cut * advantage)
        loss = -(weights * gain).sum() / total
        clipped = (weights * (cut * advantage < ratio * advantage)).sum() / total
        figures = {"clipped": clipped.detach(), "moved": moved}
        if self.kl:
            apart = columns["reference"] - logprobs
            divergence = (weights * (apart.exp() - apart - 1)).sum() / total
            loss = loss + self.kl * divergence
            figures["kl"] = divergence.detach()
        return loss, figures


def _mean_of_row(values: Tensor, rows: Any) -> Tensor:
    """For each token the mean over its row's tokens."""
    _, place = rows.unique(return_inverse=True)
    count = int(place.max()) + 1 if len(place) else 0
    sums = values.new_zeros(count).index_add(0, place, values)
    sizes = values.new_zeros(count).index_add(0, place, torch.ones_like(values))
    return (sums / sizes)[place]
