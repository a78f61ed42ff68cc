"""The objective: a weighted sum of next-token losses over the sum of the weights."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

IGNORED = -100


def weighted_loss(logits: Tensor, targets: Tensor, weights: Tensor, total: Tensor | float) -> Tensor:
    """The loss of one forward pass over the positions that are learned.

    A positive weight multiplies -log p of the token, a negative one (a failure) multiplies -log(1 - p): unlikelihood.

    :param logits: shape (positions, vocabulary). :param targets: the tokens that come next, shape (positions,).
    :param weights: shape (positions,).
    :param total: the sum of absolute weights over the whole step, all forward passes and devices.
    """
    likelihood = cross_entropy(logits.float(), targets, reduction="none")
    losses = likelihood
    if bool((weights < 0).any()):
        # From log p, so that it is exact where p is near 0, and bounded where p is near 1.
        unlikelihood = -torch.log1p(-torch.exp(-likelihood).clamp(max=1 - 1e-6))
        losses = torch.where(weights < 0, unlikelihood, likelihood)
    return (losses * weights.abs()).sum() / total
