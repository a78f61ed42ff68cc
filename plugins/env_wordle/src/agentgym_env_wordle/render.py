"""A picture of a game."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from agentgym_env_wordle.words import ANSWERS, LETTERS

_COLOURS = {"g": "#6aaa64", "y": "#c9b458", "b": "#787c7e", "": "#fff"}
_CELL = "width:2em;height:2em;text-align:center;color:#fff;font-weight:bold;background:"


def picture(history: Sequence[tuple[str, int | None]], attempts: int) -> str:
    """The guesses with their colours as an HTML table; guesses are model text, so they are cut and escaped."""
    rows = []
    for word, code in history:
        if code is None:
            rows.append(f'<td colspan="{LETTERS}">not in the list: {escape(word[:40])}</td>')
        else:
            marks = ANSWERS[code].split()
            rows.append(
                "".join(
                    f'<td style="{_CELL}{_COLOURS[mark]}">{escape(letter)}</td>'
                    for letter, mark in zip(word, marks, strict=True)
                )
            )
    empty = f'<td style="{_CELL}{_COLOURS[""]}">&nbsp;</td>' * LETTERS
    rows.extend([empty] * (attempts - len(history)))
    return f'<table style="border-spacing:4px">{"".join(f"<tr>{row}</tr>" for row in rows)}</table>'
