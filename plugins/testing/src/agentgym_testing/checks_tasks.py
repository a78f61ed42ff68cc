"""Checks of the tasks: they exist, they are counted, they keep apart, and they cross a border as their ids."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Sequence
from itertools import combinations

from agentgym_core.environment import TaskList
from agentgym_core.environments import EnvironmentSource
from agentgym_core.types import Task
from agentgym_testing.check import NotApplicable, check, require
from agentgym_testing.subject import Subject


def _ids(tasks: Sequence[Task]) -> Iterable[str]:
    return tasks.ids if isinstance(tasks, TaskList) else (task.id for task in tasks)


@check
def splits_hold_tasks(subject: Subject) -> None:
    """There is a split, and none is empty."""
    require(subject.splits, f"{subject.id}: its description names no split")
    for split in subject.splits:
        require(len(subject.source.tasks(split)) > 0, f"{subject.id}: split {split!r} is empty")


@check
def counts_are_as_declared(subject: Subject) -> None:
    """Each split holds as many tasks as the description says."""
    for split in subject.splits:
        declared, found = subject.description.splits[split], len(subject.source.tasks(split))
        require(declared == found, f"{subject.id}: split {split!r} declares {declared} tasks and holds {found}")


@check
def tasks_are_indexable(subject: Subject) -> None:
    """Tasks form a sequence: an index gives what iteration gives, and asking again gives the same."""
    for split in subject.splits:
        tasks = subject.source.cls.tasks(subject.source.config, split)
        require(
            isinstance(tasks, Sequence), f"{subject.id}: tasks({split!r}) is a {type(tasks).__name__}, not a sequence"
        )
        some = [task for _, task in zip(range(50), tasks, strict=False)]
        by_index = [tasks[place] for place in range(len(some))]
        require(some == by_index, f"{subject.id}: in split {split!r} iteration and index give different tasks")
        require(
            all(task.split == split for task in some), f"{subject.id}: a task of split {split!r} says another split"
        )
        again = subject.source.cls.tasks(subject.source.config, split)
        require(
            [again[place] for place in range(len(some))] == some,
            f"{subject.id}: split {split!r} gives other tasks when called again",
        )


@check
def ids_are_unique(subject: Subject) -> None:
    """No two tasks of a split share an id."""
    for split in subject.splits:
        seen: set[str] = set()
        for id in _ids(subject.source.tasks(split)):
            require(id not in seen, f"{subject.id}: split {split!r} has the id {id!r} twice")
            seen.add(id)


@check
def splits_share_no_id(subject: Subject) -> None:
    """No id stands in two splits."""
    ids = {split: set(_ids(subject.source.tasks(split))) for split in subject.splits}
    for one, other in combinations(subject.splits, 2):
        shared = sorted(ids[one] & ids[other])
        require(not shared, f"{subject.id}: splits {one!r} and {other!r} share {len(shared)} ids, such as {shared[:3]}")


@check
def tasks_have_fingerprints(subject: Subject) -> None:
    """Every task has a fingerprint of its content, which the split guard compares."""
    for task in subject.tasks:
        require(
            task.fingerprint,
            f"{subject.id}: task {task.id!r} has no fingerprint: set it to digest(what the task is about)",
        )


@check
def evaluation_is_kept_apart(subject: Subject) -> None:
    """No evaluation task has the content of a training task."""
    evaluation = [split for split in subject.splits if split in subject.description.evaluation]
    training = [split for split in subject.splits if split not in evaluation]
    if not evaluation or not training:
        raise NotApplicable("there are not both a training and an evaluation split")
    limit = subject.sizes.contents
    known: dict[str, str] = {}
    for split in training:
        known.update({task.fingerprint: task.id for task in _first(subject, split, limit) if task.fingerprint})
    for split in evaluation:
        for task in _first(subject, split, limit):
            require(
                task.fingerprint not in known,
                f"{subject.id}: evaluation task {task.id!r} has the content of training task {known.get(task.fingerprint)!r}",
            )


def _first(subject: Subject, split: str, limit: int) -> Iterable[Task]:
    tasks = subject.source.tasks(split)
    return (tasks[place] for place in range(min(limit, len(tasks))))


@check
def tasks_cross_as_ids(subject: Subject) -> None:
    """On another host the id alone gives the same task."""
    elsewhere: EnvironmentSource = pickle.loads(pickle.dumps(subject.source))  # noqa: S301 - our own
    for task in subject.tasks:
        found = elsewhere.find(task.id)
        require(found == task, f"{subject.id}: the id {task.id!r} of {task} is found as {found}")
