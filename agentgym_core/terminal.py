"""Text on a terminal: what a run, a plugin, a server or a file says is shown there, and never obeyed."""

from __future__ import annotations

import sys
from typing import TextIO

_SIGNS = {
    # Escape sequences begin with one of these; each has a picture. Newline and tab stay what they are.
    **{number: 0x2400 + number for number in range(0x20) if chr(number) not in "\t\n"},
    0x7F: 0x2421,
    # The second set of control characters, what turns the direction of writing, and halves of characters have none.
    **dict.fromkeys(
        (*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)), 0xFFFD
    ),
}


def plain(text: str) -> str:
    """A text with signs in place of what a terminal would obey."""
    return text if text.isascii() and text.isprintable() else text.translate(_SIGNS)


def cell(text: str) -> str:
    """The same for rich's lines and tables, which obey words in brackets too."""
    from rich.markup import escape

    return escape(plain(text))


def say(text: object = "", *, end: str = "\n", file: TextIO | None = None, flush: bool = False) -> None:
    """Print a text with signs in place of what a terminal would obey: every command's way to print."""
    print(plain(str(text)), end=end, file=file or sys.stdout, flush=flush)


def say_traceback() -> None:
    """Print the traceback of the error at hand: it quotes what a run, a model or a file says."""
    import traceback

    say(traceback.format_exc(), end="", file=sys.stderr)


def plain_logs() -> None:
    """Have what a command logs printed like everything else. A program that has set up logging of its own keeps it."""
    import logging

    class _PlainFormatter(logging.Formatter):
        """Log records quote texts of others too, and so do the tracebacks in them."""

        def format(self, record: logging.LogRecord) -> str:
            return plain(super().format(record))

    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_PlainFormatter())
