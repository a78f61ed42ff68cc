"""The split guard: evaluation tasks must not enter training data, even under another name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import AgentGymError, SplitLeak
from agentgym_core.types import Trajectory, WeightedTrajectory


@frozen
class GuardReport:
    """What the guard saw: `leaks` were recognised as evaluation tasks, `unknown` could not be judged."""

    mode: str
    checked: int
    leaks: int
    dropped: int
    unknown: int
    examples: tuple[str, ...] = ()


class SplitGuard:
    """Recognises evaluation tasks by split, by id and by the fingerprint of their content.

    :param sources: the environments, in every configuration at hand, of a canonical id; raises where it is not installed.
    :param mode: `refuse`, `drop` or `allow`.
    """

    def __init__(self, sources: Callable[[str], Sequence[EnvironmentSource]], mode: str = "refuse") -> None:
        self._sources = sources
        self.mode = mode
        # By environment: its evaluation splits, task ids and fingerprints, or None if it is not installed. Kept for the whole run.
        self._held: dict[str, tuple[frozenset[str], frozenset[str], frozenset[str]] | None] = {}

    def filter(self, data: Sequence[WeightedTrajectory]) -> tuple[list[WeightedTrajectory], GuardReport]:
        """What may be learned from.

        :raises SplitLeak: in mode `refuse`, where evaluation tasks are among it.
        """
        leaking: list[WeightedTrajectory] = []
        kept: list[WeightedTrajectory] = []
        unknown = 0
        for item in data:
            verdict = self._leaks(item.trajectory)
            unknown += verdict is None
            (leaking if verdict else kept).append(item)
        examples = tuple(sorted({f"{item.trajectory.environment} {item.trajectory.key.task}" for item in leaking})[:3])
        if leaking and self.mode == "refuse":
            raise SplitLeak(
                f"{len(leaking)} of {len(data)} trajectories come from evaluation tasks, such as {', '.join(examples)}",
                hint="collect on a training split, or set guard to 'drop' (leave them out) or 'allow' (it is written down)",
            )
        if self.mode == "allow":
            kept = list(data)
        report = GuardReport(
            self.mode, len(data), len(leaking), len(leaking) if self.mode == "drop" else 0, unknown, examples
        )
        return kept, report

    def _leaks(self, trajectory: Trajectory) -> bool | None:
        environment = trajectory.key.environment
        if environment not in self._held:
            self._held[environment] = self._learn(environment)
        held = self._held[environment]
        if held is None:
            return None
        splits, ids, fingerprints = held
        return (
            trajectory.split in splits
            or trajectory.key.task in ids
            or (bool(trajectory.fingerprint) and trajectory.fingerprint in fingerprints)
        )

    def _learn(self, environment: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]] | None:
        try:
            sources = self._sources(environment)
        except AgentGymError:
            return None
        tasks = [
            task
            for source in sources
            for split in source.description.evaluation
            if split in source.splits
            for task in source.tasks(split)
        ]
        return (
            frozenset(split for source in sources for split in source.description.evaluation),
            frozenset(task.id for task in tasks),
            frozenset(task.fingerprint for task in tasks if task.fingerprint),
        )
