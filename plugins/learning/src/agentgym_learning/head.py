"""Log-probabilities of learned tokens without the logits of a whole batch.

The logits of a vocabulary are the largest tensor of a training step: 2,000 positions times 49,152 entries are 400 MB in float32, several
times over with their gradients. Here they are made for a few positions at a time. For a frozen head the forward pass leaves behind what the
backward pass needs, d log p / d hidden, which is as small as the hidden states; a head that is trained has its logits made again, a few at
a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import log_softmax

_ENTRIES = 2**23
"""Logits at once: 32 MB in float32."""
_TOLERANCE = 1e-4


class _LogProbs(torch.autograd.Function):
    """log softmax(hidden @ weight.T)[target], and its gradients."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
        """Shapes: (tokens, width), (vocabulary, width), (tokens,) to (tokens,) in float32."""
        learns_hidden, learns_weight, _ = ctx.needs_input_grad
        found = torch.empty(len(targets), dtype=torch.float32, device=hidden.device)
        slope = torch.empty_like(hidden) if learns_hidden else None
        for part in _parts(len(targets), len(weight)):
            logits = (hidden[part] @ weight.T).float()
            chosen = logits.gather(1, targets[part, None])[:, 0]
            normaliser = logits.logsumexp(1)
            found[part] = chosen - normaliser
            if slope is not None:
                # d log p / d hidden = the target's row, less the mean row under the model's own probabilities.
                probabilities = logits.sub_(normaliser[:, None]).exp_()
                slope[part] = weight[targets[part]] - probabilities.to(weight.dtype) @ weight
        ctx.save_for_backward(slope, *((hidden, weight, targets) if learns_weight else ()))
        return found

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        """The gradients of `hidden` and `weight`."""
        (gradient,) = gradients
        slope, *rest = ctx.saved_tensors
        to_hidden = None if slope is None else gradient[:, None].to(slope.dtype) * slope
        to_weight = None
        if rest:
            hidden, weight, targets = rest
            to_weight = torch.zeros_like(weight)
            for part in _parts(len(targets), len(weight)):
                pulled = (hidden[part] @ weight.T).float().softmax(1)
                pulled.mul_(-gradient[part, None])
                pulled.scatter_add_(1, targets[part, None], gradient[part, None])
                to_weight.addmm_(pulled.to(weight.dtype).T, hidden[part])
        return to_hidden, to_weight, None


def _parts(tokens: int, vocabulary: int) -> Iterator[slice]:
    size = max(1, _ENTRIES // vocabulary)
    return (slice(start, start + size) for start in range(0, tokens, size))


def linear_logprobs(hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
    """Log-probabilities of `targets` under softmax(hidden @ weight.T), with memory for some megabytes of logits.

    :param hidden: shape (tokens, width). :param weight: shape (vocabulary, width), of the same dtype. :param targets: shape (tokens,).
    """
    found: Tensor = _LogProbs.apply(hidden, weight, targets)  # type: ignore[no-untyped-call]
    return found


class Head:
    """Reads log-probabilities of learned tokens off a model.

    :param fused: without whole logits, where the model's head is a plain matrix; that it is, is shown by its answers. Ask for it where one
        process holds the whole model: parameters are used outside the model's own forward pass.
    :param dtype: of the arithmetic of the head, where it differs from the weights'.
    """

    def __init__(self, model: Any, *, fused: bool = True, dtype: torch.dtype | None = None) -> None:
        self._dtype = dtype
        self._head: Any = _plain_head(model) if fused else None
        if self._head is not None and not self._fits(model):
            self._head = None

    @property
    def fused(self) -> bool:
        """Whether logits are made in parts."""
        return self._head is not None

    def logprobs(self, model: Any, forward: dict[str, Any], chosen: Tensor, targets: Tensor) -> Tensor:
        """Log-probabilities of the targets, in the order of `chosen`; shape (tokens,), float32.

        :param forward: what the model is called with. :param chosen: shape (rows, length - 1): where the next token is learned.
        :param targets: shape (rows, length - 1): the next tokens.
        """
        positions = chosen.any(dim=0).nonzero().squeeze(1)
        here = chosen[:, positions]
        wanted = targets[:, positions][here]
        if self._head is None:
            logits = model(**forward, logits_to_keep=positions, use_cache=False).logits[here]
            return log_softmax(logits.float(), 1).gather(1, wanted[:, None])[:, 0]
        with _without(self._head):
            hidden = model(**forward, logits_to_keep=positions, use_cache=False).logits[here]
        weight = self._head.weight
        dtype = self._dtype or weight.dtype
        return linear_logprobs(hidden.to(dtype), weight.to(dtype), wanted)

    def _fits(self, model: Any) -> bool:
        """Whether the model's own answers are those of the matrix alone: some cap their logits behind it."""
        size = self._head.weight.shape[0]
        ids = torch.tensor([[(7 * place + 3) % size for place in range(6)]], device=self._head.weight.device)
        chosen = torch.ones((1, 5), dtype=torch.bool, device=ids.device)
        training = model.training
        model.eval()
        try:
            with torch.no_grad():
                exact = model(input_ids=ids, use_cache=False).logits[0, :-1].float()
                expected = log_softmax(exact, 1).gather(1, ids[0, 1:, None])[:, 0]
                found = self.logprobs(model, {"input_ids": ids}, chosen, ids[:, 1:])
            # Not finite weights are the training's to report, with the batch that it met them in.
            return bool(torch.allclose(found, expected, atol=_TOLERANCE, rtol=_TOLERANCE, equal_nan=True))
        except (TypeError, ValueError, RuntimeError, AttributeError):
            return False
        finally:
            model.train(training)


def _plain_head(model: Any) -> Any:
    head: Any = getattr(model, "get_output_embeddings", lambda: None)()
    # An adapter of the head is another class, a bias is not in the formula, and a forward pass of its own is somebody's hook.
    kind: Any = type(head)
    plain = kind is torch.nn.Linear and head.bias is None and "forward" not in vars(head)
    return head if plain else None


@contextmanager
def _without(head: Any) -> Iterator[None]:
    """The model's logits are its hidden states for a moment."""
    head.forward = lambda hidden: hidden
    try:
        yield
    finally:
        del head.forward
