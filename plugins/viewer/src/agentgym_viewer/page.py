"""One self-contained page: no external resource, no script but our own, everything that a model wrote escaped.

The HTML stands in `templates/`. What a template shows is escaped unless the template says `safe`, which it says only of
our own style sheets, our own script and the drawings of `svg.py`.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import shlex
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    import jinja2

_ESCAPES = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
_TABLE = str.maketrans(_ESCAPES)


@frozen
class Cell:
    """One cell of a table: a text, smaller text after it, and a note that is shown when a pointer rests on it.

    :param kind: `code` for a command, `chip` for a verdict. :param address: where it leads, on pages of the workbench.
    """

    text: str
    detail: str = ""
    note: str = ""
    kind: str = ""
    address: str = ""


@frozen
class Table:
    """A table of texts; the first cell of each row is its header.

    :param left: columns whose text reads to the left and may wrap.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    caption: str = ""
    left: frozenset[int] = frozenset()


@frozen
class Card:
    """A figure that stands large, with what it is above and what qualifies it below."""

    what: str
    value: str
    detail: str = ""


@frozen
class Figure:
    """A drawing under its caption.

    :param drawing: SVG as `svg` makes it, escaped already.
    """

    caption: str
    drawing: str


def visible(value: object) -> str:
    """Any value as text in which control characters and lone surrogates are visible marks; ends of lines and tabs stay."""
    return "".join(character if _is_text(character) else "\ufffd" for character in str(value))


def _is_text(character: str) -> bool:
    # Spaces other than " " are not printable to Python, and a few control characters are spaces to it.
    return character in "\n\r\t" or character.isprintable() or unicodedata.category(character) in ("Zs", "Zl", "Zp")


def esc(value: object) -> str:
    """Any value as HTML text or as a quoted attribute, for what no template writes."""
    return html.escape(visible(value), quote=True)


def embedded_json(value: Any) -> str:
    """JSON that may stand inside a script element: nothing in it can end the element or open a comment; ASCII throughout."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False).translate(_TABLE)


def asset(name: str) -> str:
    """The text of a file that this package ships."""
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def render(template: str, *, title: str, **values: Any) -> str:
    """A whole page from a template of this package.

    :raises jinja2.UndefinedError: the template shows a value that it was not given.
    """
    return "".join(stream(template, title=title, **values))


def stream(
    template: str, *, title: str, styles: Sequence[str] = ("page.css",), script: str = "", **values: Any
) -> Iterator[str]:
    """A page piece by piece, so that a page may be larger than memory.

    :param styles: assets, in their order. :param script: the only code that the page's policy lets run.
    """
    css = "\n".join(asset(name) for name in styles)
    page = environment().get_template(template)
    return page.generate(title=title, css=css, policy=_policy(script), script=script, **values)


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """Where the templates are found, and how their values become HTML. Jinja2 is imported here, when a page is written."""
    import jinja2
    from markupsafe import Markup

    def shown(value: object) -> object:
        # What is HTML already was made from values that came through here, or by `svg`; the checksum of the script must stay true.
        return value if isinstance(value, Markup) else visible(value)

    made = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.filters["quoted"] = lambda value: shlex.quote(str(value))
    made.filters["embedded_json"] = lambda value: Markup(embedded_json(value))  # noqa: S704 - escaped by embedded_json
    return made


def _policy(script: str) -> str:
    rules = [
        "default-src 'none'",
        "img-src data:",
        "style-src 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    if script:
        checksum = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        rules.append(f"script-src 'sha256-{checksum}'")
    return "; ".join(rules)
