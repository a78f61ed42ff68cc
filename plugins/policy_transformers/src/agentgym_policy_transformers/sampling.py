"""Drawing tokens: one uniform number a token, so that an episode's draws do not depend on its neighbours in a batch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def draw(
    logits: Tensor, temperatures: Sequence[float], top_ps: Sequence[float], numbers: Sequence[float]
) -> tuple[list[int], list[float]]:
    """One token for each row of `logits` (rows, vocabulary), and its log-probability at temperature 1 without top-p.

    `numbers` in [0, 1) decide each draw through the inverse of the cumulative distribution. Temperature 0 takes the likeliest.
    """
    logits = logits.float()
    ids = logits.argmax(-1)
    if any(temperature > 0 for temperature in temperatures):
        exact = torch.float32 if logits.device.type == "mps" else torch.float64
        heat = torch.tensor(temperatures, dtype=torch.float32, device=logits.device)[:, None]
        number = torch.tensor(numbers, dtype=exact, device=logits.device)[:, None]
        scaled = (logits - logits.amax(-1, keepdim=True)) / torch.where(heat > 0, heat, 1.0)
        chances = scaled.softmax(-1).to(exact)
        drawn = _inverse(chances, number)
        cut = [row for row, top_p in enumerate(top_ps) if top_p < 1]
        if cut:
            rows = torch.tensor(cut, device=logits.device)
            mass = torch.tensor([top_ps[row] for row in cut], dtype=exact, device=logits.device)[:, None]
            drawn[rows] = _nucleus(chances[rows], number[rows], mass)
        ids = torch.where(heat[:, 0] > 0, drawn, ids)
    logprobs = logits.gather(-1, ids[:, None])[:, 0] - logits.logsumexp(-1)
    return ids.tolist(), logprobs.tolist()


def _inverse(chances: Tensor, number: Tensor) -> Tensor:
    cumulative = chances.cumsum(-1)
    index = torch.searchsorted(cumulative, number * cumulative[:, -1:], right=True)
    return index.clamp(max=chances.shape[-1] - 1)[:, 0]


def _nucleus(chances: Tensor, number: Tensor, mass: Tensor) -> Tensor:
    ordered, order = chances.sort(dim=-1, descending=True, stable=True)
    before = ordered.cumsum(-1) - ordered
    kept = before < mass
    kept[:, 0] = True
    return order.gather(-1, _inverse(ordered * kept, number)[:, None])[:, 0]
