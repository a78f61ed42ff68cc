"""What a run was made with, as flat parameters without secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from agentgym_core.store.manifest import mask_secrets
from agentgym_core.types import RunInfo
from agentgym_tracker.backend import Parameter

LONGEST = 500
"""Characters of a text; the shortest limit of the trackers known to us."""

# The password of an address stands under no key that names it.
_USER = re.compile(r"(?<=://)[^/\s@]+@")


def parameters(run: RunInfo) -> dict[str, Parameter]:
    """The configuration, the seeds and the versions of a run, by paths such as `configuration.sampling.temperature`.

    Values under keys that name a secret are `***`, as in the run's manifest, and so are user and password within an address.
    """
    values = mask_secrets(dict(run.manifest))
    if run.kind != "pipeline":
        values = {name: values.get(name, {}) for name in ("configuration", "seeds", "distributions", "python")}
    return dict(_flat(values, ""))


def _flat(value: Any, path: str) -> Iterator[tuple[str, Parameter]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value):
            name = item.get("name") if isinstance(item, Mapping) else None
            yield from _flat(item, f"{path}.{name if isinstance(name, str) else number}")
    elif isinstance(value, bool | int | float):
        yield path, value
    elif value not in (None, "", [], ()):
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        yield path, _USER.sub("***@", text)[:LONGEST]
