"""Attention over packed rows, each by itself: no mask of tokens times tokens, of which most would be empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

NAME = "agentgym_packed"
_LENGTHS = (5, 3, 9)
_TOLERANCE = 1e-4


def packed_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    row_lengths: Sequence[int] = (),
    sliding_window: int | None = None,
    **settings: Any,
) -> tuple[Tensor, None]:
    """Causal attention within every row. Without row lengths it is transformers' own.

    :param query: shape (1, heads, tokens, size); `key` and `value` likewise.
    :param row_lengths: how many tokens each row has, in order.
    """
    settings.pop("is_causal", None)
    if not row_lengths:
        return _plain(module, query, key, value, attention_mask, sliding_window, settings)
    lengths = list(row_lengths)
    # Split, not sliced: the gradient of a split is put together once, that of a slice is as long as the whole.
    queries, keys, values = (torch.split(side, lengths, 2) for side in (query, key, value))
    found = [
        _plain(module, q, k, v, None, sliding_window, settings)[0]
        for q, k, v in zip(queries, keys, values, strict=True)
    ]
    return torch.cat(found, dim=1), None


def _plain(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    window: int | None,
    settings: dict[str, Any],
) -> tuple[Tensor, None]:
    length = query.shape[2]
    if mask is None and window is not None and length > window:
        place = torch.arange(length, device=query.device)
        back = place[:, None] - place[None, :]
        mask = ((back >= 0) & (back < window))[None, None]
    output, _ = sdpa_attention_forward(module, query, key, value, mask, is_causal=None, **settings)
    return output, None


def attend_by_row(model: Any) -> bool:
    """Let a model attend to every row of a packed sequence by itself; False where it cannot, and then it stays as it was.

    That it can is shown by its answers: three packed rows must give what each gives alone with the attention that it came with.
    """
    AttentionInterface.register(NAME, packed_attention)
    before = model.config._attn_implementation
    if before != "sdpa":
        return False
    size = int(model.config.get_text_config().vocab_size)
    rows = [[(7 * place + 3 * row + 1) % size for place in range(length)] for row, length in enumerate(_LENGTHS)]
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            alone = [model(input_ids=torch.tensor([ids], device=device), use_cache=False).logits[0] for ids in rows]
            model.set_attn_implementation(NAME)
            packed = model(
                input_ids=torch.tensor([[token for ids in rows for token in ids]], device=device),
                position_ids=torch.tensor([[place for ids in rows for place in range(len(ids))]], device=device),
                row_lengths=list(_LENGTHS),
                use_cache=False,
            ).logits[0]
        exact = torch.cat(alone).float()
        fits = float((exact - packed.float()).abs().max()) <= _TOLERANCE * (float(exact.abs().max()) or 1.0)
    except (TypeError, ValueError, RuntimeError, KeyError, AttributeError):
        fits = False
    finally:
        model.train(training)
    if not fits:
        model.set_attn_implementation(before)
    return fits
