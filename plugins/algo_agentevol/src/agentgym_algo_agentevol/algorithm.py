"""The loop: BC on the initial data, then explore, weigh, merge, learn (paper, algorithm 1)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from agentgym_algo_agentevol import lineage
from agentgym_algo_agentevol.config import AgentEvolConfig
from agentgym_algo_agentevol.lineage import Sourced
from agentgym_algo_agentevol.select import weigh
from agentgym_core.algorithm import Algorithm, AlgorithmResult, Context
from agentgym_core.errors import ConfigError
from agentgym_core.settings import ComponentChoice, Sampling
from agentgym_core.terminal import say
from agentgym_core.types import Trajectory, WeightedTrajectory

BC = lineage.step_of(0)


class AgentEvol(Algorithm):
    """Evolves a policy over any learner. Every step is a stage of the context, so a stopped run goes on where it was."""

    config: AgentEvolConfig

    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        """Evolve.

        :param data: the initial trajectories; where it is empty the expert plays the tasks under `initial`. With `cloned` and nothing
            merged there need be none.
        :raises ConfigError: there is nothing to start from, an iteration is left with nothing to learn from, or the learner gave no
            policy to explore with.
        """
        total = self.config.iterations
        context.progress(0, total, "iterations")
        initial = [Sourced(item, lineage.GIVEN) for item in data]
        # A policy that is there already, and learns from what it explores alone, needs no demonstrations.
        if not initial and (self.config.initial or self.config.cloned is None or self.config.merge != "none"):
            initial = self._demonstrations(context)
        result = self._clone(context, initial)
        policy, made_in = _policy(result, self.config.learner), BC
        history: list[dict[str, Any]] = []
        measured = self._measure(context, 0, policy, {"initial": len(initial), "learner": dict(result.metrics)})
        previous = initial
        for number in range(1, total + 1):
            explored = self._explore(context, number, policy)
            selected = weigh(explored, context.reward(explored), self.config)
            fresh = [Sourced(item, f"explore-{number}", number, made_in) for item in selected]
            merged = self._merged(initial, previous, fresh)
            successes = sum(item.weight > 0 for item in selected)
            self._check(number, len(explored), successes, merged)
            made_in = lineage.step_of(number)
            result = self._learn(context, made_in, self._settings(policy), merged)
            policy = _policy(result, self.config.learner)
            previous = merged
            row = {
                "explored": len(explored),
                "scored": sum(item.outcome.scored for item in explored),
                "selected": successes,
                "failures_used": len(selected) - successes,
                "nothing_selected": not successes,
                "learned_from": len(merged),
                "learner": dict(result.metrics),
            }
            history.append(measured())
            measured = self._measure(context, number, policy, row)
        history.append(measured())
        empty = sum(bool(row.get("nothing_selected")) for row in history)
        return AlgorithmResult(
            {"iterations": history, "iterations_without_selection": empty}, policy, result.checkpoint
        )

    def _clone(self, context: Context, initial: Sequence[Sourced]) -> AlgorithmResult:
        cloned = self.config.cloned
        if cloned is None:
            return self._learn(context, BC, self.config.learner_config, initial)
        lineage.keep(context.folder, BC, initial)
        choice = ComponentChoice(cloned.id, cloned.config)
        return AlgorithmResult({}, choice, str(cloned.config.get(self.config.start_key, "")))

    def _demonstrations(self, context: Context) -> list[Sourced]:
        if not self.config.initial:
            raise ConfigError(
                "agentevol has no initial trajectories",
                hint="hand some over (`source` of the stage), or name tasks for the expert to play: initial = '...'",
            )
        played = context.rollout("initial", ComponentChoice(self.config.expert), context.tasks(self.config.initial))
        shown = weigh(played, context.reward(played), AgentEvolConfig(thresholds=self.config.thresholds))
        if not shown:
            raise ConfigError(
                f"none of the {len(played)} episodes that {self.config.expert!r} played of {self.config.initial!r} is a success",
                hint="see what it played with: agentgym view FOLDER; or name another expert, or thresholds of environments",
            )
        return [Sourced(item, "initial") for item in shown]

    def _explore(self, context: Context, number: int, policy: ComponentChoice) -> Sequence[Trajectory]:
        return context.rollout(
            f"explore-{number}",
            ComponentChoice(policy.id, {**policy.config, **self.config.explore_with}),
            context.tasks(self.config.explore),
            samples=self.config.samples,
            sampling=Sampling(temperature=self.config.temperature, max_tokens=self.config.max_tokens),
        )

    def _merged(self, initial: list[Sourced], previous: list[Sourced], fresh: list[Sourced]) -> list[Sourced]:
        bases: dict[str, list[Sourced]] = {"initial": initial, "previous": previous, "none": []}
        return [*bases[self.config.merge], *fresh]

    def _check(self, number: int, explored: int, successes: int, merged: Sequence[Sourced]) -> None:
        if not any(source.item.weight > 0 for source in merged):
            left = f"only {len(merged)} failures are left" if merged else "nothing is merged"
            raise ConfigError(
                f"iteration {number}: nothing was selected out of {explored} explored episodes, and {left}",
                hint="lower the threshold, take more samples, or merge with the initial data",
            )
        if not successes:
            _tell(
                f"WARNING: iteration {number}: nothing was selected out of {explored} explored episodes; what follows is learned "
                f"from {len(merged)} merged trajectories alone: lower the threshold, take more samples, or explore easier tasks"
            )

    def _learn(
        self, context: Context, step: str, settings: Mapping[str, Any], data: Sequence[Sourced]
    ) -> AlgorithmResult:
        lineage.keep(context.folder, step, data)
        return context.run(step, self.config.learner, settings, [source.item for source in data])

    def _settings(self, policy: ComponentChoice) -> dict[str, Any]:
        settings = {**self.config.learner_config, **self.config.learner_config_evolution}
        if self.config.start == "continue":
            key = self.config.start_key
            if key not in policy.config:
                raise ConfigError(
                    f"start = 'continue': the policy that {self.config.learner!r} returned has no setting {key!r} to go on from",
                    hint="name another one with start_key, or restart",
                )
            # The model of an adapter is where cloning began: to go on is to take the adapter too.
            settings |= {name: policy.config[name] for name in (key, "adapter") if policy.config.get(name)}
        return settings

    def _measure(
        self, context: Context, number: int, policy: ComponentChoice, metrics: dict[str, Any]
    ) -> Callable[[], dict[str, Any]]:
        """Judge an iteration, or begin to; what is returned waits for the iteration's metrics."""
        judged: Callable[[], Mapping[str, Any]] | None = None
        if self.config.evaluate:
            choice = ComponentChoice(policy.id, {**policy.config, **self.config.evaluate_with})
            what = (f"evaluate-{number}", choice, context.tasks(self.config.evaluate))
            judged = context.begin_evaluation(*what) if self.config.overlap else partial(context.evaluate, *what)

        def finish() -> dict[str, Any]:
            row = {"iteration": number, **metrics}
            if judged is not None:
                row["evaluation"] = judged()
            context.iteration_finished(number, row)
            context.progress(number, self.config.iterations, "iterations", _successes(row.get("evaluation", {})))
            return row

        if self.config.overlap:
            return finish
        row = finish()
        return lambda: row


def _successes(report: Mapping[str, Any]) -> dict[str, float]:
    values = [overall["macro_success"]["value"] for overall in report.get("overall", ())]
    return {"held-out success": values[0]} if len(values) == 1 and values[0] is not None else {}


def _policy(result: AlgorithmResult, learner: str) -> ComponentChoice:
    if result.policy is None:
        raise ConfigError(
            f"the learner {learner!r} returned no policy to explore with",
            hint="choose a learner: agentgym list algorithms",
        )
    return result.policy


def _tell(line: str) -> None:
    say(f"agentevol: {line}", file=sys.stderr, flush=True)
