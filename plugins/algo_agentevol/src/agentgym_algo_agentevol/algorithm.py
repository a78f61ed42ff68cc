"""The loop: BC on the initial data, then explore, weigh, merge, learn (paper, algorithm 1)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from agentgym_algo_agentevol.config import AgentEvolConfig
from agentgym_algo_agentevol.select import weigh
from agentgym_core.algorithm import Algorithm, Context, PolicyChoice, Result
from agentgym_core.errors import ConfigError
from agentgym_core.policy import Sampling
from agentgym_core.types import Trajectory, Weighted


class AgentEvol(Algorithm):
    """Evolves a policy over any learner. Every step is a stage of the context, so a stopped run goes on where it was."""

    config: AgentEvolConfig

    def run(self, context: Context, data: Sequence[Weighted] = ()) -> Result:
        """Evolve.

        :param data: the initial trajectories; where it is empty the expert plays the tasks under `initial`.
        :raises ConfigError: there is nothing to start from, or the learner gave no policy to explore with.
        """
        initial = list(data) or self._demonstrations(context)
        result = context.run("bc", self.config.learner, self.config.learner_config, initial)
        policy = _policy(result, self.config.learner)
        history: list[dict[str, Any]] = [self._measure(context, 0, policy, {"initial": len(initial)})]
        previous = initial
        for number in range(1, self.config.iterations + 1):
            explored = self._explore(context, number, policy)
            selected = weigh(explored, context.reward(explored), self.config)
            merged = self._merged(initial, previous, selected)
            if not merged:
                raise ConfigError(
                    f"iteration {number}: nothing was selected out of {len(explored)} explored episodes, and nothing is merged",
                    hint="lower the threshold, take more samples, or merge with the initial data",
                )
            self._keep_lineage(context, number, merged, {id(item) for item in selected})
            result = context.run(f"learn-{number}", self.config.learner, self._settings(policy), merged)
            policy = _policy(result, self.config.learner)
            previous = merged
            successes = sum(item.weight > 0 for item in selected)
            history.append(
                self._measure(
                    context,
                    number,
                    policy,
                    {
                        "explored": len(explored),
                        "scored": sum(item.outcome.scored for item in explored),
                        "selected": successes,
                        "failures_used": len(selected) - successes,
                        "learned_from": len(merged),
                        "learner": dict(result.metrics),
                    },
                )
            )
        return Result({"iterations": history}, policy, result.checkpoint)

    def _demonstrations(self, context: Context) -> list[Weighted]:
        if not self.config.initial:
            raise ConfigError(
                "agentevol has no initial trajectories",
                hint="hand some over (`source` of the stage), or name tasks for the expert to play: initial = '...'",
            )
        played = context.rollout("initial", PolicyChoice(self.config.expert), context.tasks(self.config.initial))
        return weigh(played, context.reward(played), AgentEvolConfig(thresholds=self.config.thresholds))

    def _explore(self, context: Context, number: int, policy: PolicyChoice) -> Sequence[Trajectory]:
        return context.rollout(
            f"explore-{number}",
            policy,
            context.tasks(self.config.explore),
            samples=self.config.samples,
            sampling=Sampling(temperature=self.config.temperature, max_tokens=self.config.max_tokens),
        )

    def _merged(self, initial: list[Weighted], previous: list[Weighted], selected: list[Weighted]) -> list[Weighted]:
        bases: dict[str, list[Weighted]] = {"initial": initial, "previous": previous, "none": []}
        base = bases[self.config.merge]
        return [*base, *selected]

    def _settings(self, policy: PolicyChoice) -> dict[str, Any]:
        settings = {**self.config.learner_config, **self.config.learner_config_evolution}
        if self.config.start == "continue":
            key = self.config.start_key
            if key not in policy.config:
                raise ConfigError(
                    f"start = 'continue': the policy that {self.config.learner!r} returned has no setting {key!r} to go on from",
                    hint="name another one with start_key, or restart",
                )
            settings[key] = policy.config[key]
        return settings

    def _measure(self, context: Context, number: int, policy: PolicyChoice, metrics: dict[str, Any]) -> dict[str, Any]:
        metrics = {"iteration": number, **metrics}
        if self.config.evaluate:
            metrics["evaluation"] = context.evaluate(f"evaluate-{number}", policy, context.tasks(self.config.evaluate))
        context.iteration_finished(number, metrics)
        return metrics

    def _keep_lineage(self, context: Context, number: int, merged: list[Weighted], fresh: set[int]) -> None:
        """A line a trajectory: with the rows' spans, every trained token leads back to its rollout, policy and iteration."""
        folder = context.folder / "lineage"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [
            json.dumps(
                {
                    "trajectory": item.trajectory.id,
                    "environment": item.trajectory.key.environment,
                    "task": item.trajectory.key.task,
                    "policy": item.trajectory.key.policy,
                    "weights": item.trajectory.key.weights,
                    "weight": item.weight,
                    "from": f"explore-{number}" if id(item) in fresh else "merged",
                }
            )
            for item in merged
        ]
        (folder / f"learn-{number}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _policy(result: Result, learner: str) -> PolicyChoice:
    if result.policy is None:
        raise ConfigError(
            f"the learner {learner!r} returned no policy to explore with",
            hint="choose a learner: agentgym list algorithms",
        )
    return result.policy
