"""Actions as typed methods: TRL makes tools of them by their signatures and documents."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from agentgym_core.specs import ActionSpec

_TYPES: Mapping[str, Any] = {
    "integer": int,
    "number": float,
    "boolean": bool,
    "string": str,
    "array": list,
    "object": dict,
}
RESERVED = ("reset", "get_reward")
"""Methods of an episode itself, and all that are public beside the actions, for TRL makes a tool of every other; an action of such a name
gets underscores behind it, as many as make it a name of its own."""


def methods_of(actions: Iterable[ActionSpec]) -> dict[str, Callable[..., str]]:
    """A method for each action, by its name; `self` has `_grammar` and `_act`."""
    declared = list(actions)
    taken = {*RESERVED, *(action.name for action in declared)}
    found: dict[str, Callable[..., str]] = {}
    for action in declared:
        name = action.name
        while name in RESERVED or name.startswith("_") or name in taken - {action.name}:
            name = f"{name.lstrip('_') or 'act'}_"
        taken.add(name)
        found[name] = _method(action, name)
    return found


def _method(action: ActionSpec, name: str) -> Callable[..., str]:
    parameters = sorted(action.parameters, key=lambda parameter: not parameter.required)

    def act(self: Any, *given: Any, **named: Any) -> str:
        arguments = dict(zip((parameter.name for parameter in parameters), given, strict=False)) | named
        try:
            text = self._grammar.canonical(action.name, arguments)
        except ValueError as error:
            return f"Nothing was done: {error}"
        told: str = self._act(self._grammar.action(text))
        return told

    hints = {parameter.name: _TYPES.get(parameter.type, str) for parameter in parameters}
    act.__name__ = name
    act.__qualname__ = f"Episode.{name}"
    act.__annotations__ = {**hints, "return": str}
    act.__doc__ = _document(action)
    act.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD),
            *(
                inspect.Parameter(
                    parameter.name,
                    inspect.Parameter.POSITIONAL_OR_KEYWORD,
                    default=inspect.Parameter.empty if parameter.required else None,
                    annotation=hints[parameter.name],
                )
                for parameter in parameters
            ),
        ],
        return_annotation=str,
    )
    return act


def _document(action: ActionSpec) -> str:
    lines = [action.description or f"Do: {action.name}."]
    if action.parameters:
        lines += ["", "Args:"]
        for parameter in action.parameters:
            choices = f" One of: {', '.join(parameter.choices)}." if parameter.choices else ""
            lines.append(f"    {parameter.name}: {parameter.description or parameter.name}{choices}")
    lines += ["", "Returns:", "    What the environment shows then."]
    return "\n".join(lines)
