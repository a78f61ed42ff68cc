"""The tasks of a tool environment: generated splits, and the splits of a user's own questions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.errors import ConfigError
from agentgym_core.types import Task
from agentgym_tools.config import ChosenKinds


class Generated(Hashable, Protocol):
    """Settings that say how many tasks are generated; hashable, since splits are kept by them."""

    @property
    def train(self) -> int:
        """Number of tasks in the split `train`."""
        ...

    @property
    def eval(self) -> int:
        """Number of tasks in the split `eval`."""
        ...


Config = TypeVar("Config", bound=Generated)


class Catalogue(Generic[Config]):
    """Splits and ids. Task N of a split is of kind N modulo the number of kinds, and belongs to its id alone.

    :param environment: its id, with which the ids of tasks begin.
    :param kinds: the kinds of questions, in the order in which they take turns.
    :param draw: `draw(config, kind, split, number)` gives a task's `data` and its fingerprint.
    :param read: the tasks of the user's own questions by split; empty where the configuration names none.

    `of(config)` gives every split of a configuration with its tasks; a configuration must be hashable. One that is a `ChosenKinds` may ask
    for some of the kinds.
    """

    def __init__(
        self,
        environment: str,
        kinds: Sequence[str],
        draw: Callable[[Config, str, str, int], tuple[Any, str]],
        read: Callable[[Config], Mapping[str, Sequence[Task]]],
    ) -> None:
        self._environment, self._kinds, self._draw, self._read = environment, tuple(kinds), draw, read
        # Kept for the last configurations: every reset asks again.
        self.of = lru_cache(maxsize=8)(self._make)

    def splits(self, config: Config) -> dict[str, int]:
        """The splits with their numbers of tasks."""
        return {split: len(found) for split, found in self.of(config).items()}

    def tasks(self, config: Config, split: str) -> Sequence[Task]:
        """The tasks of a split.

        :raises TaskNotFound: there is no such split.
        """
        found = self.of(config)
        if split not in found:
            raise unknown_split(self._environment, split, list(found))
        return found[split]

    def kind_of(self, task_id: str, config: Config | None = None) -> str:
        """The kind of question behind an id of `train` or `eval`.

        :param config: None stands for one that chooses no kinds.
        """
        kinds = (config.kinds if isinstance(config, ChosenKinds) else None) or self._kinds
        return kinds[_number(task_id) % len(kinds)]

    def _make(self, config: Config) -> Mapping[str, Sequence[Task]]:
        found: dict[str, Sequence[Task]] = {
            "train": self._generated(config, "train", config.train),
            "eval": self._generated(config, "eval", config.eval),
        }
        for split, questions in self._read(config).items():
            found[split] = TaskList([task.id for task in questions], {task.id: task for task in questions}.__getitem__)
        return found

    def _generated(self, config: Config, split: str, count: int) -> TaskList:
        @lru_cache(maxsize=4096)
        def make(id: str) -> Task:
            data, fingerprint = self._draw(config, self.kind_of(id, config), split, _number(id))
            return Task(id, split, self._environment, fingerprint, data)

        return TaskList([f"{self._environment}-{split}-{number}" for number in range(count)], make)


def _number(task_id: str) -> int:
    return int(task_id.rpartition("-")[2])


def nothing_drawn(environment: str, kind: str, tries: int, sizes: str) -> ConfigError:
    """An error for a kind of question that no draw of a configuration has.

    :param sizes: the settings that leave too little, with their values.
    """
    return ConfigError(
        f"{environment}: {tries:,} draws had no question of the kind {kind!r} with {sizes}",
        hint=f"allow for more, or leave the kind out of kinds; agentgym show {environment} lists the settings",
    )
