"""Which placement serves an environment, made once for each choice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError
from agentgym_core.placement import Placement, TimeLimits
from agentgym_core.registry import make, spec
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import digest


def choose(source: EnvironmentSource, choice: ComponentChoice | None) -> ComponentChoice:
    """The placement for an environment: the user's choice, or the weakest that its spec and its description allow.

    :raises ConfigError: the choice is weaker than what the environment needs. :raises UnknownComponent: there is no such placement.
    """
    if choice is None:
        return source.home
    home = source.home
    weakest = home.id
    if spec("placement", choice.id).strength < spec("placement", weakest).strength:
        raise ConfigError(
            f"placement: environment {source.spec.id!r} needs at least {weakest!r}, not {choice.id!r}",
            hint=f"leave the placement out, or choose {weakest!r} or a stronger one",
        )
    # An address already says part of it: the Python, or the servers.
    return ComponentChoice(choice.id, {**home.config, **choice.config}) if choice.id == weakest else choice


def check_limits(choice: ComponentChoice, limits: TimeLimits) -> None:
    """Refuse limits that a placement cannot hold.

    :raises ConfigError: the placement runs environments in the caller's thread.
    """
    asked = [f"{name}_seconds" for name in ("reset", "step") if getattr(limits, name)]
    if asked and spec("placement", choice.id).strength == 0:
        raise ConfigError(
            f"{' and '.join(asked)}: the placement {choice.id!r} cannot hold a time limit",
            hint="choose the placement thread or process",
        )


def check_placements(sources: Iterable[EnvironmentSource], choice: ComponentChoice | None, limits: TimeLimits) -> None:
    """Raise now what playing these environments in this place would raise.

    :raises ConfigError, UnknownComponent: as `choose`, `check_limits` and the placement's configuration say.
    """
    for source in sources:
        chosen = choose(source, choice)
        check_limits(chosen, limits)
        make_placement(chosen.id, chosen.config)


class PlacementPool:
    """The placements of a rollout. An async context manager: closing it ends every thread and host."""

    def __init__(self, choice: ComponentChoice | None, limits: TimeLimits) -> None:
        self._choice = choice
        self._limits = limits
        self._made: dict[str, Placement] = {}

    def get(self, source: EnvironmentSource) -> Placement:
        """The placement of an environment."""
        choice = choose(source, self._choice)
        check_limits(choice, self._limits)
        # Placements with equal settings are one placement, so that environments share its limit on processes.
        key = digest([choice.id, dict(choice.config)])
        if key not in self._made:
            self._made[key] = make_placement(choice.id, choice.config)
        return self._made[key]

    async def __aenter__(self) -> PlacementPool:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await asyncio.gather(*(placement.close() for placement in self._made.values()), return_exceptions=True)


def make_placement(id: str, settings: Mapping[str, Any] | None = None) -> Placement:
    """A placement by id; errors start with `placement`."""
    placement: Placement = make("placement", id, settings, where="placement")
    return placement
