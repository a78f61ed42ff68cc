"""Remembers what was answered to what."""

from __future__ import annotations

import json
from collections.abc import Sequence

from agentgym_core import Algorithm, AlgorithmResult, ComponentChoice, ComponentConfig, Context, WeightedTrajectory


class MemoriseConfig(ComponentConfig):
    """Trajectories under `minimum_weight` are not learned from."""

    minimum_weight: float = 0.0


class Memorise(Algorithm):
    """Learns a table from the trajectories."""

    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        """Write the table and name the policy that reads it."""
        table: dict[str, str] = {}
        for item in sorted(data, key=lambda item: item.weight):
            if item.weight < self.config.minimum_weight:
                continue
            seen = item.trajectory.opening
            for turn in item.trajectory.turns:
                if turn.action is not None:
                    table[seen] = turn.action
                seen = turn.observation
        path = context.folder / "table.json"
        path.write_text(json.dumps(table, indent=2, sort_keys=True))
        choice = ComponentChoice("example-lookup", {"table": str(path)})
        return AlgorithmResult({"known": len(table)}, choice, str(path))
