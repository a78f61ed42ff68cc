"""The loop: BC on the initial data, then explore, weigh, merge, learn (paper, algorithm 1)."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import frozen

from agentgym_algo_agentevol import lineage
from agentgym_algo_agentevol.balance import Sizes, balanced
from agentgym_algo_agentevol.config import AgentEvolConfig
from agentgym_algo_agentevol.exploring import plan
from agentgym_algo_agentevol.holding import Held, hold_out, success
from agentgym_algo_agentevol.lineage import Sourced
from agentgym_algo_agentevol.rates import PassRates
from agentgym_algo_agentevol.select import by_environment, succeeds, weigh
from agentgym_core.algorithm import Algorithm, AlgorithmResult, Context
from agentgym_core.errors import ConfigError
from agentgym_core.settings import ComponentChoice, Sampling
from agentgym_core.terminal import say
from agentgym_core.types import Trajectory, WeightedTrajectory
from agentgym_tokens import kept_rows

BC = lineage.step_of(0)


@frozen
class Best:
    """The iteration that did best on what is held out of the training tasks; where nothing is, the last one. `value` is in [0, 1]."""

    value: float | None
    number: int
    result: AlgorithmResult
    policy: ComponentChoice


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
        held = self._held(context, [source.item.trajectory for source in initial])
        sizes, rates = Sizes(), PassRates()
        result = self._clone(context, initial, sizes)
        policy, made_in = _policy(result, self.config.learner), BC
        best = Best(self._validate(context, 0, policy, held), 0, result, policy)
        history: list[dict[str, Any]] = []
        measured = self._measure(
            context, 0, policy, {"initial": len(initial), "learner": dict(result.metrics), **_held_out(best.value)}
        )
        previous = initial
        for number in range(1, total + 1):
            explored, stages = self._explore(context, number, policy, rates, held)
            scores = context.reward(explored)
            rates.observe(
                (trajectory.key.unit, succeeds(trajectory, score.value, self.config))
                for trajectory, score in zip(explored, scores, strict=True)
                if score is not None
            )
            selected = weigh(explored, scores, self.config, rates)
            fresh = [Sourced(item, stages[item.trajectory.id], number, made_in) for item in selected]
            merged = self._merged(initial, previous, fresh)
            successes = sum(item.weight > 0 for item in selected)
            self._check(number, len(explored), successes, merged)
            made_in = lineage.step_of(number)
            learned_from = balanced(merged, self.config, sizes.learned)
            settings = self._settings(policy) | self._steps(initial, learned_from, sizes)
            result = self._learn(context, made_in, settings, learned_from, sizes)
            policy = _policy(result, self.config.learner)
            previous = merged
            value = self._validate(context, number, policy, held)
            if value is None or best.value is None or value > best.value:
                best = Best(value, number, result, policy)
            row = {
                "explored": len(explored),
                "scored": sum(item.outcome.scored for item in explored),
                "selected": successes,
                "failures_used": len(selected) - successes,
                "nothing_selected": not successes,
                "learned_from": len(learned_from),
                "environments": by_environment(explored, scores, selected, self.config),
                "learner": dict(result.metrics),
                **_held_out(value),
            }
            history.append(measured())
            measured = self._measure(context, number, policy, row)
            if self.config.patience is not None and number - best.number >= self.config.patience:
                _tell(
                    f"stopped after iteration {number} of {total}: held-out training tasks were solved best after {best.number}"
                )
                break
        history.append(measured())
        empty = sum(bool(row.get("nothing_selected")) for row in history)
        metrics = {"iterations": history, "iterations_without_selection": empty}
        if held.tasks:
            metrics |= {"best_iteration": best.number, "stopped_early": len(history) <= total}
        return AlgorithmResult(metrics, best.policy, best.result.checkpoint)

    def _held(self, context: Context, initial: Sequence[Trajectory]) -> Held:
        if not self.config.hold_out:
            return Held()
        sets = context.tasks(self.config.explore)
        return hold_out(sets, self.config.hold_out, source=context.source, seed=context.seed, learned=initial)

    def _validate(self, context: Context, number: int, policy: ComponentChoice, held: Held) -> float | None:
        if not held.tasks:
            return None
        return success(context.evaluate(f"validate-{number}", policy, held.tasks))

    def _steps(self, initial: Sequence[Sourced], data: Sequence[Sourced], sizes: Sizes) -> dict[str, Any]:
        """The learner's steps, so that it sees what it learns from as often as cloning saw the initial data."""
        if not self.config.match_steps:
            return {}
        key = self.config.steps_key
        steps = self.config.learner_config.get(key)
        if type(steps) is not int or not initial:
            lacking = f"learner_config has no {key}" if initial else "there are no initial trajectories"
            raise ConfigError(
                f"match_steps multiplies the steps of cloning, and {lacking}",
                hint=f"set learner_config.{key} to a whole number and give initial trajectories; or leave match_steps out: a learner "
                "with `epochs` alone matches its steps to its data by itself",
            )
        once = sum(sizes.whole(source.item.trajectory) for source in initial)
        matched = math.ceil(steps * sum(sizes.whole(source.item.trajectory) for source in data) / once)
        return {key: max(1, min(matched, self.config.most_steps or matched))}

    def _clone(self, context: Context, initial: Sequence[Sourced], sizes: Sizes) -> AlgorithmResult:
        cloned = self.config.cloned
        if cloned is None:
            data = balanced(initial, self.config, sizes.learned)
            return self._learn(context, BC, self.config.learner_config, data, sizes)
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

    def _explore(
        self, context: Context, number: int, policy: ComponentChoice, rates: PassRates, held: Held
    ) -> tuple[list[Trajectory], dict[str, str]]:
        """What was played, and the stage of each trajectory by its id."""
        plays = plan(
            number,
            context.tasks(self.config.explore),
            self.config,
            source=context.source,
            rates=rates,
            seed=context.seed,
            left_out=held.units,
        )
        explored: list[Trajectory] = []
        stages: dict[str, str] = {}
        for play in plays:
            played = context.rollout(
                play.stage,
                ComponentChoice(policy.id, {**policy.config, **self.config.explore_with}),
                play.tasks,
                samples=play.samples,
                sampling=Sampling(temperature=self.config.temperature, max_tokens=self.config.max_tokens),
                max_rounds=play.max_rounds,
            )
            explored += played
            stages |= {trajectory.id: play.stage for trajectory in played}
        return explored, stages

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
        self, context: Context, step: str, settings: Mapping[str, Any], data: Sequence[Sourced], sizes: Sizes
    ) -> AlgorithmResult:
        lineage.keep(context.folder, step, data)
        result = context.run(step, self.config.learner, settings, [source.item for source in data])
        sizes.calibrate(kept_rows(context.folder / "stages" / step), [source.item.trajectory for source in data])
        return result

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


def _held_out(value: float | None) -> dict[str, float]:
    """What an iteration's metrics say of the success on what is held out."""
    return {} if value is None else {"held_out_training_success": value}


def _policy(result: AlgorithmResult, learner: str) -> ComponentChoice:
    if result.policy is None:
        raise ConfigError(
            f"the learner {learner!r} returned no policy to explore with",
            hint="choose a learner: agentgym list algorithms",
        )
    return result.policy


def _tell(line: str) -> None:
    say(f"agentevol: {line}", file=sys.stderr, flush=True)
