"""Group-relative policy optimisation: from episodes and their rewards to a policy, once or again and again."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence

from attrs import evolve

from agentgym_algo_grpo.advantages import advantages
from agentgym_algo_grpo.config import GrpoConfig
from agentgym_algo_grpo.loop import explore_and_learn
from agentgym_algo_grpo.objective import ClippedPolicy
from agentgym_core.algorithm import AlgorithmResult, Context
from agentgym_core.errors import ConfigError
from agentgym_core.terminal import say
from agentgym_core.types import Trajectory, WeightedTrajectory
from agentgym_learning.batches import Example
from agentgym_learning.learner import Learner, Lesson, Material
from agentgym_learning.reading import reference_logprobs
from agentgym_tokens import TrainingRow

_OTHER_WEIGHTS = 0.5
"""Nats a token. Precision and kernels move a log-probability by hundredths; other weights by more than this."""


class Grpo(Learner):
    """A learner: makes sampled tokens likelier where their episode was better than its group, with a clipped ratio (arXiv 2402.03300).

    A trajectory's reward is the run's reward of it; its weight multiplies that of its tokens. Tokens are the very ones that were sampled,
    with the log-probabilities that they had: at temperature 1, which exploring has to use.
    """

    name = "grpo"
    config: GrpoConfig

    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        """Learn from the given trajectories, or explore and learn where tasks are named.

        :raises ConfigError: the trajectories have no sampled log-probabilities, or as `Learner.run` says.
        """
        if self.config.explore and not data:
            return explore_and_learn(self.config, self.name, context, self.start())
        result = super().run(context, data)
        losses: Sequence[Mapping[str, float]] = result.metrics.get("losses", ())
        if losses and losses[0].get("moved", 0.0) > _OTHER_WEIGHTS:
            _tell(
                f"WARNING: sampled tokens are {losses[0]['moved']:.2f} nats apart from the weights that learning began with: they were "
                "sampled by other weights, with another template or at another temperature than 1"
            )
        return result

    def accumulate(self, batches: int) -> int:
        """As many forward passes a step as make `minibatches` steps a pass."""
        return math.ceil(batches / self.config.minibatches)

    def lesson(self, context: Context, material: Material) -> Lesson:
        """The sampled tokens of every episode whose group teaches something."""
        known = [item for item in material.data if _has_logprobs(item.trajectory)]
        scores = context.reward([item.trajectory for item in known])
        groups: dict[tuple[str, str, str], list[tuple[WeightedTrajectory, float]]] = {}
        for item, score in zip(known, scores, strict=True):
            if score is not None:
                groups.setdefault(item.trajectory.key.unit, []).append((item, score.value))
        if not groups:
            raise ConfigError(
                f"grpo: none of {len(material.data)} trajectories has sampled tokens with their log-probabilities and a reward",
                hint="collect with a policy that keeps them (transformers, vllm); what experts or people played is for bc or dpo",
            )
        scaled = self.config.scale == "group"
        advantage = {
            item.trajectory.id: value
            for members in groups.values()
            for (item, _), value in zip(
                members, advantages([reward for _, reward in members], scaled=scaled), strict=True
            )
        }
        played = [item for members in groups.values() for item, _ in members]
        rewards = [reward for members in groups.values() for _, reward in members]
        # Without a pull towards the reference, an episode of no advantage moves nothing: it only counts in the denominator.
        taught = [item for item in played if self.config.kl or advantage[item.trajectory.id]]
        weight = {item.trajectory.id: self._weight(item) for item in played}
        whole, part = (sum(_tokens(i.trajectory) * weight[i.trajectory.id] for i in some) for some in (played, taught))
        share = part / whole if whole else 0.0
        examples = material.examples([evolve(item, weight=weight[item.trajectory.id]) for item in taught])
        rows = [row for each in examples for row in each.rows]
        trajectories = {item.trajectory.id: item.trajectory for item in taught}
        reference = (
            reference_logprobs(self.config, material.reader, rows, self.config.reference) if self.config.kl else None
        )
        made = []
        for number, row in enumerate(rows):
            size = len(row.ids)
            columns = {
                "advantage": [advantage[row.trajectory] * share] * size,
                "sampled": sampled_logprobs(row, trajectories[row.trajectory]),
                "sequence": [float(number)] * size,
            }
            if reference is not None:
                columns["reference"] = list(reference[number])
            made.append(Example((row,), (columns,)))
        metrics = {
            "episodes": len(played),
            "reward": sum(rewards) / len(rewards),
            "groups": len(groups),
            "groups_that_teach": sum(
                any(advantage[i.trajectory.id] for i, _ in members) for members in groups.values()
            ),
            "without_logprobs": len(material.data) - len(known),
        }
        if not made:
            _tell(
                f"WARNING: nothing is learned: each of the {len(groups)} groups has equal rewards; take more samples or other tasks"
            )
        config = self.config
        high = config.clip_ratio if config.clip_ratio_high is None else config.clip_ratio_high
        return Lesson(made, ClippedPolicy(config.clip_ratio, high, config.kl, config.ratio), metrics, may_be_empty=True)

    def _weight(self, item: WeightedTrajectory) -> float:
        """Of each token of an episode."""
        if self.config.average == "token":
            return abs(item.weight)
        return abs(item.weight) / max(1, _tokens(item.trajectory))


def sampled_logprobs(row: TrainingRow, trajectory: Trajectory) -> list[float]:
    """For each token of a row the log-probability that it was sampled with; 0 where it was not sampled."""
    found = [0.0] * len(row.ids)
    for span in row.spans:
        tokens = None if span.turn is None else trajectory.turns[span.turn].tokens
        if tokens is not None:
            found[span.start : span.stop] = tokens.logprobs
    return found


def _tokens(trajectory: Trajectory) -> int:
    return sum(len(turn.tokens.sampled) for turn in trajectory.turns if turn.tokens is not None)


def _has_logprobs(trajectory: Trajectory) -> bool:
    return bool(trajectory.turns) and all(
        turn.tokens is not None and len(turn.tokens.logprobs) == len(turn.tokens.sampled) for turn in trajectory.turns
    )


def _tell(line: str) -> None:
    say(f"grpo: {line}", file=sys.stderr, flush=True)
