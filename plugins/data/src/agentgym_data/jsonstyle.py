"""How a file writes its JSON, so that it can be written the same way again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import asdict, evolve, fields, frozen


@frozen
class JsonStyle:
    """How a file writes its JSON.

    `form` is `lines` (a record a line), `array`, or `objects` (records that take several lines each). What stands before the first record,
    between two and after the last is `opening`, `joint` and `closing`; `empty` is a file without records. A record is written with these
    separators and this indent (a number of spaces or the text itself), its later lines behind `margin`, with `newline` for line ends.
    """

    form: str = "lines"
    ascii: bool = False
    item_separator: str = ", "
    key_separator: str = ": "
    indent: int | str | None = None
    newline: str = "\n"
    margin: str = ""
    opening: str = ""
    joint: str = "\n"
    closing: str = "\n"
    empty: str = ""

    @classmethod
    def of(cls, form: str, indent: int | None = None, end: str = "\n") -> JsonStyle:
        """The usual layout of a form, as `json.dump` writes it."""
        if form != "array":
            return cls(form, indent=indent, item_separator=", " if indent is None else ",")
        if indent is None:
            return cls(form, opening="[", joint=", ", closing=f"]{end}", empty=f"[]{end}")
        margin = " " * indent
        return cls(
            form,
            item_separator=",",
            indent=indent,
            margin=margin,
            opening=f"[\n{margin}",
            joint=f",\n{margin}",
            closing=f"\n]{end}",
            empty=f"[]{end}",
        )

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> JsonStyle | None:
        """The style that `values` made, or None where it is not of this version."""
        known = {field.name for field in fields(cls)}
        return cls(**values) if "joint" in values and known >= set(values) else None

    def dumps(self, value: Any) -> str:
        """The JSON text of one record. A lone surrogate becomes an escape."""
        text = self._dumped(value, self.ascii)
        if not self.ascii and not text.isascii() and _has_surrogate(text):
            text = self._dumped(value, True)
        # No text within a record holds a line end: JSON writes it as an escape.
        if self.indent is not None and (self.margin or self.newline != "\n"):
            text = text.replace("\n", self.newline + self.margin)
        return text

    def _dumped(self, value: Any, ascii: bool) -> str:
        separators = (self.item_separator, self.key_separator)
        return json.dumps(value, ensure_ascii=ascii, separators=separators, indent=self.indent)

    def values(self) -> dict[str, Any]:
        """The style as JSON values, for a manifest."""
        return asdict(self)


def fitted(style: JsonStyle, value: Any, text: str) -> JsonStyle:
    """`style` with the separators and the indent that give `text` for `value`; where none do, `style` itself."""
    newline = "\r\n" if "\r\n" in style.opening + text else "\n"
    margin = style.opening.rpartition("\n")[2] if style.form == "array" and "\n" in style.opening else ""
    margin = margin if not margin.strip(" \t") else ""
    style = evolve(style, newline=newline, margin=margin)
    for indent, item, key in _LAYOUTS if "\n" in text else _LAYOUTS[:4]:
        for ascii in (False, True):
            found = evolve(style, ascii=ascii, item_separator=item, key_separator=key, indent=indent)
            if found.dumps(value) == text:
                return found
    return style


_LAYOUTS: tuple[tuple[int | str | None, str, str], ...] = (
    (None, ", ", ": "),
    (None, ",", ":"),
    (None, ",", ": "),
    (None, ", ", ":"),
    *((indent, ",", ": ") for indent in (2, 4, 1, 3, 8, "\t", 0)),
)


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
