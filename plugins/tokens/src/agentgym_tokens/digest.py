"""One digest over the weights of a model, found by several threads: a single one reads them far slower than memory gives them."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

PIECE = 4 * 2**20
"""Bytes that are hashed at a time. Part of what a digest means: with another size every digest is another."""

_AHEAD = 32
"""Pieces that wait at once: of tensors that are copied for it, 128 MiB are held."""

_THREADS = 8


def digest_of_parts(head: bytes, parts: Iterable[tuple[str, Buffer]]) -> str:
    """A digest (16 hexadecimal digits) of some bytes and of buffers with their names, in the order in which they are given.

    Each piece has a SHA-256 of its own, which processors have instructions for and which lets go of the interpreter, and those are hashed
    in order: how many threads there are decides nothing.

    :param parts: names with buffers that are contiguous; a name says what tells how long its buffer is (shape, type).
    """
    found = hashlib.blake2b(head, digest_size=8)
    waiting: deque[tuple[bytes, Future[bytes]]] = deque()

    def take() -> None:
        name, hashed = waiting.popleft()
        found.update(name)
        found.update(hashed.result())

    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1), thread_name_prefix="agentgym-digest") as pool:
        for name, piece in _pieces(parts):
            waiting.append((name, pool.submit(_hash, piece)))
            if len(waiting) > _AHEAD:
                take()
        while waiting:
            take()
    return found.hexdigest()


def _pieces(parts: Iterable[tuple[str, Buffer]]) -> Iterator[tuple[bytes, memoryview]]:
    for name, buffer in parts:
        view = memoryview(buffer)
        # A view without bytes cannot be cast.
        whole = view.cast("B") if view.nbytes else memoryview(b"")
        yield name.encode(), whole[:PIECE]
        for start in range(PIECE, len(whole), PIECE):
            yield b"", whole[start : start + PIECE]


def _hash(piece: memoryview) -> bytes:
    return hashlib.sha256(piece).digest()
