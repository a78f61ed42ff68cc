"""What a learner minimises, over the log-probabilities of the tokens that are learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from torch import Tensor


class Objective(Protocol):
    """A loss over learned tokens. A step may take several forward passes: a loss is a sum over one of them, divided by the size of all."""

    def size(self, columns: Mapping[str, Tensor]) -> Tensor:
        """What one forward pass adds to the step's denominator; a scalar, not negative.

        :param columns: as `loss` gets them.
        """

    def loss(
        self, logprobs: Tensor, columns: Mapping[str, Tensor], total: Tensor
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The loss of one forward pass, and figures for the log.

        :param logprobs: natural logarithms of the probabilities of the learned tokens, shape (tokens,).
        :param columns: for each of these tokens its `weights` entry and whatever the learner's examples carry, shape (tokens,).
        :param total: the sum of `size` over the whole step: all forward passes and devices.
        :returns: a scalar; and by name sums that add up over forward passes as the loss does, already divided by `total`.
        """
