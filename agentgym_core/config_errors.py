"""pydantic's errors in the terms of the configuration that the user wrote."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, get_args

from agentgym_core.errors import ConfigError
from agentgym_core.settings import fields_of


def config_error(error: Any, where: str, whose: str, model: type[Any]) -> ConfigError:
    """One line a mistake, each with the path that the user typed; the hint names the keys that there are at the first of them.

    :param error: a `pydantic.ValidationError` of `model`. :param where: the path in front of every location.
    """
    lines, keys = [], ""
    for problem in error.errors(include_url=False):
        location = problem["loc"]
        owner = _owner(model, location)
        tags = [part for part in location if owner is not None and part == _tag(owner)]
        path = ".".join(str(part) for part in (where, *location) if part != "" and part not in tags)
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            known = list(fields_of(owner))
            near = difflib.get_close_matches(str(location[-1]), known, n=1)
            message = "unknown key" + (f", did you mean {near[0]!r}?" if near else "")
        elif problem["type"] not in ("missing", "secret") and not isinstance(problem["input"], dict):
            message += f" (got {problem['input']!r})"
            if problem["type"] in ("tuple_type", "list_type", "dict_type") and isinstance(problem["input"], str):
                message += "; on a command line write it as JSON, such as [7, 9]"
        lines.append(f"{path}: {message}" if path else message)
        if not keys and owner is not None and location and fields_of(owner):
            keys = f"the keys there are: {', '.join(fields_of(owner))}"
    return ConfigError(f"{whose}: " + "; ".join(lines), hint=keys)


def _owner(model: type[Any], location: Sequence[str | int]) -> type[Any] | None:
    """The model that the last part of a location is a key of; None where that is not known."""
    models = [model]
    for part in location[:-1]:
        named = [fields_of(found)[str(part)].annotation for found in models if str(part) in fields_of(found)]
        tagged = [found for found in models if _tag(found) == part]
        if named:
            models = [found for annotation in named for found in _models(annotation)]
        elif tagged:
            models = tagged
    return models[0] if len(models) == 1 else None


def _models(annotation: Any) -> list[type[Any]]:
    if isinstance(annotation, type) and fields_of(annotation):
        # The base of kinds that plugins may add to says which there are.
        kinds = getattr(annotation, "kinds", None)
        return [annotation] if kinds is None else list(kinds())
    return [found for inner in get_args(annotation) for found in _models(inner)]


def _tag(model: type[Any]) -> Any:
    field = fields_of(model).get("kind")
    return None if field is None else field.default
