"""Pages of the API from the docstrings, read without importing anything: griffe finds the names, Sphinx's own Python domain shows them.

Docstrings are Markdown with field lists, which MyST reads as they stand.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe

_FIELD = re.compile(r"(?:^|(?<=[.;:)] )|(?<=\n))[ ]*:(param|raises|returns)\b")


def load(package: str, folder: Path) -> Any:
    """A package, read from a folder."""
    return griffe.load(package, search_paths=[str(folder)], allow_inspection=False)


def modules(package: Any) -> Iterator[Any]:
    """The public modules of a package, itself first."""
    yield package
    for _, module in sorted(package.modules.items()):
        if not module.name.startswith("_") and not module.is_alias:
            yield from modules(module)


def members(owner: Any) -> Iterator[Any]:
    """The public classes and functions that a module or a class defines itself, in the order of the source."""
    found = [
        item
        for item in owner.members.values()
        if not item.is_alias and (item.is_class or item.is_function) and not item.name.startswith("_")
    ]
    yield from sorted(found, key=lambda item: item.lineno or 0)


def attributes(owner: Any) -> Iterator[Any]:
    """The public attributes of a class that are annotated: its fields."""
    for item in owner.members.values():
        if not item.is_alias and item.is_attribute and not item.name.startswith("_") and item.annotation is not None:
            yield item


def undocumented(package: Any) -> list[str]:
    """The public modules, classes, functions and methods without a docstring. A method that overrides a documented one needs none."""
    missing = []
    for module in modules(package):
        if module.docstring is None:
            missing.append(module.path)
        for item in members(module):
            missing += [each.path for each in (item, *(members(item) if item.is_class else ())) if _bare(each)]
    return missing


def _bare(item: Any) -> bool:
    if item.docstring is not None or (item.is_function and item.parent.is_class and _overrides(item)):
        return False
    # What implements a hook is described where the hook is.
    marks = [str(each.value) for each in getattr(item, "decorators", ())]
    return not any(word in mark for mark in marks for word in ("overload", "hookimpl", "fixture"))


def _overrides(item: Any) -> bool:
    # A base outside of the package cannot be read here; what has one follows its contract.
    return bool(item.parent.bases)


def groups(package: Any) -> Iterator[tuple[str, list[Any]]]:
    """The modules with something to show, by page: a package's own names are one, and each module or package directly in it is one.

    A page a module would be four hundred pages, each with the list of all others beside it.
    """
    found: dict[str, list[Any]] = {}
    for module in modules(package):
        if module is package or list(members(module)):
            found.setdefault(".".join(module.path.split(".")[:2]), []).append(module)
    yield from sorted(found.items())


def page(title: str, shown: list[Any]) -> str:
    """Modules as one page of MyST Markdown."""
    return "\n".join([f"# {title}\n", *(_module(module, title) for module in shown)]) + "\n"


def _module(module: Any, title: str) -> str:
    lines = [f":::{{py:module}} {module.path}\n:::\n"]
    if module.path != title:
        lines.insert(0, f"## {module.path}\n")
    if module.docstring is not None:
        lines.append(_text(module.docstring.value))
    lines.extend(_class(item) if item.is_class else _function(item, "function", 3) for item in members(module))
    return "\n".join(lines) + "\n"


def _class(item: Any) -> str:
    inner = [_function(each, "method", 3) for each in members(item) if each.is_function]
    fields = [_field(each) for each in attributes(item)]
    fields += [_property(each) for each in item.members.values() if not each.is_alias and _is_property(each)]
    bases = ", ".join(str(base) for base in item.bases)
    about = [_text(item.docstring.value)] if item.docstring else []
    if bases:
        about.insert(0, f"Bases: `{bases}`\n")
    made = item.members.get("__init__")
    signature = _signature(made) if made is not None and not made.is_alias else ""
    return _block("py:class", f"{item.name}{signature}", "\n".join([*about, *fields, *inner]), 5)


def _is_property(item: Any) -> bool:
    return item.is_attribute and "property" in item.labels and not item.name.startswith("_")


def _property(item: Any) -> str:
    kind = f":type: {_flat(item.annotation)}\n" if item.annotation is not None else ""
    return _block(
        "py:property", item.name, ":no-index:\n" + kind + _text(item.docstring.value if item.docstring else ""), 3
    )


def _field(item: Any) -> str:
    if "property" in item.labels:
        return ""
    # Without an index entry: `type` in an annotation would lead to some field of that name.
    about = f":no-index:\n:type: {_flat(item.annotation)}\n"
    value = _flat(item.value) if item.value is not None else ""
    if value and len(value) < 80 and not value.startswith(("Field(", "field(", "Factory(")):
        about += f":value: {value}\n"
    described = item.docstring.value if item.docstring else _described(value)
    return _block("py:attribute", item.name, f"{about}\n{_text(described)}", 3)


def _described(value: str) -> str:
    found = re.search(r"description=(['\"])(.*?)\1", value)
    return found.group(2) if found else ""


def _function(item: Any, kind: str, depth: int) -> str:
    labels = item.labels
    options = "".join(
        f":{option}:\n"
        for label, option in (("async", "async"), ("classmethod", "classmethod"), ("staticmethod", "staticmethod"))
        if label in labels
    )
    about = _text(item.docstring.value) if item.docstring else ""
    return _block(f"py:{kind}", f"{item.name}{_signature(item)}", f"{options}\n{about}", depth)


def _signature(item: Any) -> str:
    parts, keyword = [], False
    for parameter in item.parameters:
        name = parameter.name
        if name in ("self", "cls") and item.parent.is_class:
            continue
        kind = parameter.kind.value if parameter.kind else ""
        if kind == "variadic positional":
            name, keyword = f"*{name}", True
        elif kind == "variadic keyword":
            name = f"**{name}"
        elif kind == "keyword-only" and not keyword:
            parts.append("*")
            keyword = True
        text = name
        if parameter.annotation is not None:
            text += f": {_flat(parameter.annotation)}"
        if parameter.default is not None and not kind.startswith("variadic"):
            text += f" = {_flat(parameter.default)}"
        parts.append(text)
    given = f" -> {_flat(item.returns)}" if item.returns is not None and item.name != "__init__" else ""
    return f"({', '.join(parts)}){given}"


def _flat(expression: Any) -> str:
    """An annotation or a default on one line; names of ours by their whole paths, so that each leads to the right one of several."""
    if isinstance(expression, griffe.Expr):
        parts = (
            _name(part) if isinstance(part, griffe.ExprName) else str(part) for part in expression.iterate(flat=True)
        )
        return " ".join("".join(parts).split())
    return " ".join(str(expression).split())


def _name(name: Any) -> str:
    path = str(name.canonical_path)
    return path if path.startswith("agentgym_") and "(" not in path else str(name.name)


def _block(directive: str, argument: str, body: str, colons: int) -> str:
    fence = ":" * colons
    return f"{fence}{{{directive}}} {argument}\n{body.rstrip()}\n{fence}\n"


def _text(docstring: str) -> str:
    """A docstring with each field on a line of its own."""
    text = textwrap.dedent(docstring).strip()
    head, *rest = _FIELD.split(text)
    fields = []
    for name, body in zip(rest[::2], rest[1::2], strict=True):
        about = " ".join(body.split())
        fields.append(f":{name}{'' if about.startswith(':') else ' '}{about}")
    return "\n".join([head.rstrip(), "", *fields, ""])
