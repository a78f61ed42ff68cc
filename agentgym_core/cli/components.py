"""Finding a component by id when the user did not say of which kind it is."""

from __future__ import annotations

from typing import Any

from agentgym_core.errors import AgentGymError, UnknownComponent
from agentgym_core.plugins import Announced
from agentgym_core.registry import PLURALS, lookup, specs
from agentgym_core.settings import fields_of

KINDS = tuple(kind for kind in PLURALS if kind != "command")


def find(id: str) -> list[tuple[str, Announced]]:
    """Every component with this id, with its kind; at least one.

    :raises UnknownComponent: there is none. :raises ComponentUnavailable: its plugin has failed.
    :raises AmbiguousComponent: two distributions claim it within one kind.
    """
    found: list[tuple[str, Announced]] = []
    errors: list[AgentGymError] = []
    for kind in KINDS:
        try:
            found.append((kind, lookup(kind, id)))
        except UnknownComponent as error:
            errors.append(error)
    if found:
        return found
    # The one that knows how to install it says more than the others.
    for unknown in errors:
        if "is not installed" in unknown.message:
            raise unknown
    import difflib

    from agentgym_core.catalog import CATALOG

    known = sorted({spec.id for kind in KINDS for spec in specs(kind)} | {entry.id for entry in CATALOG})
    near = difflib.get_close_matches(id, known, n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "see: agentgym list"
    raise UnknownComponent(f"no component is called {id!r}", hint=hint)


def fields(cls: Any) -> list[dict[str, Any]]:
    """The keys of a configuration class: name, type as written, default (JSON value; absent where required), description."""
    from pydantic_core import to_jsonable_python

    rows = []
    for name, field in fields_of(cls).items():
        row: dict[str, Any] = {"name": name, "type": _type(field.annotation), "description": field.description or ""}
        if not field.is_required():
            row["default"] = to_jsonable_python(field.get_default(call_default_factory=True), fallback=repr)
        rows.append(row)
    return rows


def _type(annotation: Any) -> str:
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation.__name__
    return str(annotation).replace("typing.", "").replace("pathlib.", "").replace("NoneType", "None")
