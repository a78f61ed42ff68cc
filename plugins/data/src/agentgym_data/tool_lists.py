"""The tools that an episode was played with, as OpenAI's files list them: a trajectory has its calls, its environment the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agentgym_core.actions import Grammar
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import AgentGymError
from agentgym_core.types import Trajectory

CALLING = "function_calling"


class ToolLists:
    """Gives the tools of episodes, asking each environment once. `missing` counts the episodes whose environment is not installed."""

    def __init__(self) -> None:
        self.missing = 0
        self._known: dict[tuple[str, str], Sequence[dict[str, Any]]] = {}

    def __call__(self, trajectory: Trajectory) -> Sequence[dict[str, Any]]:
        """The tools of an episode; none where it called none natively, or where its environment is not here as it was played."""
        if trajectory.key.action_format != CALLING:
            return ()
        if kept := trajectory.info.get("tools"):
            return list(kept)
        place = (trajectory.environment, trajectory.key.configuration)
        if place not in self._known:
            self._known[place] = _tools(*place)
        self.missing += not self._known[place]
        return self._known[place]


def _tools(environment: str, configuration: str) -> Sequence[dict[str, Any]]:
    try:
        source = resolve_environment(environment)
        if source.config_digest != configuration:
            return ()
        return Grammar(source.description.actions, CALLING).tools
    except AgentGymError:
        return ()
