"""Jobs from tasks, made as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import TaskNotFound
from agentgym_core.rollout.settings import Job
from agentgym_core.types import Task


class Jobs:
    """The jobs of tasks of one or more environments, in order. Sized, and a task is made only when its turn comes."""

    def __init__(self, parts: Iterable[tuple[EnvironmentSource, Sequence[Task]]]) -> None:
        self._parts = list(parts)

    @classmethod
    def of(
        cls,
        source: EnvironmentSource,
        split: str,
        *,
        limit: int | None = None,
        skip: int = 0,
        ids: Sequence[str] = (),
    ) -> Jobs:
        """The jobs of the tasks that `select_tasks` gives."""
        return cls([(source, select_tasks(source, split, limit=limit, skip=skip, ids=ids))])

    def __add__(self, other: Jobs) -> Jobs:
        return Jobs([*self._parts, *other._parts])

    def __len__(self) -> int:
        return sum(len(tasks) for _, tasks in self._parts)

    def __iter__(self) -> Iterator[Job]:
        for source, tasks in self._parts:
            for task in tasks:
                yield Job(source, task)


def select_tasks(
    source: EnvironmentSource,
    split: str,
    *,
    limit: int | None = None,
    skip: int = 0,
    ids: Sequence[str] = (),
    kinds: Sequence[str] = (),
) -> Sequence[Task]:
    """The first `limit` tasks of a split after those that are skipped, or the tasks with these ids; only those of `kinds`, if any.

    :raises TaskNotFound: there is no such split, no such task, or a kind has no task.
    """
    tasks: Sequence[Task] = [source.find(id) for id in ids] if ids else source.tasks(split)
    if kinds:
        tasks = of_kinds(source, tasks, kinds)
    if ids:
        return tasks
    end = len(tasks) if limit is None else min(skip + limit, len(tasks))
    return tasks if (skip, end) == (0, len(tasks)) else tasks[skip:end]


def of_kinds(source: EnvironmentSource, tasks: Sequence[Task], kinds: Sequence[str]) -> list[Task]:
    """Those tasks of an environment that are of these kinds.

    :raises TaskNotFound: a kind has no task among them.
    """
    found = dict.fromkeys(task.kind for task in tasks)
    if strange := [kind for kind in kinds if kind not in found]:
        there = ", ".join(kind for kind in found if kind)
        raise TaskNotFound(
            f"{source.spec.id} has no task of kind {', '.join(map(repr, strange))} there",
            hint=f"there are: {there}" if there else "its tasks have no kinds",
        )
    return [task for task in tasks if task.kind in kinds]
