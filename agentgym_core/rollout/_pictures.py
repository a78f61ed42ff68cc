"""The pictures of an episode: for a policy that sees, and for the run's folder."""

from __future__ import annotations

from collections.abc import Callable

from agentgym_core.placement import Session


class Pictures:
    """What was seen so far. `seen` is for the policy, `names` are files of the run, each by the place of its message.

    :param attach: keeps a picture in the run's folder and gives its name. :param shown: whether the policy looks at them.
    """

    def __init__(self, attach: Callable[[bytes], str] | None, *, shown: bool) -> None:
        self._attach, self._shown = attach, shown
        self.seen: dict[int, bytes] = {}
        self.names: dict[str, str] = {}

    async def take(self, session: Session) -> bytes | None:
        """The present state as PNG, where somebody wants it and the environment draws it so."""
        picture = await session.render() if self._shown or self._attach is not None else None
        return picture if isinstance(picture, bytes) else None

    def show(self, message: int, picture: bytes | None) -> None:
        """Put a picture beside the message that tells of the same state."""
        if picture is not None and self._shown:
            self.seen[message] = picture
        if picture is not None and self._attach is not None:
            self.names[str(message)] = self._attach(picture)
