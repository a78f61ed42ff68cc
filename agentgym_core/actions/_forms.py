"""The text form of one action: written from arguments, and matched against text in linear time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from agentgym_core.actions._values import InvalidAction, coerce, fold, text_of
from agentgym_core.specs import ActionSpec, Parameter

# `{name}` in a text form; split by it, the odd parts are the names.
_SLOT = re.compile(r"\{([^\W\d]\w*)\}")
TYPED = {
    "integer": r"[+-]?[0-9]{1,19}",
    "number": r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
    "boolean": r"(?:[Tt]rue|[Ff]alse)",
}
"""What a typed slot matches. A slot of free text matches anything; these cannot run on into the next literal."""

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
        literals = [piece for piece in pieces if isinstance(piece, str)]
        self.block = any(slot.multiline for slot in self.slots) or any("\n" in piece for piece in literals)
        if not self.block:
            pieces = [_WHITE.sub(" ", piece) if isinstance(piece, str) else piece for piece in pieces]
        self.pieces = pieces
        self.literals = sum(len(piece) for piece in pieces if isinstance(piece, str))
        self.prefix = pieces[0] if pieces and isinstance(pieces[0], str) else ""
        # A line of its own after the verb is how code and SQL are often written.
        self._first = "" if loose else self.prefix[:-1] if self.block and self.prefix.endswith(" ") else self.prefix
        self._blank = [self._may_be_blank(at) for at in range(len(pieces))]
        self._filled = [
            piece.name for at, piece in enumerate(pieces) if not isinstance(piece, str) and not self._blank[at]
        ]
        self._match = re.compile(self._pattern(), re.DOTALL | (re.IGNORECASE if loose else 0)).fullmatch

    def _pattern(self) -> str:
        out = segment = ""
        last = max((at for at, piece in enumerate(self.pieces) if not isinstance(piece, str)), default=-1)
        for at, piece in enumerate(self.pieces):
            if isinstance(piece, str):
                following = self.pieces[at + 1] if at + 1 < len(self.pieces) else ""
                split = piece.endswith(" ") and not isinstance(following, str) and following.multiline
                segment += re.escape(piece[:-1]) + r"[ \n]" if split else re.escape(piece)
            elif piece.choices:
                choices = sorted(piece.choices, key=lambda choice: (-len(choice), choice))
                segment += f"({'|'.join(map(re.escape, choices))})"
            elif piece.type in TYPED:
                segment += f"({TYPED[piece.type]})"
            else:
                # What stands before a slot is settled before the slot is tried: no text makes the matcher go back far.
                out += f"(?>{segment})" if segment else ""
                segment = f"(.{'*' if self._blank[at] else '+'}{'' if at == last else '?'})"
        return out + segment

    def _may_be_blank(self, at: int) -> bool:
        """Whether a slot stands between signs, such as brackets, and not between blanks."""
        if not 0 < at < len(self.pieces) - 1:
            return False
        before, after = self.pieces[at - 1], self.pieces[at + 1]
        return (
            isinstance(before, str) and isinstance(after, str) and not before[-1].isspace() and not after[0].isspace()
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
        for name in self._filled:
            if arguments[name] == "":
                raise InvalidAction(f'"{name}" must not be empty')
        return "".join(piece if isinstance(piece, str) else text_of(arguments[piece.name]) for piece in self.pieces)


def forms_of(action: ActionSpec, text: str, loose: bool = False) -> list[Form]:
    """The forms of an action with a text form: one, and one more for every set of optional parameters that is left out.

    :raises ValueError: where the text form and the parameters do not fit together.
    """
    declared = {parameter.name: parameter for parameter in action.parameters}
    nested = [parameter.name for parameter in action.parameters if parameter.type in ("array", "object")]
    problem = ""
    names = _SLOT.findall(text)
    optional = [name for name in names if name in declared and not declared[name].required]
    if nested:
        problem = f"lists and objects ({', '.join(nested)}) need the JSON form, without text"
    elif not text.strip():
        problem = "its text form is empty; leave it out for the JSON form"
    elif sorted(names) != sorted(declared):
        wanted = ", ".join(declared) or "none"
        problem = f"the text form {text!r} must have one slot for each of its parameters: {wanted}"
    elif not all(_SLOT.split(text.strip())[2:-1:2]):
        problem = f"two slots of {text!r} need text between them"
    elif len(optional) > _MANY_OPTIONAL:
        problem = f"more than {_MANY_OPTIONAL} optional parameters need the JSON form"
    if problem:
        raise ValueError(f"action {action.name!r}: {problem}")
    forms = []
    for count in range(len(optional) + 1):
        for left_out in combinations(optional, count):
            kept = text
            for name in left_out:
                # The blanks before a slot go with it where others follow.
                kept = re.sub(rf"\s*\{{{name}\}}(?=\s)|\{{{name}\}}", "", kept)
            parts = enumerate(_SLOT.split(kept.strip()))
            pieces = [declared[part] if at % 2 else part for at, part in parts if part]
            if pieces:
                forms.append(Form(action.name, pieces, loose))
    return forms
