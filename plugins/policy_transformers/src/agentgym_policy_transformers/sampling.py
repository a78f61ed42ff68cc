"""Drawing tokens: one uniform number a token, so that an episode's draws do not depend on its neighbours in a batch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from attrs import frozen
from torch import Tensor


@frozen
class Draw:
    """How one token is drawn: `number` in [0, 1) decides, through the inverse of the cumulative distribution; at temperature 0 it is
    the likeliest.

    :param top_k: of how many of the likeliest; 0 is all. :param top_p: of those, the likeliest of this total probability.
    :param min_p: of those, the ones at least this share as likely as the likeliest.
    """

    temperature: float
    number: float
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0

    @property
    def cuts(self) -> bool:
        """Whether some tokens are never drawn."""
        return self.top_p < 1 or self.top_k > 0 or self.min_p > 0


def draw(logits: Tensor, draws: Sequence[Draw], allowed: Tensor | None = None) -> tuple[list[int], list[float]]:
    """One token for each row of `logits` (rows, vocabulary), and its log-probability at temperature 1 without any cut.

    :param allowed: which tokens may be drawn, shape (rows, vocabulary); of each row at least one.
    """
    logits = logits.float()
    open_ = logits if allowed is None else logits.masked_fill(~allowed, -torch.inf)
    ids = open_.argmax(-1)
    if any(each.temperature > 0 for each in draws):
        exact = torch.float32 if logits.device.type == "mps" else torch.float64
        heat = torch.tensor([each.temperature for each in draws], dtype=torch.float32, device=logits.device)[:, None]
        number = torch.tensor([each.number for each in draws], dtype=exact, device=logits.device)[:, None]
        scaled = (open_ - open_.amax(-1, keepdim=True)) / torch.where(heat > 0, heat, 1.0)
        chances = scaled.softmax(-1).to(exact)
        drawn = _inverse(chances, number)
        cut = [row for row, each in enumerate(draws) if each.cuts]
        if cut:
            rows = torch.tensor(cut, device=logits.device)
            drawn[rows] = _cut(chances[rows], number[rows], [draws[row] for row in cut])
        ids = torch.where(heat[:, 0] > 0, drawn, ids)
    logprobs = logits.gather(-1, ids[:, None])[:, 0] - logits.logsumexp(-1)
    return ids.tolist(), logprobs.tolist()


def _inverse(chances: Tensor, number: Tensor) -> Tensor:
    cumulative = chances.cumsum(-1)
    index = torch.searchsorted(cumulative, number * cumulative[:, -1:], right=True)
    index = index.clamp(max=chances.shape[-1] - 1)
    # Rounding may lead past the last token that can be drawn at all.
    never = chances.gather(-1, index) == 0
    if never.any():
        index = torch.where(never, chances.argmax(-1, keepdim=True), index)
    return index[:, 0]


def _cut(chances: Tensor, number: Tensor, draws: Sequence[Draw]) -> Tensor:
    def column(values: Sequence[float]) -> Tensor:
        return torch.tensor(values, dtype=chances.dtype, device=chances.device)[:, None]

    ordered, order = chances.sort(dim=-1, descending=True, stable=True)
    size = chances.shape[-1]
    place = torch.arange(size, device=chances.device)
    ordered = ordered * (place < column([each.top_k or size for each in draws]))
    # The total of what top_k has left is what top_p is a share of.
    before = ordered.cumsum(-1) - ordered
    kept = before < column([each.top_p for each in draws]) * ordered.sum(-1, keepdim=True)
    kept &= ordered >= column([each.min_p for each in draws]) * ordered[:, :1]
    kept[:, 0] = True
    return order.gather(-1, _inverse(ordered * kept, number)[:, None])[:, 0]
