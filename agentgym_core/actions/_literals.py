"""Objects and literals as models write them. Nothing is evaluated; nothing odd raises anything but InvalidAction."""

from __future__ import annotations

import ast
import json
import re
from typing import Any, NoReturn

from agentgym_core.actions._values import InvalidAction, plain

_WORDS = {"true": True, "false": False, "null": None, "none": None}
# A backslash that starts no escape would make the parser warn; doubled, it means the same and is silent.
_ODD_ESCAPE = re.compile(
    r"\\(?:([\n\\'\"abfnrtv]|[0-3]?[0-7]{1,2}(?![0-7])|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^{}\n]{1,80}\})|)"
)
# A raw string keeps its backslashes as they are, so source with one in it is not touched.
_RAW = re.compile(r"[rR][\"']")
# f-strings, in all spellings of the prefix.
_COMPUTED = re.compile(r"(?<!\w)(?:[fF][rR]?|[rR][fF])[\"']")
# Quoted text with escapes, unrolled: each character can match in one way only, so an open quote cannot make it slow.
_QUOTED = r'"[^"\\]*(?:\\.[^"\\]*)*"'
# Quoted text in one step, brackets, and a quote that does not close.
_SIGN = re.compile(rf"{_QUOTED}|'[^'\\]*(?:\\.[^'\\]*)*'|[\"'{{}}\[\]]", re.DOTALL)
# Strings first, so that a comma inside one is never taken; then commas with nothing but blanks before a closing bracket.
_COMMA = re.compile(rf"({_QUOTED})|,(?=\s{{0,200}}[}}\]])", re.DOTALL)
_LONG = 20_000
# Open brackets at once, before the text is refused; and closing ones that may be missing at the end.
_TOO_MANY = 100
_FORGOTTEN = 3


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# Not strict: models put line breaks into strings. NaN and Infinity are no values that an environment could take.
DECODER = json.JSONDecoder(strict=False, parse_constant=_no_constant)


def parse(source: str) -> ast.Module:
    """Python source as a tree; only looked at, never run.

    :raises InvalidAction: where it is not Python, or nests too deep.
    """
    if len(source) > _LONG and _COMPUTED.search(source):
        # Formatted strings are refused in any case, and many of them make the parser slow.
        raise InvalidAction("formatted strings are not plain values")
    if "\\" in source and not _RAW.search(source):
        source = _ODD_ESCAPE.sub(lambda found: found[0] if found[1] else "\\\\", source)
    try:
        return ast.parse(source)
    except (ValueError, SyntaxError, RecursionError, MemoryError, OverflowError):
        # A null byte and a lone surrogate are ValueErrors.
        raise InvalidAction("it is not valid Python") from None


class _Plainer(ast.NodeTransformer):
    """Writes true, false and null as Python does, and puts quotes around the keys of objects."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(_WORDS[node.id]) if node.id in _WORDS else node

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        node.keys = [ast.Constant(key.id) if isinstance(key, ast.Name) else key for key in node.keys]
        return self.generic_visit(node)


def literal(node: ast.expr) -> Any:
    """The value of a literal: text, numbers, true, false, null, lists and objects; the keys of objects need no quotes.

    :raises InvalidAction: for anything that would have to be computed, or that JSON does not have.
    """
    if isinstance(node, ast.Constant):
        return plain(node.value)
    try:
        value = ast.literal_eval(_Plainer().visit(node))
    except (ValueError, TypeError, MemoryError, RecursionError):
        raise InvalidAction("arguments must be plain values, nothing computed") from None
    return plain(value)


def read_object(text: str, start: int = 0) -> tuple[dict[str, Any], int, bool]:
    """The JSON object that begins at `start`, where it ends, and whether it had to be mended.

    Single quotes, keys without quotes, Python's words, commas before a closing bracket and the last few brackets are mended.

    :raises InvalidAction: where no object can be made out.
    """
    mended = False
    try:
        value, end = DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        mended = True
        end, missing = _closing(text, start)
        value = _mend(text[start:end] + missing)
    if not isinstance(value, dict):
        raise InvalidAction("it is not a JSON object")
    return value, end, mended


def _mend(text: str) -> Any:
    try:
        return DECODER.decode(_COMMA.sub(lambda found: found[1] or "", text))
    except (ValueError, RecursionError):
        match parse(text).body:
            case [ast.Expr(value=node)]:
                return literal(node)
    raise InvalidAction("it is not a JSON object")


def _closing(text: str, start: int) -> tuple[int, str]:
    """Where the bracket at `start` closes, quoted text passed over, and the few brackets that are missing at the end."""
    expected = ""
    for found in _SIGN.finditer(text, start):
        sign = found[0]
        if sign in "{[":
            expected += "}" if sign == "{" else "]"
            if len(expected) > _TOO_MANY:
                raise InvalidAction("the arguments nest too deep")
        elif sign in "}]":
            if not expected.endswith(sign):
                raise InvalidAction("its brackets do not match")
            expected = expected[:-1]
            if not expected:
                return found.end(), ""
        elif len(sign) == 1:
            raise InvalidAction("its quotes do not close")
    if len(expected) > _FORGOTTEN:
        raise InvalidAction("its brackets do not close")
    return len(text), expected[::-1]
