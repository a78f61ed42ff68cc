"""Explore, learn, repeat: each a stage of the context, so that a stopped run goes on where it was."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agentgym_algo_grpo.config import GrpoConfig
from agentgym_core.algorithm import AlgorithmResult, Context
from agentgym_core.errors import ConfigError
from agentgym_core.settings import ComponentChoice, Sampling, TaskSet
from agentgym_core.types import WeightedTrajectory

_LOOP = (
    "explore",
    "iterations",
    "tasks_per_iteration",
    "samples",
    "max_tokens",
    "evaluate",
    "evaluate_every",
    "keep_weights",
)


def explore_and_learn(config: GrpoConfig, name: str, context: Context, policy: ComponentChoice) -> AlgorithmResult:
    """The loop, beginning with a policy; `name` is the id under which it is its own learner.

    :raises ConfigError: the tasks cannot be taken in turn.
    """
    tasks = context.tasks(config.explore)
    settings = config.model_dump(exclude_unset=True, exclude=set(_LOOP)) | {
        "reference": config.reference or config.model
    }
    history: list[dict[str, Any]] = []
    context.progress(0, config.iterations, "iterations")
    judged = _judge(config, context, 0, policy)
    checkpoint, before = policy.config.get("adapter") or str(policy.config["model"]), ""
    for number in range(1, config.iterations + 1):
        episodes = context.rollout(
            f"explore-{number}",
            policy,
            turn_of(tasks, number - 1, config.tasks_per_iteration),
            samples=config.samples,
            # What was sampled must have the probabilities that are learned with: those of the model itself.
            sampling=Sampling(temperature=1.0, max_tokens=config.max_tokens),
        )
        result = context.run(f"learn-{number}", name, settings, [WeightedTrajectory(item) for item in episodes])
        if result.policy is None:
            raise ConfigError("grpo: learning gave no policy to explore with", hint="see the stage's log")
        policy = result.policy
        # The model of an adapter stays where learning began; without one, it is what was learned.
        settings |= {key: policy.config[key] for key in ("model", "adapter") if policy.config.get(key)}
        if config.keep_weights == "last" and before and before != result.checkpoint:
            shutil.rmtree(before, ignore_errors=True)
        before = checkpoint = result.checkpoint if _ours(context, result.checkpoint) else before
        row = {"iteration": number, **result.metrics}
        due = number == config.iterations or (config.evaluate_every and number % config.evaluate_every == 0)
        if due and config.evaluate:
            row["evaluation"] = _judge(config, context, number, policy)
        history.append(row)
        context.iteration_finished(number, row)
        context.progress(number, config.iterations, "iterations", {"reward": float(row["reward"])})
    return AlgorithmResult({"before": judged, "iterations": history}, policy, checkpoint, result.learned)


def _judge(config: GrpoConfig, context: Context, number: int, policy: ComponentChoice) -> Mapping[str, Any]:
    return context.evaluate(f"evaluate-{number}", policy, context.tasks(config.evaluate)) if config.evaluate else {}


def _ours(context: Context, checkpoint: str) -> bool:
    """Whether a checkpoint was made by this run: the weights that it began with are never removed."""
    return Path(context.folder).resolve() in Path(checkpoint).resolve().parents


def turn_of(tasks: Sequence[TaskSet], number: int, size: int | None) -> list[TaskSet]:
    """The tasks of an iteration: `size` of each set, in turn, from the beginning again where a set is through; all where `size` is None.

    :param number: of the iteration, from 0. :raises ConfigError: a set does not say how many tasks it has.
    """
    if size is None:
        return list(tasks)
    found = []
    for each in tasks:
        total = len(each.ids) or each.limit
        if not total:
            raise ConfigError(
                f"tasks_per_iteration: how many tasks of {each.environment!r} there are to take in turn is not said",
                hint="set `limit` or `ids` of the tasks to explore",
            )
        start = number * size % total
        for first, count in ((start, min(size, total - start)), (0, min(size, total) - min(size, total - start))):
            if count > 0:
                part = (
                    {"ids": each.ids[first : first + count]}
                    if each.ids
                    else {"skip": each.skip + first, "limit": count}
                )
                found.append(replace(each, **part))
    return found
