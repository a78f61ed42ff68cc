"""What a line of a run must be beyond the types of its fields: unchanged, in range, of one word."""

from __future__ import annotations

import zlib

from agentgym_core.errors import StoreError
from agentgym_core.types import Outcome, Trajectory

_MARK = b',"crc32":"'
_SEAL = len(_MARK) + 10


def seal(line: bytes) -> bytes:
    """The whole line: what `encode` gave, with the checksum of its bytes, but the last, as its last field, and the newline.

    A reader that knows of no checksum passes over it.
    """
    body = memoryview(line)[:-1]
    return b"".join((body, _MARK, b'%08x"}\n' % zlib.crc32(body)))


def refuse_changed(line: bytes | str) -> None:
    """Refuse a line that was changed after it was sealed. A line without a seal is older, or from another program.

    :raises StoreError: its checksum does not fit.
    """
    data = line if isinstance(line, bytes) else line.encode("utf-8", "surrogatepass")
    # Every line of a run comes through here, so none is copied.
    start = len(data) - data.endswith(b"\n") - _SEAL
    if start < 0 or not data.startswith(_MARK, start):
        return
    written = data[start + len(_MARK) : start + len(_MARK) + 8]
    if written != b"%08x" % zlib.crc32(memoryview(data)[:start]):
        raise StoreError(
            "it was changed after it was written: its checksum does not fit",
            hint="restore it, or pass over it with --skip-corrupt (Run.open(..., skip_corrupt=True)); if the line was edited "
            "on purpose, remove its last field, crc32",
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
