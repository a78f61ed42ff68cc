"""Jobs from tasks, made as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from agentgym_core.environments import EnvironmentSource
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
        """The first `limit` tasks of a split after those that are skipped, or the tasks with these ids.

        :raises TaskNotFound: there is no such split, or no such task.
        """
        if ids:
            return cls([(source, [source.find(id) for id in ids])])
        tasks = source.tasks(split)
        end = len(tasks) if limit is None else min(skip + limit, len(tasks))
        return cls([(source, tasks if (skip, end) == (0, len(tasks)) else tasks[skip:end])])

    def __add__(self, other: Jobs) -> Jobs:
        return Jobs([*self._parts, *other._parts])

    def __len__(self) -> int:
        return sum(len(tasks) for _, tasks in self._parts)

    def __iter__(self) -> Iterator[Job]:
        for source, tasks in self._parts:
            for task in tasks:
                yield Job(source, task)
