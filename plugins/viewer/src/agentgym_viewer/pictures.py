"""The pictures that a run kept beside its trajectories, read for a page."""

from __future__ import annotations

import re
from pathlib import Path

ATTACHMENTS = "attachments"
# SHA-256 in hexadecimal, with the ending of the kind: no other name is looked for.
_NAME = re.compile(r"[0-9a-f]{64}\.(?:png|html)")


def attachment(folder: Path, name: str) -> bytes | None:
    """The content of an attachment, or None where there is none of that name, or the name is none: it may come from a stranger's file."""
    if _NAME.fullmatch(name) is None:
        return None
    try:
        return (folder / ATTACHMENTS / name).read_bytes()
    except OSError:
        return None
