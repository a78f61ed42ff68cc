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
        place: Any = changed
        *way, last = path.strip().split(".")
        for key in way:
            place = place.setdefault(key, {}) if isinstance(place, dict) else place[_index(place, key, change)]
        if isinstance(place, dict):
            place[last] = _value(text.strip())
        else:
            place[_index(place, last, change)] = _value(text.strip())
    return changed


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text


def _index(items: Any, key: str, change: str) -> int:
    if not isinstance(items, list):
        raise ConfigError(f"{change!r}: {key!r} would be set in {items!r}, which is no table", hint="look at the file")
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    if key in names:
        return names.index(key)
    if key.isdecimal() and int(key) < len(items):
        return int(key)
    known = ", ".join(str(name) for name in names if name is not None) or f"0 to {len(items) - 1}"
    raise ConfigError(f"{change!r}: nothing is called {key!r} there", hint=f"there are: {known}")
