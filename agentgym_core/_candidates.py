"""Plugins that can be loaded, and how the list shows them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from agentgym_core import _entry_points as entry_points

ENTRY_POINTS = "agentgym"


class Plugin(NamedTuple):
    """One plugin as the list shows it. `state` is `ok`, `failed`, `incompatible` or `disabled`."""

    name: str
    state: str
    distribution: str = ""
    version: str = ""
    file: str = ""
    components: tuple[str, ...] = ()
    stage: str = ""
    error: str = ""
    hint: str = ""
    traceback: str = ""

    @property
    def reference(self) -> str:
        """What tells this plugin from every other one: `DISTRIBUTION:NAME`."""
        return f"{self.distribution}:{self.name}" if self.distribution else self.name

    def is_called(self, owner: str) -> bool:
        """Whether `owner` means this plugin: by its name, its distribution or both."""
        return owner in (self.name, self.distribution, self.reference)


class Candidate(NamedTuple):
    """A plugin that can be loaded: an entry point, or a stand-in for one."""

    name: str
    load: Callable[[], object]
    distribution: str = ""
    version: str = ""
    value: str = ""


class Announced(NamedTuple):
    """A spec with the plugin that announced it."""

    plugin: Plugin
    spec: Any


def installed() -> list[Candidate]:
    """What the installed distributions offer under the entry-point group, sorted by name; imports none of it."""
    found: dict[tuple[str, str, str], Candidate] = {}
    for name, value, distribution, version in entry_points.find(ENTRY_POINTS):
        found.setdefault(
            (name, value, distribution), Candidate(name, partial(_resolve, value), distribution, version, value)
        )
    return [found[key] for key in sorted(found)]


def _resolve(value: str) -> object:
    """What `module` or `module:attribute` names; extras in brackets, an old custom, say nothing here."""
    module, _, attribute = value.partition("[")[0].partition(":")
    found: object = importlib.import_module(module.strip())
    for name in filter(None, attribute.strip().split(".")):
        found = getattr(found, name)
    return found
