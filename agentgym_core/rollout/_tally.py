"""What became of the episodes of a rollout, counted as they end."""

from __future__ import annotations

from collections import Counter

from agentgym_core.errors import AgentGymError, EnvironmentFault, InfrastructureFault, PolicyFault
from agentgym_core.types import Fault, Outcome, Trajectory

_FAULTS = {
    Outcome.POLICY_FAULT: PolicyFault,
    Outcome.ENVIRONMENT_FAULT: EnvironmentFault,
    Outcome.INFRASTRUCTURE_FAULT: InfrastructureFault,
}


class OutcomeTally:
    """Outcomes, replies, the sum of scores, and the faults with the first of them."""

    def __init__(self) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self.scored = self.faults = self.rounds = 0
        self.score_sum = 0.0
        self._first: tuple[Outcome, Fault] | None = None

    @property
    def played(self) -> int:
        """How many episodes have ended."""
        return sum(self.outcomes.values())

    @property
    def mean_score(self) -> float | None:
        """The mean over the episodes that have a score; None where there is none."""
        return self.score_sum / self.scored if self.scored else None

    def add(self, trajectory: Trajectory) -> bool:
        """Count an episode; returns whether it ended in a fault."""
        self.outcomes[trajectory.outcome] += 1
        self.rounds += len(trajectory.turns)
        if trajectory.score is not None:
            self.score_sum += trajectory.score
            self.scored += 1
        if trajectory.outcome not in _FAULTS or trajectory.fault is None:
            return False
        self.faults += 1
        self._first = self._first or (trajectory.outcome, trajectory.fault)
        return True

    def too_many(self, allowed: float, folder: object) -> AgentGymError | None:
        """The error of a rollout with too many faults, of the kind of the first; None where there is none.

        :param allowed: the share of faults that the settings allow, for the message.
        :param folder: where the episodes are kept, or None.
        """
        if self._first is None:
            return None
        outcome, fault = self._first
        kept = f" in {folder}" if folder is not None else ""
        return _FAULTS[outcome](
            f"{self.faults} of {self.played} episodes ended in a fault, more than max_failed_fraction {allowed:g} allows; "
            f"the first: {fault.stage} of {fault.component}, turn {fault.turn}: {fault.type}: {fault.message}",
            hint=f"what was played is kept{kept}; mend the cause or raise max_failed_fraction, then resume with retry_faults",
        )
