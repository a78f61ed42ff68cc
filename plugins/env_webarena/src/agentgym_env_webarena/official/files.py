"""WebArena's tasks and those of WebArena-Verified, read from the package `webarena-verified` or a file of the same format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from agentgym_core.errors import ComponentUnavailable, ConfigError

PACKAGE = "webarena_verified"
HINT = "run: pip install webarena-verified (it holds the task files and their evaluators)"
NAMES = {"webarena": "test.raw.json", "webarena-verified": "webarena-verified.json"}
"""The package's file of each set of tasks."""

_NEEDED = {
    "webarena": ("start_url", "intent", "sites", "eval"),
    "webarena-verified": ("start_urls", "intent", "sites", "eval"),
}


def package_file(tasks: str) -> Path:
    """Where the package keeps a set of tasks; the package itself is not imported.

    :raises ComponentUnavailable: it is not installed, or keeps them elsewhere.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ComponentUnavailable(f"webarena: the tasks {tasks!r} are in a package that is not installed", hint=HINT)
    path = Path(spec.origin).parent / "assets" / "dataset" / NAMES[tasks]
    if not path.is_file():
        raise ComponentUnavailable(f"webarena: {path} is not there; webarena-verified 1.2.3 has it", hint=HINT)
    return path


@cache
def records(tasks: str, file: Path | None = None) -> Mapping[int, Mapping[str, Any]]:
    """The records of a set of tasks by their numbers.

    :param file: a file of the package's format in place of the package's own.
    :raises ConfigError: it cannot be read, or is something else.
    """
    path = file or package_file(tasks)
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"webarena: {path}: {error}") from None
    try:
        table = {int(record["task_id"]): record for record in found}
        lacking = {name for record in found for name in _NEEDED[tasks] if name not in record}
    except (TypeError, KeyError, ValueError) as error:
        raise ConfigError(f"webarena: {path} is no list of tasks of {tasks!r}: {error!r}") from None
    if lacking or len(table) != len(found) or not found:
        what = (
            f"without {', '.join(sorted(lacking))}"
            if lacking
            else "with numbers that come twice"
            if found
            else "none at all"
        )
        raise ConfigError(f"webarena: {path} is no list of tasks of {tasks!r}: there are tasks {what}")
    return table
