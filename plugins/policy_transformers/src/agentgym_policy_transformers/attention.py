"""Attention of a batch in parts: rows of few tokens do not read as far as the longest row, and prompts stand one behind another."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch
from attrs import frozen
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "agentgym_parts"
PARTS = 8
LEAST = 4
"""How many parts there are at most, and how many rows one has at least: each costs a call."""
BLOCK = 96
"""How many tokens of a prompt attend at once: fewer cost calls, more read further ahead of their first."""


@frozen
class Piece:
    """Tokens `first` to `last` of a pass in which rows stand one behind another: their row of the cache, and the first one's position."""

    row: int
    start: int
    first: int
    last: int

    @property
    def length(self) -> int:
        """How many they are."""
        return self.last - self.first


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
    pieces: Sequence[Piece] = (),
    **settings: Any,
) -> tuple[Tensor, None]:
    """transformers' own attention, a part at a time: what a mask hides from a whole part is not read.

    :param query: shape (rows, heads, new tokens, size). :param key: shape (rows, heads, columns, size); `value` likewise.
    :param attention_mask: shape (rows, 1, new tokens, columns).
    :param pieces: rows stand one behind another in a single one; `key` and `value` are the whole cache, and the mask is a band of
        shape (1, 1, BLOCK, columns before a block's first token and BLOCK behind).
    """
    if pieces:
        assert attention_mask is not None
        return _in_pieces(query, key, value, attention_mask, pieces, settings), None
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


def _in_pieces(
    query: Tensor, key: Tensor, value: Tensor, band: Tensor, pieces: Sequence[Piece], settings: dict[str, Any]
) -> Tensor:
    if settings.get("position_bias") is not None or settings.get("softcap") is not None:
        raise ValueError("attention with a bias or a cap of its own cannot be computed in pieces")
    _, heads, length, _ = query.shape
    found = query.new_empty(1, length, heads, value.shape[-1])
    middle = band.shape[-1] - BLOCK
    for piece in pieces:
        keys, values = key[piece.row : piece.row + 1], value[piece.row : piece.row + 1]
        for first in range(piece.first, piece.last, BLOCK):
            last = min(first + BLOCK, piece.last)
            # A block sees its row up to its own last token.
            before = piece.start + first - piece.first
            until = before + last - first
            seen = scaled_dot_product_attention(
                query[:, :, first:last],
                keys[:, :, :until],
                values[:, :, :until],
                attn_mask=band[:, :, : last - first, middle - before : middle + last - first],
                scale=settings.get("scaling"),
                enable_gqa=keys.shape[1] != heads,
            )
            found[:, first:last] = seen.transpose(1, 2)
    return found


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
