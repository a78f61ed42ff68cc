"""Observers that settings choose: made before anything is played, and there as long as it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count

from agentgym_core.plugins import plugins
from agentgym_core.registry import make
from agentgym_core.settings import ComponentChoice

POINT = "observer."
_numbers = count(1)


@contextmanager
def observing(choices: Sequence[ComponentChoice]) -> Iterator[None]:
    """Make the chosen observers and let them observe as long as the block runs.

    :raises UnknownComponent, ComponentUnavailable, ConfigError: one cannot be made.
    """
    with ExitStack() as stack:
        for number, choice in enumerate(choices):
            observer = make("extension", POINT + choice.id, choice.config, where=f"observers.{number}.config")
            # Two rollouts of one process may choose the same one.
            stack.enter_context(plugins().observed(observer, f"{POINT}{choice.id} {next(_numbers)}"))
        yield
