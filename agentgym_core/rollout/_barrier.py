"""The reproducible mode's gate: episodes of a wave go on together or not at all."""

from __future__ import annotations

import asyncio


# One round of a wave of three. `playing` counts members that have not ended:
#
#   playing 3   waiting {}        0, 1 and 2 step their environments
#   playing 3   waiting {2, 0}    1 is slow: 0 and 2 wait
#   playing 2   waiting {2, 0}    1 has ended (`leave`): 0 and 2 are all that still play
#               released 0, 2     by place, not by time of arrival
class Barrier:
    """Lets the members of a wave through when all that still play have come, in the order of their places.

    So a policy that answers in batches gets the same batches, however fast or slow the environments are.
    """

    def __init__(self, members: int) -> None:
        self._playing = members
        self._waiting: dict[int, asyncio.Future[None]] = {}

    async def wait(self, place: int) -> None:
        """Return when every member that still plays is waiting."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting[place] = future
        # Not at once: the last to come would go on before the others have woken.
        loop.call_soon(self._release)
        try:
            await future
        finally:
            self._waiting.pop(place, None)

    def leave(self) -> None:
        """A member has ended."""
        self._playing -= 1
        self._release()

    def _release(self) -> None:
        if self._playing and len(self._waiting) >= self._playing:
            waiting, self._waiting = self._waiting, {}
            for place in sorted(waiting):
                if not waiting[place].done():
                    waiting[place].set_result(None)
