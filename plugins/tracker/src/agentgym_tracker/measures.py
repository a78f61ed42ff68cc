"""What is measured of the episodes of one environment, and of an iteration."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from agentgym_core.types import Outcome, Trajectory, Usage

DENSE = 200
"""So many episodes have a point each; after that there is one for every half percent more."""


class EnvironmentMeasures:
    """Figures over the episodes of one environment so far."""

    def __init__(self) -> None:
        self.episodes = 0
        self._outcomes: Counter[Outcome] = Counter()
        self._sums = {"score": 0.0, "turns": 0.0, "seconds": 0.0}
        self._scored = 0
        self._usage = Usage()

    def add(self, trajectory: Trajectory) -> None:
        """Count an episode."""
        self.episodes += 1
        self._outcomes[trajectory.outcome] += 1
        self._sums["turns"] += len(trajectory.turns)
        self._sums["seconds"] += trajectory.seconds
        self._usage += trajectory.usage
        if trajectory.score is not None:
            self._scored += 1
            self._sums["score"] += trajectory.score

    @property
    def due(self) -> bool:
        """Whether this many episodes are worth a point: a run of a hundred thousand has some fifteen hundred."""
        return self.episodes % max(1, self.episodes // DENSE) == 0

    def figures(self) -> Mapping[str, float]:
        """Means over what has a score, counts over all: a fault is counted as one, and is no score of 0."""
        judged = sum(count for outcome, count in self._outcomes.items() if outcome.scored)
        found = {
            "episodes": self.episodes,
            "turns": self._sums["turns"] / self.episodes,
            "seconds": self._sums["seconds"] / self.episodes,
            "faults": sum(self._outcomes[each] for each in Outcome if each.value.endswith("_fault")),
            "tokens/prompt": self._usage.prompt_tokens,
            "tokens/completion": self._usage.completion_tokens,
            "cost": self._usage.cost,
            **{f"outcomes/{outcome.value}": count for outcome, count in self._outcomes.items()},
        }
        if self._scored:
            found["score"] = self._sums["score"] / self._scored
        if judged:
            found["success_rate"] = self._outcomes[Outcome.SOLVED] / judged
        return found


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of nested figures by their paths. Lists are passed over; of a report come its scores, with their intervals."""
    if isinstance(value, Mapping):
        if str(value.get("schema", "")).startswith("agentgym.report/"):
            yield from _of_report(value, path)
            return
        for key, item in value.items():
            yield from numbers(item, f"{path}/{key}".lstrip("/"))
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        yield path, float(value)


def _of_report(report: Mapping[str, Any], path: str) -> Iterator[tuple[str, float]]:
    rows = [(group["environment"], group["metrics"], "") for group in report.get("groups", ())]
    # Over several suites there is no one figure.
    if len(report.get("overall", ())) == 1:
        rows.append(("overall", report["overall"][0], "macro_"))
    for name, row, prefix in rows:
        for ours, theirs in (("score", "reward"), ("success_rate", "success")):
            estimate = row[f"{prefix}{theirs}"]
            for part, end in (("value", ""), ("low", "_low"), ("high", "_high")):
                yield from numbers(estimate[part], f"{path}/{name}/{ours}{end}".lstrip("/"))
