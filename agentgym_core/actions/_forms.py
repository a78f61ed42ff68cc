"""The text form of one action: written from arguments, and matched against text in linear time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from agentgym_core.actions._values import InvalidAction, coerce, dump, fold
from agentgym_core.specs import ActionSpec, Parameter

# `{name}` in a text form; split by it, the odd parts are the names.
_SLOT = re.compile(r"\{([^\W\d]\w*)\}")
# What a typed slot matches. A slot of free text matches anything; these cannot run on into the next literal.
_TYPED = {
    "integer": r"[+-]?[0-9]{1,19}",
    "number": r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
    "boolean": r"(?:[Tt]rue|[Ff]alse)",
}
_WHITE = re.compile(r"\s+")
# 2^4 = 16 forms of one action; each of them is tried against every text.
_MANY_OPTIONAL = 4


class Form:
    """One way to write an action: literal pieces with slots between them.

    Every slot takes as little as it can, from left to right. `literals` counts the characters that are fixed. `block` says
    that a slot keeps its lines, so that the form is matched against the whole text and not against a folded line. A `loose` form is
    read in any case.
    """

    def __init__(self, name: str, pieces: list[str | Parameter], loose: bool = False) -> None:
        self.name = name
        self.slots = tuple(piece for piece in pieces if not isinstance(piece, str))
        self.names = frozenset(slot.name for slot in self.slots)
        self.block = any(slot.multiline for slot in self.slots) or any(
            isinstance(piece, str) and "\n" in piece for piece in pieces
        )
        self.pieces = pieces if self.block else [_WHITE.sub(" ", p) if isinstance(p, str) else p for p in pieces]
        pieces = self.pieces
        self.literals = sum(len(piece) for piece in pieces if isinstance(piece, str))
        self.prefix = pieces[0] if pieces and isinstance(pieces[0], str) else ""
        # A line of its own after the verb is how code and SQL are often written.
        self._first = self.prefix[:-1] if self.block and self.prefix.endswith(" ") else self.prefix
        self._filled = [p.name for at, p in enumerate(pieces) if not isinstance(p, str) and not self._may_be_empty(at)]
        if loose:
            self._first = ""
        self._match = re.compile(self._pattern(), re.DOTALL | (re.IGNORECASE if loose else 0)).fullmatch

    def _pattern(self) -> str:
        out = ""
        segment = ""
        last = max((at for at, piece in enumerate(self.pieces) if _open(piece)), default=-1)
        for at, piece in enumerate(self.pieces):
            if isinstance(piece, str):
                following = self.pieces[at + 1] if at + 1 < len(self.pieces) else ""
                segment += self._literal(piece, following)
            elif not _open(piece):
                segment += f"({_slot_pattern(piece)})"
            else:
                # What stands before a slot is settled before the slot is tried: no text makes the matcher go back far.
                out += f"(?>{segment})" if segment else ""
                segment = "(.*?)" if self._may_be_empty(at) else "(.+?)"
                if at == last and not any(not isinstance(rest, str) for rest in self.pieces[at + 1 :]):
                    segment = segment.replace("?", "")
        return out + segment

    def _literal(self, piece: str, following: str | Parameter) -> str:
        if not isinstance(following, str) and following.multiline and piece.endswith(" "):
            return re.escape(piece[:-1]) + r"[ \n]"
        return re.escape(piece)

    def _may_be_empty(self, at: int) -> bool:
        before = self.pieces[at - 1] if at else ""
        after = self.pieces[at + 1] if at + 1 < len(self.pieces) else ""
        return all(isinstance(side, str) and side and not side.isspace() for side in (before, after)) and not (
            str(before)[-1].isspace() or str(after)[0].isspace()
        )

    def read(self, text: str) -> tuple[dict[str, Any], str] | None:
        """The arguments of a text of this form and the text that they give again, or None where it has another form."""
        if not text.startswith(self._first):
            return None
        found = self._match(text)
        if found is None:
            return None
        values: dict[str, Any] = {}
        same = not self.block
        for slot, given in zip(self.slots, found.groups(), strict=True):
            if slot.type == "string" and not slot.multiline:
                # The line is folded already, and a choice is matched as it is spelled.
                value = fold(given) if self.block else given.strip()
                same = same and value == given
            else:
                try:
                    value = coerce(slot, given, [])
                except InvalidAction:
                    return None
                same = same and str(value) == given
            values[slot.name] = value
        if "" in values.values() and any(values[name] == "" for name in self._filled):
            return None
        return values, text if same else self.write(values)

    def write(self, arguments: Mapping[str, Any]) -> str:
        """The text of coerced arguments.

        :raises InvalidAction: where an argument is blank and the form needs it.
        """
        out = []
        for at, piece in enumerate(self.pieces):
            if isinstance(piece, str):
                out.append(piece)
                continue
            value = arguments[piece.name]
            text = value if isinstance(value, str) else str(value) if type(value) is int else dump(value)
            if not text and not self._may_be_empty(at):
                raise InvalidAction(f'"{piece.name}" must not be empty')
            out.append(text)
        return "".join(out)


def _open(piece: str | Parameter) -> bool:
    return not isinstance(piece, str) and not piece.choices and piece.type not in _TYPED


def _slot_pattern(slot: Parameter) -> str:
    if slot.choices:
        return "|".join(re.escape(choice) for choice in sorted(slot.choices, key=lambda c: (-len(c), c)))
    return _TYPED[slot.type]


def forms_of(action: ActionSpec, loose: bool = False) -> list[Form]:
    """The forms of an action with a text form: one, and one more for every set of optional parameters that is left out.

    :raises ValueError: where the text form and the parameters do not fit together.
    """
    pieces = _pieces(action)
    optional = [piece.name for piece in pieces if not isinstance(piece, str) and not piece.required]
    if len(optional) > _MANY_OPTIONAL:
        raise ValueError(f"action {action.name!r}: more than {_MANY_OPTIONAL} optional parameters need the JSON form")
    forms = []
    for count in range(len(optional) + 1):
        for left_out in combinations(optional, count):
            kept = _without(pieces, frozenset(left_out))
            if kept:
                forms.append(Form(action.name, kept, loose))
    return forms


def _pieces(action: ActionSpec) -> list[str | Parameter]:
    declared = {parameter.name: parameter for parameter in action.parameters}
    nested = [parameter.name for parameter in action.parameters if parameter.type in ("array", "object")]
    if nested:
        raise ValueError(
            f"action {action.name!r}: lists and objects ({', '.join(nested)}) need the JSON form, without text"
        )
    if not (action.text or "").strip():
        raise ValueError(f"action {action.name!r}: its text form is empty; leave it out for the JSON form")
    parts = _SLOT.split((action.text or "").strip())
    names = parts[1::2]
    if sorted(names) != sorted(declared):
        raise ValueError(
            f"action {action.name!r}: the text form {action.text!r} must have one slot for each of its parameters: "
            f"{', '.join(declared) or 'none'}"
        )
    if any(not between for between in parts[2:-1:2]):
        raise ValueError(f"action {action.name!r}: two slots of {action.text!r} need text between them")
    pieces: list[str | Parameter] = []
    for at, part in enumerate(parts):
        if at % 2:
            pieces.append(declared[part])
        elif part:
            pieces.append(part)
    return pieces


def _without(pieces: list[str | Parameter], names: frozenset[str]) -> list[str | Parameter]:
    out: list[str | Parameter] = []
    for piece in pieces:
        if isinstance(piece, str):
            if out and isinstance(out[-1], str):
                out[-1] = out[-1].rstrip() + piece if piece[:1].isspace() else out[-1] + piece
            else:
                out.append(piece)
        elif piece.name not in names:
            out.append(piece)
    if out and isinstance(out[0], str):
        out[0] = out[0].lstrip()
    if out and isinstance(out[-1], str):
        out[-1] = out[-1].rstrip()
    return [piece for piece in out if piece]
