"""From explored trajectories to weighted ones: the exploration step's second half (paper, section 4.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

from agentgym_algo_agentevol.config import AgentEvolConfig
from agentgym_algo_agentevol.rates import PassRates, Unit
from agentgym_core.types import Outcome, Score, Trajectory, WeightedTrajectory

_OWN_LIMITS = ("rounds", "environment")
"""Where an episode that was cut is the agent's failure. A budget or a full context cut it for reasons of their own."""


def weigh(
    trajectories: Sequence[Trajectory],
    scores: Sequence[Score | None],
    config: AgentEvolConfig,
    rates: PassRates | None = None,
) -> list[WeightedTrajectory]:
    """Weighted trajectories; those that were not scored (faults) are left out, never counted as 0.

    Failures have negative weights, where the configuration uses them at all: a learner pushes their probability away.

    :param rates: how often tasks were solved so far, these trajectories among it; only `hardness` asks.
    """
    judged = [(t, score.value) for t, score in zip(trajectories, scores, strict=True) if score is not None]
    if config.select == "scored":
        return [WeightedTrajectory(trajectory, config.evolution_weight) for trajectory, _ in judged]
    won: dict[Unit, list[Trajectory]] = {}
    for trajectory, value in judged:
        if succeeds(trajectory, value, config):
            won.setdefault(trajectory.key.unit, []).append(trajectory)
    played: Counter[Unit] = Counter(trajectory.key.unit for trajectory, _ in judged)
    kept: list[tuple[WeightedTrajectory, float]] = []
    for trajectory, value in judged:
        unit = trajectory.key.unit
        if succeeds(trajectory, value, config):
            if config.drop_solved and len(won[unit]) == played[unit] > 1:
                continue
            weight = config.evolution_weight * (value if config.weighing == "real" else 1.0)
            if config.hardness and rates is not None:
                weight *= (1 - rates.rate(unit)) ** config.hardness
            kept.append((WeightedTrajectory(trajectory, weight), value))
        elif config.failures != "off" and _failed(trajectory):
            turns = None
            if config.failures == "contrast":
                turns = diverging(trajectory, won.get(unit, ()))
                if turns is None:
                    continue
            kept.append((WeightedTrajectory(trajectory, -config.failure_weight, turns), value))
    if config.deduplicate != "none":
        kept = _first(kept, lambda item: _sameness(item, config.deduplicate), 1, by_reward=False)
    if config.select == "best" or config.max_per_task is not None:
        most = 1 if config.select == "best" else config.max_per_task or 1
        kept = _first(kept, _success, most, by_reward=config.select == "best")
    return [item for item, _ in kept]


def succeeds(trajectory: Trajectory, value: float, config: AgentEvolConfig) -> bool:
    """Whether a reward is a success, by the threshold of its environment."""
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


def _sameness(item: WeightedTrajectory, how: str) -> tuple[object, ...]:
    """What equal action sequences of a task (`actions`), or all trajectories of a task (`task`), have in common.

    Failures are only ever compared with failures.
    """
    trajectory = item.trajectory
    return (*trajectory.key.unit, item.weight > 0, *(trajectory.actions if how == "actions" else ()))


def _success(item: WeightedTrajectory) -> tuple[object, ...] | None:
    """The task of a success; None for a failure, of which any number may be kept."""
    return item.trajectory.key.unit if item.weight > 0 else None


def _first(
    kept: Sequence[tuple[WeightedTrajectory, float]],
    key: Callable[[WeightedTrajectory], tuple[object, ...] | None],
    most: int,
    *,
    by_reward: bool,
) -> list[tuple[WeightedTrajectory, float]]:
    """So many of each key: the highest rewards first where asked, then the shortest, then by id, whatever order they come in."""

    def rank(number: int) -> tuple[float, int, str, int]:
        item, value = kept[number]
        return -value if by_reward else 0.0, len(item.trajectory.turns), item.trajectory.id, number

    counts: Counter[tuple[object, ...]] = Counter()
    chosen: set[int] = set()
    for number in sorted(range(len(kept)), key=rank):
        group = key(kept[number][0])
        if group is None or counts[group] < most:
            chosen.add(number)
        if group is not None:
            counts[group] += 1
    return [pair for number, pair in enumerate(kept) if number in chosen]


def by_environment(
    explored: Sequence[Trajectory],
    scores: Sequence[Score | None],
    selected: Sequence[WeightedTrajectory],
    config: AgentEvolConfig,
) -> dict[str, dict[str, int]]:
    """For each environment: scored episodes and successes, tasks and those with a success (pass@K), successes that are learned from."""
    found: dict[str, dict[str, int]] = {}
    tasks: dict[str, dict[Unit, bool]] = {}
    for trajectory, score in zip(explored, scores, strict=True):
        name = trajectory.environment
        row = found.setdefault(name, {"scored": 0, "successes": 0, "tasks": 0, "tasks_solved": 0, "selected": 0})
        if score is None:
            continue
        solved = succeeds(trajectory, score.value, config)
        row["scored"] += 1
        row["successes"] += solved
        own = tasks.setdefault(name, {})
        own[trajectory.key.unit] = own.get(trajectory.key.unit, False) or solved
    for name, own in tasks.items():
        found[name] |= {"tasks": len(own), "tasks_solved": sum(own.values())}
    for item in selected:
        found[item.trajectory.environment]["selected"] += item.weight > 0
    return dict(sorted(found.items()))
