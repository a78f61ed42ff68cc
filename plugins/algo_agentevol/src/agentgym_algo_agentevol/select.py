"""From explored trajectories to weighted ones: the exploration step's second half (paper, section 4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agentgym_algo_agentevol.config import AgentEvolConfig
from agentgym_core.types import Outcome, Score, Trajectory, Weighted


def weigh(
    trajectories: Sequence[Trajectory], scores: Sequence[Score | None], config: AgentEvolConfig
) -> list[Weighted]:
    """Weighted trajectories; those that were not scored (faults) are left out, never counted as 0."""
    kept = []
    for trajectory, score in zip(trajectories, scores, strict=True):
        if score is None:
            continue
        threshold = config.thresholds.get(trajectory.environment, config.threshold)
        if score.value > 0 and (config.weighing == "real" or score.value >= threshold):
            weight = score.value if config.weighing == "real" else 1.0
            kept.append(Weighted(trajectory, config.evolution_weight * weight))
        elif config.failures == "unlikelihood" and trajectory.outcome is Outcome.FAILED:
            kept.append(Weighted(trajectory, -config.failure_weight))
    return deduplicate(kept, config.deduplicate)


def deduplicate(data: Iterable[Weighted], how: str) -> list[Weighted]:
    """Keep the first of equal action sequences of a task (`actions`), or the shortest trajectory of a task (`task`).

    Failures are only ever compared with failures.
    """
    data = list(data)
    if how == "none":
        return data
    best: dict[tuple[object, ...], tuple[int, Weighted]] = {}
    for number, item in enumerate(data):
        trajectory = item.trajectory
        key: tuple[object, ...] = (trajectory.key.environment, trajectory.key.task, item.weight > 0)
        if how == "actions":
            key += trajectory.actions
        held = best.get(key)
        if held is None or len(trajectory.turns) < len(held[1].trajectory.turns):
            best[key] = (number, item)
    return [item for _, item in sorted(best.values(), key=lambda pair: pair[0])]
