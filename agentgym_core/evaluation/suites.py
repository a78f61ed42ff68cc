"""What a suite of evaluation tasks is. A plugin announces one as the extension `suite.NAME`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import Factory, frozen

from agentgym_core.environments import EnvironmentSource
from agentgym_core.types import Task


@frozen
class Part:
    """One environment of a suite: its tasks in order, the name that its figures stand under, and the limit on rounds."""

    source: EnvironmentSource
    suite: str
    tasks: Sequence[Task]
    max_rounds: int
    note: str = ""


@frozen
class Suite:
    """What can be played of a suite. `missing` maps each environment that is not here to what gets it."""

    parts: tuple[Part, ...]
    missing: Mapping[str, str] = Factory(dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """Why parts are stand-ins, and other remarks for readers."""
        return tuple(f"{part.source.spec.id}: {part.note}" for part in self.parts if part.note)
