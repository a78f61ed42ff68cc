"""The pictures of an episode's states: for a policy that sees, and as files of the run under names that their content gives."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from agentgym_core.placement import Session
from agentgym_core.store.manifest import write_whole


class Pictures:
    """`seen` is for a policy that is `shown` them, `names` are files in a folder; each by the place of its message."""

    def __init__(self, folder: Path | None, *, shown: bool) -> None:
        self._folder, self._shown = folder, shown
        self.seen: dict[int, bytes] = {}
        self.names: dict[str, str] = {}

    async def take(self, session: Session) -> bytes | None:
        """The present state as PNG, where somebody wants it and the environment draws it so."""
        picture = await session.render() if self._shown or self._folder is not None else None
        return picture if isinstance(picture, bytes) else None

    def show(self, message: int, picture: bytes | None) -> None:
        """Put a picture beside the message that tells of the same state."""
        if picture is not None and self._shown:
            self.seen[message] = picture
        if picture is not None and self._folder is not None:
            path = self._folder / f"{hashlib.sha256(picture).hexdigest()}.png"
            if not path.exists():
                with suppress(OSError):
                    path.parent.mkdir(exist_ok=True)
                write_whole(path, picture)
            self.names[str(message)] = path.name
