"""The grid as a PNG picture."""

from __future__ import annotations

import struct
import zlib
from typing import Any

TILE = 24
"""Pixels a cell."""


def picture(env: Any) -> bytes:
    """The engine's own drawing of the whole grid, what the agent sees in a lighter shade."""
    pixels = env.get_full_render(True, TILE)
    height, width, _ = pixels.shape
    lines = b"".join(b"\x00" + pixels[row].tobytes() for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines, 6)) + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
