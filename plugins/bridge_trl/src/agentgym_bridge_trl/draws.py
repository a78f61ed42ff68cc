"""Tasks for training without a data set."""

from __future__ import annotations

import random
from collections.abc import Sequence

from agentgym_core.types import Task, digest


class Draws:
    """Tasks in a random order, each held for a group of draws; when all were drawn, again in another order.

    TRL names no group. It resets the generations of a batch one behind another, those of a prompt together, so that counting tells.

    :param group: how many draws get the same task.
    """

    def __init__(self, tasks: Sequence[Task], group: int, seed: int) -> None:
        self._tasks = tasks
        self._group = group
        self._seed = seed
        self._count = 0
        self._order: tuple[int, list[int]] = (-1, [])

    def next(self) -> tuple[str, int]:
        """A task's id, and a seed that is the group's own."""
        number = self._count // self._group
        self._count += 1
        epoch, place = divmod(number, len(self._tasks))
        if self._order[0] != epoch:
            order = list(range(len(self._tasks)))
            random.Random(digest([self._seed, epoch])).shuffle(order)
            self._order = (epoch, order)
        return self._tasks[self._order[1][place]].id, int(digest([self._seed, number]), 16) % 2**31
