"""The small expressions inside a grammar, such as `o.indefinite + ' ' + o.name`: read as data, never evaluated as code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import cache

from agentgym_core.errors import ConfigError

Names = Mapping[str, tuple[str, str]]
"""The id and the name of what each variable stands for."""

Expression = Callable[[Names], str]


@cache
def expression(text: str) -> Expression:
    """A function of the variables.

    :raises ConfigError: the expression does more than join names and texts.
    """
    try:
        return _read(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"alfworld: a game's grammar holds an expression that is not understood: {text.strip()[:80]!r}",
            hint="a grammar may join texts with names such as {o.name}; anything else is refused",
        ) from error


def _read(node: ast.expr) -> Expression:
    match node:
        case ast.Constant(value=str(text)):
            return lambda names: text
        case ast.Name(id=variable):
            return lambda names: names[variable][1]
        case ast.Attribute(value=ast.Name(id=variable), attr="name"):
            return lambda names: names[variable][1]
        case ast.Attribute(value=ast.Name(id=variable), attr="id"):
            return lambda names: names[variable][0]
        case ast.Attribute(value=ast.Name(), attr="indefinite"):
            return lambda names: "a"
        case ast.Attribute(value=ast.Name(), attr="definite"):
            return lambda names: "the"
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = _read(left), _read(right)
            return lambda names: first(names) + second(names)
        case ast.BoolOp(op=ast.Or(), values=values):
            options = [_read(value) for value in values]
            return lambda names: next((text for option in options if (text := option(names))), "")
    raise ValueError("not a name, a text or a join of them")
