"""Attention of a batch in parts: rows of few tokens do not read as far as the longest row of the batch."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "agentgym_parts"
PARTS = 8
LEAST = 4
"""How many parts there are at most, and how many rows one has at least: each costs a call."""


def parts_of(lengths: Sequence[int], align: int) -> list[tuple[int, int, int]]:
    """Neighbouring rows with how far they read: first row, row after the last, columns. One part where splitting would save little."""
    size = max(LEAST, -(-len(lengths) // PARTS))
    found: list[tuple[int, int, int]] = []
    for first in range(0, len(lengths), size):
        last = min(first + size, len(lengths))
        width = -(-max(lengths[first:last]) // align) * align
        if found and found[-1][2] == width:
            found[-1] = (found[-1][0], last, width)
        else:
            found.append((first, last, width))
    whole = len(lengths) * max(width for _, _, width in found)
    saved = whole - sum((last - first) * width for first, last, width in found)
    return found if 10 * saved > whole else []


def attend_in_parts(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    parts: Sequence[tuple[int, int, int]] = (),
    **settings: Any,
) -> tuple[Tensor, None]:
    """transformers' own attention, a part at a time: what a mask hides from a whole part is not read.

    :param query: shape (rows, heads, new tokens, size). :param key: shape (rows, heads, columns, size); `value` likewise.
    :param attention_mask: shape (rows, 1, new tokens, columns).
    """
    if not parts or attention_mask is None:
        return _output(sdpa_attention_forward(module, query, key, value, attention_mask, **settings)), None
    found = [
        _output(
            sdpa_attention_forward(
                module,
                query[first:last],
                key[first:last, :, :width],
                value[first:last, :, :width],
                attention_mask[first:last, ..., :width],
                **settings,
            )
        )
        for first, last, width in parts
    ]
    return torch.cat(found), None


def use_parts(model: Any) -> bool:
    """Let a model attend in parts where it attends the common way and takes the word; otherwise it stays as it was."""
    takes_more = any(
        each.kind is inspect.Parameter.VAR_KEYWORD for each in inspect.signature(model.forward).parameters.values()
    )
    if model.config._attn_implementation not in ("sdpa", NAME) or not takes_more:
        return False
    AttentionInterface.register(NAME, attend_in_parts)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    try:
        model.set_attn_implementation(NAME)
    except (ValueError, AttributeError):
        return False
    return True


def _output(pair: tuple[Tensor, None]) -> Tensor:
    return pair[0]
