"""Text for a person to read: nothing in it is obeyed by the terminal, and long lines break between words."""

from __future__ import annotations

import sys
from typing import TextIO

from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from agentgym_core.terminal import plain, say


def show(text: str, file: TextIO | None = None) -> None:
    """Print a text. On a terminal, lines that are too long for it break between words; all others stay as they are."""
    stream = file or sys.stdout
    if stream.isatty():
        Console(file=stream, color_system=None, highlight=False).print(Text(plain(text)))
    else:
        say(text, file=stream)


def begin_line() -> None:
    """Go back to the start of the line on standard output, to write over it."""
    Console(file=sys.stdout).control(Control(ControlType.CARRIAGE_RETURN))
    sys.stdout.flush()
