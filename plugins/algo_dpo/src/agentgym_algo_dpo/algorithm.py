"""Direct preference optimisation: from attempts and their rewards to a policy."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from agentgym_algo_dpo.config import DpoConfig
from agentgym_algo_dpo.objective import Preference
from agentgym_algo_dpo.pairs import pairs
from agentgym_core.algorithm import Context
from agentgym_core.terminal import say
from agentgym_core.types import Trajectory, WeightedTrajectory
from agentgym_learning.batches import Example
from agentgym_learning.learner import Learner, Lesson, Material
from agentgym_tokens import TrainingRow


class Dpo(Learner):
    """A learner: makes the better of two attempts at a task likelier than the worse one, all turns of both (arXiv 2305.18290).

    A trajectory's reward is the run's reward of it. Attempts may be anybody's: what a policy sampled is learned as sampled, what an
    expert said as the policy would have said it. The reference is the policy as it is before learning.
    """

    name = "dpo"
    config: DpoConfig

    def lesson(self, context: Context, material: Material) -> Lesson:
        """One example a pair."""
        config = self.config
        items = {item.trajectory.id: item.trajectory for item in material.data}
        scores = context.reward(list(items.values()))
        rated = [(item, score.value) for item, score in zip(items.values(), scores, strict=True) if score is not None]
        chosen = pairs(rated, gap=config.gap, most=config.pairs_per_task)
        made: dict[str, tuple[TrainingRow, ...]] = {}
        for trajectory in _each(chosen):
            made[trajectory.id] = tuple(
                row for example in material.examples([WeightedTrajectory(trajectory)]) for row in example.rows
            )
        whole = [pair for pair in chosen if all(made[each.id] for each in pair)]
        flat = [row for trajectory in _each(whole) for row in made[trajectory.id]]
        reference = {id(row): values for row, values in zip(flat, material.reader.logprobs(flat), strict=True)}
        examples = []
        for number, (better, worse) in enumerate(whole):
            rows = [(row, 1.0) for row in made[better.id]] + [(row, -1.0) for row in made[worse.id]]
            columns = tuple(
                {
                    "sign": [sign] * len(row.ids),
                    "pair": [float(number)] * len(row.ids),
                    "reference": list(reference[id(row)]),
                }
                for row, sign in rows
            )
            examples.append(Example(tuple(row for row, _ in rows), columns))
        if not examples:
            say(
                f"dpo: WARNING: nothing is learned: no two attempts at one task are {config.gap} of reward apart; take more samples, or "
                "lower `gap`",
                file=sys.stderr,
                flush=True,
            )
        metrics = {"pairs": len(examples), "pairs_without_rows": len(chosen) - len(whole), "attempts": len(rated)}
        return Lesson(examples, Preference(config.beta, config.likelihood), metrics, may_be_empty=True)


def _each(chosen: Iterable[tuple[Trajectory, Trajectory]]) -> list[Trajectory]:
    return [trajectory for pair in chosen for trajectory in pair]
