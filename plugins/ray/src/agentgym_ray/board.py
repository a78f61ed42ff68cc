"""What the workers of a learner and the driver tell one another."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

_PATIENCE = 0.5
"""Seconds that the driver waits here for something new."""


class Board:
    """An actor beside the workers: how far they are, what came of it, and whether they shall stop."""

    def __init__(self) -> None:
        self._said: list[Any] = []
        self._new = asyncio.Event()
        self._result: Any = None
        self._error: Exception | None = None
        self._stopped = False

    async def tell(self, item: Any) -> bool:
        """Something that the driver shall see. False: stop."""
        self._said.append(item)
        self._new.set()
        return not self._stopped

    async def since(self, number: int) -> tuple[list[Any], Exception | None]:
        """What was told after the first `number`, and the error that ends it all; waits a moment where there is nothing."""
        if len(self._said) <= number and self._error is None:
            self._new.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._new.wait(), _PATIENCE)
        return self._said[number:], self._error

    async def finish(self, result: Any) -> None:
        """What learning came to."""
        self._result = result

    async def fail(self, error: Exception) -> None:
        """An error that trying again would not mend; the first one counts."""
        self._error = self._error or error
        self._new.set()

    async def stop(self) -> None:
        """Tell whoever asks next that nobody waits for it any more."""
        self._stopped = True

    async def over(self) -> bool:
        """Whether it is of no use to begin again."""
        return self._stopped or self._error is not None

    async def result(self) -> Any:
        """What learning came to, or None."""
        return self._result
