"""The reproducible mode's gate: episodes of a wave go on together or not at all."""

from __future__ import annotations

import asyncio


class Barrier:
    """Lets the members of a wave through when all that still play have come, in the order of their places.

    So a policy that answers in batches gets the same batches whatever the environments' speed.
    """

    def __init__(self, members: int) -> None:
        self._playing = members
        self._waiting: dict[int, asyncio.Future[None]] = {}

    async def wait(self, place: int) -> None:
        """Return when every member that still plays is waiting."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting[place] = future
        # Not at once: whoever came last would go on before the others have woken.
        loop.call_soon(self._release)
        try:
            await future
        finally:
            self._waiting.pop(place, None)

    def leave(self) -> None:
        """A member has ended."""
        self._playing -= 1
        self._release()

    def gate(self, place: int) -> BarrierMember:
        """The gate of one member."""
        return BarrierMember(self, place)

    def _release(self) -> None:
        if self._playing and len(self._waiting) >= self._playing:
            waiting, self._waiting = self._waiting, {}
            for place in sorted(waiting):
                if not waiting[place].done():
                    waiting[place].set_result(None)


class BarrierMember:
    """One member's way through."""

    def __init__(self, lockstep: Barrier, place: int) -> None:
        self._lockstep, self._place = lockstep, place

    async def wait_turn(self) -> None:
        """Wait for the others."""
        await self._lockstep.wait(self._place)
