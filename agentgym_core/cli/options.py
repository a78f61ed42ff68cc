"""Command-line options made from the fields of settings: their names, help, defaults and bounds stand there, once."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from agentgym_core.settings import fields_of

SHORT = {
    "observers": "observer",
    "max_rounds": "rounds",
    "action_format": "format",
    "max_failed_fraction": "max-failed",
}
"""Options that are shorter than the field that they set."""


def add_options(parser: argparse._ActionsContainer, cls: type[Any], names: Iterable[str]) -> None:
    """Add an option for each of these fields; what is parsed stands under the field's name."""
    for name in names:
        field = fields_of(cls)[name]
        kinds = [kind for kind in get_args(field.annotation) or (field.annotation,) if kind is not type(None)]
        shown: dict[str, Any] = {"dest": name, "default": field.default, "help": field.description}
        if field.default is not None and field.default is not False and field.default != ():
            shown["help"] = f"{field.description} (default: {field.default})"
        if kinds == [bool]:
            shown["action"] = "store_true" if field.default is False else argparse.BooleanOptionalAction
        elif get_origin(field.annotation) is Literal:
            shown["choices"] = get_args(field.annotation)
        elif get_origin(field.annotation) is tuple:
            shown.update(action="append", default=None, metavar="TEXT")
        else:
            shown.update(type=_reader(field, kinds), metavar="N" if int in kinds else "X" if float in kinds else "NAME")
        parser.add_argument(f"--{SHORT.get(name, name).replace('_', '-')}", **shown)


def options_of(arguments: argparse.Namespace, cls: type[Any], *, without: Iterable[str] = ()) -> dict[str, Any]:
    """What was given for the fields of a class, by name; what was not given and has no default is left out."""
    names = [name for name in fields_of(cls) if name not in without and getattr(arguments, name, None) is not None]
    return {name: getattr(arguments, name) for name in names}


def _reader(field: Any, kinds: list[Any]) -> Callable[[str], Any]:
    number = int if int in kinds else float if float in kinds else None

    def read(text: str) -> Any:
        try:
            value = text if number is None else number(text)
        except ValueError:
            what = "a whole number" if number is int else "a number"
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}") from None
        if number is None:
            return value
        try:
            return TypeAdapter(Annotated[(field.annotation, *field.metadata)]).validate_python(value)
        except ValidationError as error:
            raise argparse.ArgumentTypeError(f"{text!r}: {error.errors()[0]['msg']}") from None

    return read
