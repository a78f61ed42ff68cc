"""The style sheets and scripts that pages load, from this package and nowhere else, under addresses that change with their content."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from agentgym_viewer.page import asset

SERVED = {
    "workbench.css": ("page.css", "episode.css", "workbench.css"),
    "workbench.js": ("workbench.js",),
    "episode.js": ("episode.js", "replay.js"),
    "play.js": ("play.js",),
    "icon.svg": ("icon.svg",),
}
"""What is served under a name: the assets of this package, one after the other."""

KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@lru_cache
def content(name: str) -> bytes:
    """A file that pages load.

    :raises KeyError: there is none of this name.
    """
    return "\n".join(asset(part) for part in SERVED[name]).encode()


@lru_cache
def address(name: str) -> str:
    """Where a page finds a file: with a checksum, so that a browser may keep it."""
    return f"/static/{name}?v={hashlib.sha256(content(name)).hexdigest()[:12]}"
