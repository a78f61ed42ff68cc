"""What the built-in placements have in common."""

from __future__ import annotations

import math
import threading
from collections.abc import Hashable
from contextlib import ExitStack
from typing import Any

from agentgym_core.environment import Description
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ComponentUnavailable, EpisodeStateError, InfrastructureFault, TaskNotFound
from agentgym_core.placement import TimeLimits

CALLER_ERRORS = (EpisodeStateError, TaskNotFound, ComponentUnavailable, InfrastructureFault)
"""Errors that pass through a placement as they are: those of the caller, and an environment's own word that something it needs is not
installed, or that what it shared with others (a JVM, a browser) was lost through no doing of this episode."""


def source_key(source: EnvironmentSource) -> Hashable:
    """What sources must share for an instance of one to serve the other."""
    return (source.cls, source.config_digest)


def closed_session() -> EpisodeStateError:
    """The error of a call of a session that is closed."""
    return EpisodeStateError("this session is closed", hint="open another one")


def seconds_for(limits: TimeLimits | None, description: Description) -> tuple[float | None, float | None]:
    """The limits for reset and for step; None where there is none."""
    given = limits or TimeLimits()
    reset = description.reset_seconds if given.reset is None else given.reset
    step = description.step_seconds if given.step is None else given.step
    return reset if 0 < reset < math.inf else None, step if 0 < step < math.inf else None


class Engines:
    """What the instances of this host share, opened once for each source. `opener` is the thread that opened the last one."""

    def __init__(self) -> None:
        self.opener: int | None = None
        self._lock = threading.Lock()
        self._open: dict[Hashable, Any] = {}
        self._stack = ExitStack()

    def get(self, source: EnvironmentSource) -> Any:
        """The engine of a source; opens it on first use."""
        with self._lock:
            # The lock is held while the engine opens: a second thread must wait for it, not open another one.
            key = source_key(source)
            if key not in self._open:
                self._open[key] = self._stack.enter_context(source.cls.engine(source.config))
                self.opener = threading.get_ident()
            return self._open[key]

    def close(self) -> None:
        """Close them all, the last one first."""
        with self._lock:
            self._open.clear()
            self._stack.close()
