"""The objective: a weighted sum of next-token losses over the sum of the weights."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


class WeightedLikelihood:
    """A positive weight multiplies -log p of a token, a negative one (a failure) multiplies -log(1 - p): unlikelihood."""

    def size(self, columns: Mapping[str, Tensor]) -> Tensor:
        """The sum of absolute weights."""
        return columns["weights"].abs().sum()

    def loss(
        self, logprobs: Tensor, columns: Mapping[str, Tensor], total: Tensor
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The loss of one forward pass; no figures."""
        weights = columns["weights"]
        losses = -logprobs
        if bool((weights < 0).any()):
            # From log p, so that it is exact where p is near 0, and bounded where p is near 1.
            unlikelihood = -torch.log1p(-torch.exp(logprobs).clamp(max=1 - 1e-6))
            losses = torch.where(weights < 0, unlikelihood, losses)
        return (losses * weights.abs()).sum() / total, {}
