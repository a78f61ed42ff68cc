"""One self-contained page: no external resource, no script but our own, everything that a model wrote escaped."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

_ESCAPES = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
_TABLE = str.maketrans(_ESCAPES)


def esc(value: object) -> str:
    """Any text as HTML text or as a quoted attribute. Control characters and lone surrogates become visible marks."""
    text = "".join(
        character if character in "\n\t" or (character.isprintable() or character.isspace()) else "\ufffd"
        for character in str(value)
    )
    return html.escape(text, quote=True)


def embedded_json(value: Any) -> str:
    """JSON that may stand inside a script element: nothing in it can end the element or open a comment; ASCII throughout."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False).translate(_TABLE)


def asset(name: str) -> str:
    """The text of a file that this package ships."""
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def opening(title: str, *, styles: Iterable[str] = ("page.css",), script: str = "") -> str:
    """Everything up to and with `<body>`. `script` is the only one that the page's policy lets run."""
    rules = ["default-src 'none'", "style-src 'unsafe-inline'", "base-uri 'none'", "form-action 'none'"]
    if script:
        checksum = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        rules.append(f"script-src 'sha256-{checksum}'")
    css = "\n".join(asset(name) for name in styles)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{esc(title)}</title>\n<style>\n{css}</style>\n</head>\n<body>\n"
    )


def closing(script: str = "") -> str:
    """The end of a page, with its script."""
    return (f"<script>{script}</script>\n" if script else "") + "</body>\n</html>\n"


def table(
    head: Iterable[str], body: Iterable[Iterable[str]], *, caption: str = "", left: frozenset[int] = frozenset()
) -> str:
    """A table of cells that are HTML already; the first column holds row headers.

    :param left: columns whose text reads to the left and may wrap.
    """
    cells = "".join(f'<th scope="col"{_left(i, left)}>{cell}</th>' for i, cell in enumerate(head))
    lines = []
    for row in body:
        first, *rest = row
        columns = "".join(f"<td{_wrap(i, left)}>{cell}</td>" for i, cell in enumerate(rest, 1))
        lines.append(f'<tr><th scope="row">{first}</th>{columns}</tr>')
    title = f"<caption>{caption}</caption>" if caption else ""
    return f'<div class="scroll"><table>{title}<thead><tr>{cells}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>\n'


def _left(index: int, left: frozenset[int]) -> str:
    return ' class="left"' if index in left else ""


def _wrap(index: int, left: frozenset[int]) -> str:
    return ' class="wrap"' if index in left else ""
