"""Changes to a pipeline file from a command line: `seed=3`, `stages.evolve.config.samples=2`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from agentgym_core.errors import ConfigError


def override(values: Mapping[str, Any], changes: Sequence[str]) -> dict[str, Any]:
    """The values of a file with some of them changed; the values that are handed over stay as they are.

    A change is `PATH=VALUE`. A path goes down by key; in a list of stages by a stage's name, in any other list by number. A value
    is written as in the file; what is not TOML is a text. Keys that the file lacks are added, tables on the way too.

    :raises ConfigError: a change has no `=`, or its path leads through something that is no table.
    """
    changed = deepcopy(dict(values))
    for change in changes:
        path, equals, text = change.partition("=")
        if not equals or not path.strip():
            raise ConfigError(
                f"{change!r} is no change of a setting", hint="write PATH=VALUE, such as seed=3 or rollout.wave=64"
            )
        keys = path.strip().split(".")
        place: Any = changed
        for depth, key in enumerate(keys[:-1]):
            place = _below(place, key, ".".join(keys[: depth + 1]), change)
        _put(place, keys[-1], _value(text.strip()), change)
    return changed


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text


def _below(place: Any, key: str, path: str, change: str) -> Any:
    if isinstance(place, dict):
        return place.setdefault(key, {})
    if isinstance(place, list):
        return place[_index(place, key, change)]
    raise ConfigError(f"{change!r}: {path!r} leads through {place!r}, which is no table", hint="look at the file")


def _put(place: Any, key: str, value: Any, change: str) -> None:
    if isinstance(place, dict):
        place[key] = value
    elif isinstance(place, list):
        place[_index(place, key, change)] = value
    else:
        raise ConfigError(f"{change!r}: {key!r} would be set in {place!r}, which is no table", hint="look at the file")


def _index(items: list[Any], key: str, change: str) -> int:
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    if key in names:
        return names.index(key)
    if key.isdecimal() and int(key) < len(items):
        return int(key)
    known = ", ".join(str(name) for name in names if name is not None) or f"0 to {len(items) - 1}"
    raise ConfigError(f"{change!r}: nothing is called {key!r} there", hint=f"there are: {known}")
