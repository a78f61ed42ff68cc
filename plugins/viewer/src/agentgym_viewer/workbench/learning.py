"""What a learner has logged so far, from the file `losses.jsonl` that it keeps in its stage's folder while it learns."""

from __future__ import annotations

import json
import math
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

from attrs import Factory, define, frozen

LOSSES = "losses.jsonl"
POINTS = 600
"""Points of a curve that is drawn: more cannot be told apart, and a learner may log a hundred thousand."""

_KEPT = 256
_CHUNK = 1 << 20


@frozen
class Learning:
    """`steps` is how many there are to take, None where that is not said; `losses` are (step, loss), the steps ascending."""

    losses: Sequence[tuple[float, float]] = ()
    steps: int | None = None

    @property
    def drawn(self) -> Sequence[tuple[float, float]]:
        """So many of the losses as can be told apart, the first and the last among them."""
        apart = max(1, -(-len(self.losses) // POINTS))
        return [*self.losses[:-1:apart], *self.losses[-1:]]


def losses_of(lines: object) -> list[tuple[float, float]]:
    """(step, loss) of the lines that a learner logged; what is none is passed over."""
    found = [_point(line) for line in lines] if isinstance(lines, list) else []
    return [point for point in found if point is not None]


def _point(line: object) -> tuple[float, float] | None:
    if not isinstance(line, Mapping):
        return None
    step, loss = line.get("step"), line.get("loss")
    return (float(step), float(loss)) if _is_number(step) and _is_number(loss) else None


def _is_number(value: Any) -> TypeGuard[int | float]:
    # A whole number of JSON may be too large for a float.
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300 and math.isfinite(value)
    )


@define
class _Read:
    """A file as far as it was read: always whole lines."""

    inode: int = -1
    offset: int = 0
    steps: int | None = None
    losses: list[tuple[float, float]] = Factory(list)


class Curves:
    """Reads the files of learners on from where it was; safe from any thread. The latest few hundred files are remembered."""

    def __init__(self) -> None:
        self._known: OrderedDict[Path, _Read] = OrderedDict()
        self._mutex = threading.Lock()

    def of(self, folder: Path) -> Learning:
        """What the learner of a stage has logged; nothing where it keeps no file."""
        with self._mutex:
            known = self._known.pop(folder, None) or _Read()
            try:
                known = _read_on(folder / LOSSES, known)
            except OSError:
                return Learning()
            self._known[folder] = known
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
            return Learning(tuple(known.losses), known.steps)


def _read_on(path: Path, known: _Read) -> _Read:
    with open(path, "rb") as file:
        found = os.fstat(file.fileno())
        # Learning that is gone on with, or begun again, puts another file in its place.
        if found.st_ino != known.inode or found.st_size < known.offset:
            known = _Read(found.st_ino)
        file.seek(known.offset)
        while chunk := file.read(_CHUNK):
            whole, newline, _ = chunk.rpartition(b"\n")
            if not newline:
                # Being written, or no line of a learner's.
                break
            for line in whole.split(b"\n"):
                _take(line, known)
            known.offset += len(whole) + 1
            file.seek(known.offset)
    return known


def _take(line: bytes, known: _Read) -> None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return
    point = _point(value)
    if point is None:
        steps = value.get("steps") if isinstance(value, Mapping) else None
        known.steps = int(steps) if _is_number(steps) else known.steps
    elif not known.losses or point[0] > known.losses[-1][0]:
        known.losses.append(point)
