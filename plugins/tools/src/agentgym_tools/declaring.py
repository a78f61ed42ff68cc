"""Tools out of typed methods: a signature and a docstring say all that the grammar needs."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from weakref import WeakKeyDictionary

from attrs import frozen

from agentgym_core.specs import ActionSpec, Parameter

_Method = TypeVar("_Method", bound=Callable[..., Any])
_MARK = "__agentgym_tool__"
_FIELD = re.compile(r"\s*:(\w+)(?:\s+(\w+))?:\s*")
_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", list: "array", dict: "object"}
_VALUES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (dict,),
}


def tool(method: _Method) -> _Method:
    """Mark a method of a toolbox as a tool.

    The parameters' types are `str`, `int`, `float`, `bool`, `list`, `dict`, a `Literal` of texts, or `Any`; what has a default may be left
    out. The first lines of the docstring describe the tool, `:param name:` its parameters.
    """
    setattr(method, _MARK, True)
    return method


@frozen
class Tool:
    """One declared tool: its action, and the method that does it."""

    spec: ActionSpec
    method: str

    def misfit(self, arguments: Mapping[str, Any]) -> str | None:
        """What is wrong with arguments, in words for the policy, or None. The grammar has checked those that it read itself."""
        for parameter in self.spec.parameters:
            if arguments.get(parameter.name) is None:
                if parameter.required:
                    return f'{self.spec.name} needs "{parameter.name}"'
                continue
            value = arguments[parameter.name]
            expected = _VALUES.get(parameter.type)
            if expected and (not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected)):
                return f'"{parameter.name}" must be of type {parameter.type}'
            if parameter.choices and str(value) not in parameter.choices:
                return f'"{parameter.name}" must be one of: {", ".join(parameter.choices)}'
        return None


_KNOWN: WeakKeyDictionary[type, Mapping[str, Tool]] = WeakKeyDictionary()


def declared(cls: type) -> Mapping[str, Tool]:
    """The tools of a class by name: its own in the order of their definition, then those of its bases.

    :raises TypeError: a tool has no docstring, or a parameter of a type that arguments cannot have.
    """
    known = _KNOWN.get(cls)
    if known is not None:
        return known
    found: dict[str, Tool] = {}
    for owner in cls.__mro__:
        for name in vars(owner):
            method = getattr(cls, name, None)
            if name not in found and getattr(method, _MARK, False):
                found[name] = _tool(cls, name, method)
    _KNOWN[cls] = types.MappingProxyType(found)
    return _KNOWN[cls]


def _tool(cls: type, name: str, method: Any) -> Tool:
    whose = f"the tool {cls.__name__}.{name}"
    about, described = _docstring(method)
    if not about:
        raise TypeError(f"{whose} needs a docstring: it is the description that the policy reads")
    hints = get_type_hints(method)
    parameters = []
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        if parameter.name not in hints:
            raise TypeError(f"{whose}: the parameter {parameter.name!r} needs a type")
        kind, choices = _type(hints[parameter.name], f"{whose}: the parameter {parameter.name!r}")
        parameters.append(
            Parameter(
                parameter.name,
                type=kind,
                description=described.get(parameter.name, ""),
                required=parameter.default is inspect.Parameter.empty,
                choices=choices,
            )
        )
    unknown = sorted(set(described) - {parameter.name for parameter in parameters})
    if unknown:
        raise TypeError(f"{whose}: its docstring describes {', '.join(unknown)}, which it does not take")
    return Tool(ActionSpec(name, tuple(parameters), about), name)


def _type(hint: Any, whose: str) -> tuple[str, tuple[str, ...]]:
    if get_origin(hint) in (Union, types.UnionType):
        rest = [part for part in get_args(hint) if part is not type(None)]
        if len(rest) != 1:
            raise TypeError(f"{whose} has a type that arguments cannot have: {hint}")
        hint = rest[0]
    if hint is Any:
        return "any", ()
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        if not all(isinstance(choice, str) for choice in choices):
            raise TypeError(f"{whose}: only texts can be its choices")
        return "string", choices
    kind = _TYPES.get(get_origin(hint) or hint)
    if kind is None:
        raise TypeError(f"{whose} has a type that arguments cannot have: {hint}")
    return kind, ()


def _docstring(method: Any) -> tuple[str, dict[str, str]]:
    """What a docstring says of the tool, and of each parameter; other fields are for its reader only."""
    about: list[str] = []
    described: dict[str, str] = {}
    field: str | None = None
    for line in (inspect.getdoc(method) or "").splitlines():
        head = _FIELD.match(line)
        if head:
            field = head[2] if head[1] == "param" else ""
            if field:
                described[field] = ""
        text = line[head.end() if head else 0 :].strip()
        if field is None:
            about.append(text)
        elif field:
            described[field] = f"{described[field]} {text}".strip()
    return " ".join(" ".join(about).split()), described
