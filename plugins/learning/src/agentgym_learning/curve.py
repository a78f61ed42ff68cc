"""What a learner logs, kept in the folder of its stage as it comes: whoever looks there sees the curve while learning goes on."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

log = logging.getLogger(__name__)

LOSSES = "losses.jsonl"


class CurveFile:
    """`losses.jsonl` of a folder: a line `{"steps": N}` with how many steps there are, then a line of figures for each that is logged.

    Every line is handed to the operating system as a whole, so that a kill leaves at most its end torn. Learning never fails for it:
    where it cannot be written, that is said once, and what is logged stands in the stage's result in the end.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOSSES
        self._broken = False

    def begin(self, steps: int, figures: Sequence[Mapping[str, float]] = ()) -> None:
        """Begin the file, in place of one that is there.

        :param figures: what was logged before the checkpoint that learning goes on from; what came after it is learned again.
        """
        self._broken = False
        aside = self._path.with_name(f".{LOSSES}.{os.getpid()}")
        try:
            aside.write_bytes(b"".join(map(_line, [{"steps": steps}, *figures])))
            os.replace(aside, self._path)
        except OSError as error:
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)
            self._give_up(error)

    def add(self, figures: Mapping[str, float]) -> None:
        """Append a line."""
        if self._broken:
            return
        try:
            with open(self._path, "ab", buffering=0) as file:
                file.write(_line(figures))
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self._broken = True
        log.warning("%s cannot be written and is left as it is: %s", self._path, error.strerror or error)


def _line(figures: Mapping[str, float]) -> bytes:
    return json.dumps(figures).encode() + b"\n"
