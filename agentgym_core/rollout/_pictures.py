"""What the environment draws of an episode's states: for a policy that sees, and as files of the run named by their content."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from agentgym_core.placement import Session
from agentgym_core.store.manifest import write_whole


class Pictures:
    """`seen` is for a policy that is `shown` PNG, `names` are files in a folder; each by the place of its message. `latest` is what was
    drawn last, for a policy that asks for it `drawn`: PNG or an HTML fragment."""

    def __init__(self, folder: Path | None, *, shown: bool, drawn: bool) -> None:
        self._folder, self._shown, self._drawn = folder, shown, drawn
        self.latest: str | bytes | None = None
        self.seen: dict[int, bytes] = {}
        self.names: dict[str, str] = {}

    async def take(self, session: Session) -> str | bytes | None:
        """The present state, where somebody wants it and the environment draws it."""
        self.latest = await session.render() if self._shown or self._drawn or self._folder is not None else None
        return self.latest

    def show(self, message: int, picture: str | bytes | None) -> None:
        """Put a picture beside the message that tells of the same state."""
        if isinstance(picture, bytes) and self._shown:
            self.seen[message] = picture
        if picture is not None and self._folder is not None:
            kind = "png" if isinstance(picture, bytes) else "html"
            picture = picture if isinstance(picture, bytes) else picture.encode("utf-8", "replace")
            path = self._folder / f"{hashlib.sha256(picture).hexdigest()}.{kind}"
            if not path.exists():
                with suppress(OSError):
                    path.parent.mkdir(exist_ok=True)
                write_whole(path, picture)
            self.names[str(message)] = path.name
