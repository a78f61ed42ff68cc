"""What a line of a run must be beyond the types of its fields: unchanged, in range, of one word."""

from __future__ import annotations

import zlib

from agentgym_core.errors import StoreError
from agentgym_core.types import Outcome, Trajectory

_MARK = b',"crc32":"'
_SEAL = len(_MARK) + 10


def seal(line: bytes) -> bytes:
    """A line of `encode` with the checksum of its bytes as its last field: a reader that knows of none passes over it."""
    return b'%b%b%08x"}' % (line[:-1], _MARK, zlib.crc32(line))


def refuse_changed(line: bytes | str) -> None:
    """Refuse a line that was changed after it was sealed. A line without a seal is older, or from another program.

    :raises StoreError: its checksum does not fit.
    """
    data = line.rstrip() if isinstance(line, bytes) else line.rstrip().encode("utf-8", "surrogatepass")
    if data[-_SEAL : -_SEAL + len(_MARK)] != _MARK:
        return
    if data[-10:-2] != b"%08x" % zlib.crc32(b"}", zlib.crc32(memoryview(data)[:-_SEAL])):
        raise StoreError(
            "it was changed after it was written: its checksum does not fit",
            hint="restore it, or pass over it with --skip-corrupt (Run.open(..., skip_corrupt=True)); who changes a line on purpose "
            "leaves out its last field, crc32",
        )


def refuse_disagreement(found: Trajectory) -> None:
    """Refuse scores out of range, and an outcome that success or score gainsay.

    :raises StoreError: it says which.
    """
    score, success, outcome = found.score, found.success, found.outcome
    if score is not None and not 0.0 <= score <= 1.0:
        raise StoreError(f"score is {score!r}, outside [0, 1]")
    if score is not None and not outcome.scored:
        raise StoreError(f"the outcome is {outcome}, which has no score, but the score is {score!r}")
    if success is not None and success != (outcome is Outcome.SOLVED):
        raise StoreError(f"the outcome is {outcome}, but success is {success!r}")
    size = len(found.messages)
    for index, turn in enumerate(found.turns):
        if not 0 <= turn.message < size:
            raise StoreError(f"turns[{index}].message is {turn.message}, but the trajectory has {size} messages")
        if not 0.0 <= turn.score <= 1.0:
            raise StoreError(f"turns[{index}].score is {turn.score!r}, outside [0, 1]")
