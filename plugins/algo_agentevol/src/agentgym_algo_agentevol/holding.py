"""A held-out part of the training tasks: never learned from, played after every learning step, and what decides when to stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from attrs import frozen

from agentgym_algo_agentevol.exploring import Source
from agentgym_algo_agentevol.rates import Unit
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError, SplitLeak
from agentgym_core.rollout.jobs import select_tasks
from agentgym_core.rollout.seeds import derive
from agentgym_core.settings import TaskSet
from agentgym_core.types import Task, Trajectory


@frozen
class Held:
    """Tasks that are held out: as sets to play, and as the keys of their episodes."""

    tasks: tuple[TaskSet, ...] = ()
    units: frozenset[Unit] = frozenset()


def hold_out(
    sets: Sequence[TaskSet], share: float, *, source: Source, seed: int, learned: Iterable[Trajectory] = ()
) -> Held:
    """A share of the contents of each environment, at least one, drawn by the seed whatever their order.

    Tasks of one content (draws of one goal) are on the same side.

    :param learned: initial trajectories: what they are of is not held out.
    :raises SplitLeak: a set holds evaluation tasks, which must not decide anything.
    :raises ConfigError: nothing would be left on one side.
    """
    # By content where it is known: another configuration has other tasks under the same ids.
    known = {each.fingerprint or each.key.task for each in learned}
    found = [(choice, source(choice)) for choice in sets]
    tasks = [(choice, where, _trainable(choice, where)) for choice, where in found]
    contents: dict[str, dict[str, bool]] = {}
    for _, where, listed in tasks:
        free = contents.setdefault(where.spec.canonical, {})
        for task in listed:
            content = _content(task)
            free[content] = free.get(content, True) and not {task.id, task.fingerprint} & known
    drawn = {name: _drawn(name, free, share, seed) for name, free in contents.items()}
    held, units = [], set[Unit]()
    for choice, where, listed in tasks:
        ids = tuple(task.id for task in listed if _content(task) in drawn[where.spec.canonical])
        if ids:
            held.append(replace(choice, ids=ids, limit=None, skip=0))
            units |= {(where.spec.canonical, where.config_digest, id) for id in ids}
    return Held(tuple(held), frozenset(units))


def _drawn(environment: str, free: Mapping[str, bool], share: float, seed: int) -> frozenset[str]:
    able = sorted(
        (content for content, is_free in free.items() if is_free),
        key=lambda content: (derive("hold out", seed, environment, content), content),
    )
    count = max(1, round(share * len(free)))
    if not able or count >= len(free):
        taken = len(free) - len(able)
        raise ConfigError(
            f"hold_out = {share:g} cannot hold out {count} of the {len(free)} different tasks of {environment}, of which {taken} are those "
            "of the initial trajectories",
            hint="explore more tasks, choose another share, or leave hold_out out",
        )
    return frozenset(able[:count])


def _content(task: Task) -> str:
    return task.fingerprint or task.id


def _trainable(choice: TaskSet, where: EnvironmentSource) -> Sequence[Task]:
    """The tasks of a set.

    :raises SplitLeak: an evaluation task is among them, under whatever name.
    """
    splits = where.description.evaluation
    forbidden = {
        task.fingerprint for split in splits if split in where.splits for task in where.tasks(split) if task.fingerprint
    }
    found = select_tasks(where, choice.split, limit=choice.limit, skip=choice.skip, ids=choice.ids)
    for task in found:
        if task.split in splits or task.fingerprint in forbidden:
            raise SplitLeak(
                f"hold_out takes a part of what is explored, and {task.id} of {choice.environment} is an evaluation task",
                hint="explore a training split; evaluation tasks only ever go under `evaluate`",
            )
    return found


def success(report: Mapping[str, Any]) -> float:
    """The mean success over environments; -1 where nothing was scored."""
    values = [overall["macro_success"]["value"] for overall in report.get("overall", ())]
    return float(values[0]) if len(values) == 1 and values[0] is not None else -1.0
