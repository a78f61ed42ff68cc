"""What every client is given, and how it answers: standard input has `[{"environment", "task", "moves": [[text, name, arguments]]}]`,
standard output gets a line `{"environment", "score"}` or `{"environment", "error"}` for each. Runs in the other side's environment."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from typing import Any


def play_all(play: Callable[[dict[str, Any]], float]) -> None:
    """Play every episode and tell its score, or what went wrong."""
    for episode in json.load(sys.stdin):
        try:
            told = {"score": play(episode)}
        except Exception as error:
            traceback.print_exc()
            told = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps({"environment": episode["environment"], **told}), flush=True)
