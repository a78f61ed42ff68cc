"""Answers what it has seen before."""

from __future__ import annotations

import json
from pathlib import Path

from agentgym_core import ComponentConfig, ExpertAction, Policy, Reply, Request


class LookupConfig(ComponentConfig):
    """`table` is a JSON file of observations with the actions to take; without one the policy knows nothing."""

    table: Path | None = None
    otherwise: str = "answer 0"


class LookupPolicy(Policy):
    """Looks the last observation up."""

    def __init__(self, config: LookupConfig) -> None:
        self.config = config
        self.table: dict[str, str] = {} if config.table is None else json.loads(config.table.read_text())

    async def act(self, request: Request) -> Reply:
        """What the table says, or the same answer always."""
        asked = request.messages[-1].content
        known = [action for question, action in self.table.items() if question in asked]
        return Reply(*request.renderer.render(ExpertAction("", known[0] if known else self.config.otherwise)))
