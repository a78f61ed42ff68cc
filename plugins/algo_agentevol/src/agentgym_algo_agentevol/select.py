"""From explored trajectories to weighted ones: the exploration step's second half (paper, section 4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from agentgym_algo_agentevol.config import AgentEvolConfig
from agentgym_core.types import Outcome, Score, Trajectory, WeightedTrajectory

_OWN_LIMITS = ("rounds", "environment")
"""Where an episode that was cut is the agent's failure. A budget or a full context cut it for reasons of their own."""


def weigh(
    trajectories: Sequence[Trajectory], scores: Sequence[Score | None], config: AgentEvolConfig
) -> list[WeightedTrajectory]:
    """Weighted trajectories; those that were not scored (faults) are left out, never counted as 0.

    Failures have negative weights, where the configuration uses them at all: a learner pushes their probability away.
    """
    judged = [(t, score.value) for t, score in zip(trajectories, scores, strict=True) if score is not None]
    if config.select == "scored":
        return [WeightedTrajectory(trajectory, config.evolution_weight) for trajectory, _ in judged]
    won: dict[tuple[str, str, str], list[Trajectory]] = {}
    for trajectory, value in judged:
        if _succeeds(trajectory, value, config):
            won.setdefault(trajectory.key.unit, []).append(trajectory)
    kept = []
    for trajectory, value in judged:
        if _succeeds(trajectory, value, config):
            kept.append(
                WeightedTrajectory(trajectory, config.evolution_weight * (value if config.weighing == "real" else 1.0))
            )
        elif config.failures != "off" and _failed(trajectory):
            turns = None
            if config.failures == "contrast":
                turns = diverging(trajectory, won.get(trajectory.key.unit, ()))
                if turns is None:
                    continue
            kept.append(WeightedTrajectory(trajectory, -config.failure_weight, turns))
    return deduplicate(kept, config.deduplicate)


def _succeeds(trajectory: Trajectory, value: float, config: AgentEvolConfig) -> bool:
    threshold = config.thresholds.get(trajectory.environment, config.threshold)
    return value > 0 and (config.weighing == "real" or value >= threshold)


def _failed(trajectory: Trajectory) -> bool:
    return trajectory.outcome is Outcome.FAILED or (
        trajectory.outcome is Outcome.TRUNCATED and trajectory.truncation in _OWN_LIMITS
    )


def diverging(failure: Trajectory, successes: Iterable[Trajectory]) -> tuple[float, ...] | None:
    """A weight for each turn of a failure: 0 while it still did what some success of its task did, 1 from the first other action on.

    None where there is no success, or where the failure never did anything else.
    """
    acted = [turn.action for turn in failure.turns]
    shared = -1
    for success in successes:
        pairs = zip(acted, (turn.action for turn in success.turns), strict=False)
        shared = max(shared, len(list(takewhile(lambda pair: pair[0] == pair[1], pairs))))
    if shared < 0 or shared == len(acted):
        return None
    return tuple(float(number >= shared) for number in range(len(acted)))


def deduplicate(data: Iterable[WeightedTrajectory], how: str) -> list[WeightedTrajectory]:
    """Keep the first of equal action sequences of a task (`actions`), or the shortest trajectory of a task (`task`).

    Failures are only ever compared with failures.
    """
    data = list(data)
    if how == "none":
        return data
    best: dict[tuple[object, ...], tuple[int, WeightedTrajectory]] = {}
    for number, item in enumerate(data):
        trajectory = item.trajectory
        key: tuple[object, ...] = (*trajectory.key.unit, item.weight > 0)
        if how == "actions":
            key += trajectory.actions
        held = best.get(key)
        if held is None or len(trajectory.turns) < len(held[1].trajectory.turns):
            best[key] = (number, item)
    return [item for _, item in sorted(best.values(), key=lambda pair: pair[0])]
