"""What half precision costs on this processor, found by trying.

Whether a processor has the instructions does not say what a library makes of them: it may convert everything to float32 and back, or have a
quick way for one of the two formats, or for one layout of a matrix, alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from agentgym_core.terminal import say

HALF = ("bfloat16", "float16")
SLOW = 1.5
"""From how many times as long as in float32 on it is told."""

_TRIES = 4
_told: set[tuple[str, str, str]] = set()


@cache
def times_as_long(precision: str, *, learns: bool = False, shape: tuple[int, int, int] = (64, 512, 512)) -> float:
    """How many times as long as in float32 this processor takes for a product of matrices: timed with torch, once a process.

    :param learns: with the gradients of both matrices. :param shape: how many rows, of how many numbers, become of how many.
    """
    import torch

    rows, width, outputs = shape
    least: dict[str, float] = {}
    # Whoever asks may be somewhere where nothing learns. Nothing is drawn: what is drawn later must not depend on this.
    with torch.inference_mode(False), torch.set_grad_enabled(learns), _one_thread():
        work = {}
        for name in ("float32", precision):
            dtype = getattr(torch, name)
            shown = torch.full((rows, width), 0.5, dtype=dtype, device="cpu", requires_grad=learns)
            weight = torch.full((outputs, width), 0.5, dtype=dtype, device="cpu", requires_grad=learns)
            work[name] = _product(shown, weight, learns)
        for _ in range(_TRIES):
            for name, multiply in work.items():
                # Processor time: others that compute meanwhile do not count.
                begun = time.thread_time()
                multiply()
                least[name] = min(least.get(name, float("inf")), time.thread_time() - begun)
    return least[precision] / max(least["float32"], 1e-9)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Threads that wait for each other use processor time, the more so where others compute."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _product(shown: Any, weight: Any, learns: bool) -> Callable[[], None]:
    from torch.nn.functional import linear

    def multiply() -> None:
        made: Any = linear(shown, weight)
        if learns:
            made.backward(made.detach())

    return multiply


def tell_if_slow(whose: str, setting: str, precision: str, *, learns: bool = False) -> None:
    """Say on stderr, once a process, that what somebody has set is slower on this processor than float32. What is set stays.

    :param whose: the component that has the setting.
    """
    if precision not in HALF or (whose, setting, precision) in _told:
        return
    _told.add((whose, setting, precision))
    longer = times_as_long(precision, learns=learns)
    if longer >= SLOW:
        what = "products of matrices and their gradients take" if learns else "products of matrices take"
        say(
            f"{whose}: {setting} = {precision} is slow on this processor: {what} {longer:.2g} times as long as in float32 (timed just "
            f'now); set {setting} = "float32", unless memory is too short for it',
            file=sys.stderr,
            flush=True,
        )
