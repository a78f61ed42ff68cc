"""The tasks on our own sites, from their data: each template gives as many as are asked for, every one with its checks and its plan."""

from __future__ import annotations

from collections.abc import Mapping

from agentgym_env_webarena.objective import Objective
from agentgym_env_webarena.objectives import admin, code, forum, maps, several, shop, wiki
from agentgym_env_webarena.objectives.drawing import INSTANCES, REGISTERED, Draw, Template

__all__ = ["INSTANCES", "TEMPLATES", "objective"]

TEMPLATES: Mapping[str, Template] = {
    name: drawn
    for module in (shop, admin, forum, code, maps, wiki, several)
    for name, drawn in REGISTERED.items()
    if drawn.__module__ == module.__name__
}
"""By name, in the order of the tasks."""


def objective(name: str, number: int) -> Objective:
    """The task of a template and a number."""
    return TEMPLATES[name](Draw(name, number))
