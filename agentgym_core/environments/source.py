"""The interface of an environment's source, and the source of what is installed in this Python."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from agentgym_core.errors import TaskNotFound
from agentgym_core.plugins import Announced, Plugin
from agentgym_core.registry import configure, load, lookup, spec
from agentgym_core.specs import EnvironmentSpec

if TYPE_CHECKING:
    from agentgym_core.environment import Description, Environment
    from agentgym_core.settings import ComponentChoice
    from agentgym_core.types import Task


class EnvironmentSource(ABC):
    """An environment of a given configuration: all that can be known and made of it. Starts no engine by itself.

    :param config: the checked configuration; its JSON values where the environment lives elsewhere.
    """

    def __init__(self, component: Announced, config: Any) -> None:
        self.component = component
        self.spec: EnvironmentSpec = component.spec
        self.config = config
        self._lock = Lock()
        # Three caches, from coarse to fine: the task list of a split (kept for good), tasks found by id (dropped whole beyond
        # 10,000: tasks may carry data, and are found again), and an index by id for splits with a plain list (kept for good).
        self._tasks: dict[str, Sequence[Task]] = {}
        self._found: dict[str, Task] = {}
        self._indexes: dict[str, dict[str, Task]] = {}

    @property
    @abstractmethod
    def cls(self) -> type[Environment]:
        """The environment's class.

        :raises ConfigError: it lives elsewhere and cannot be imported here.
        """

    @property
    @abstractmethod
    def description(self) -> Description:
        """What is true of every episode."""

    @property
    @abstractmethod
    def config_values(self) -> dict[str, Any]:
        """The configuration as JSON values."""

    @cached_property
    def config_digest(self) -> str:
        """The digest of the configuration, for the key of an episode."""
        from agentgym_core.types import digest

        return digest(self.config_values)

    @property
    @abstractmethod
    def home(self) -> ComponentChoice:
        """Where it lives by default: the weakest placement that can hold it."""

    @abstractmethod
    def list_tasks(self, split: str) -> Sequence[Task]:
        """The tasks of a split that exists, made anew; `tasks` keeps them."""

    @property
    def splits(self) -> Mapping[str, int]:
        """The splits with their numbers of tasks."""
        return self.description.splits

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of a split; made once.

        :raises TaskNotFound: there is no such split.
        """
        if split not in self._tasks:
            if split not in self.splits:
                from agentgym_core.environment import unknown_split

                raise unknown_split(self.spec.id, split, self.splits)
            self._tasks[split] = self.list_tasks(split)
        return self._tasks[split]

    def find(self, task_id: str) -> Task:
        """The task of an id, of any split.

        :raises TaskNotFound: no split has it.
        """
        known = self._found.get(task_id)
        if known is not None:
            return known
        # Threads that all look for their first task must not each build the same index.
        with self._lock:
            task = self._search(task_id)
        if task is None:
            raise TaskNotFound(
                f"environment {self.spec.id!r} has no task {task_id!r}",
                hint=f"run: agentgym show {self.spec.id} --tasks",
            )
        if len(self._found) > 10_000:
            self._found.clear()
        self._found[task_id] = task
        return task

    def draw(self, split: str = "", seed: int | None = None) -> Task:
        """A task of a split, drawn by the seed; of the first split to train on where none is named.

        :raises TaskNotFound: there is no such split, or it is empty.
        """
        import random

        split = split or self.first_split(held_out=False)
        tasks = self.tasks(split)
        if not tasks:
            raise TaskNotFound(f"split {split!r} of environment {self.spec.id!r} is empty", hint="name a task")
        return tasks[random.Random(seed).randrange(len(tasks))]

    def first_split(self, *, held_out: bool) -> str:
        """The first split of those that are held out from training, or of the others; else the first; empty where there is none."""
        wanted = [name for name in self.splits if (name in self.description.evaluation) == held_out]
        return next(iter([*wanted, *self.splits]), "")

    def make(self, engine: Any = None) -> Environment:
        """A bare instance; `engine` is what the class's `engine(config)` gave on this host.

        :raises ConfigError: it lives elsewhere.
        """
        return self.cls(self.config, engine)

    def _search(self, task_id: str) -> Task | None:
        from agentgym_core.environment import TaskList

        for split in self.splits:
            tasks = self.tasks(split)
            task = tasks.find(task_id) if isinstance(tasks, TaskList) else self._index(split).get(task_id)
            if task is not None:
                return task
        return None

    def _index(self, split: str) -> dict[str, Task]:
        if split not in self._indexes:
            self._indexes[split] = {task.id: task for task in self.tasks(split)}
        return self._indexes[split]


class LocalSource(EnvironmentSource):
    """An environment that is installed in this Python.

    :param config: its configuration, checked. :param cls: its class, where no plugin announces it.
    """

    def __init__(self, component: Announced, config: Any, cls: type[Environment] | None = None) -> None:
        super().__init__(component, config)
        self._class = cls

    def __reduce__(self) -> tuple[Any, ...]:
        if self._class is not None:
            return (LocalSource, (self.component, self.config, self._class))
        return (local_source, (f"{self.component.plugin.reference}:{self.spec.id}", self.config_values))

    @cached_property
    def cls(self) -> type[Environment]:
        """The environment's class."""
        if self._class is not None:
            return self._class
        loaded: type[Environment] = load("environment", self.component)
        return loaded

    @cached_property
    def description(self) -> Description:
        """What is true of every episode."""
        return self.cls.describe(self.config)

    @cached_property
    def config_values(self) -> dict[str, Any]:
        """The configuration as JSON values."""
        values: dict[str, Any] = self.config.model_dump(mode="json")
        return values

    @property
    def home(self) -> ComponentChoice:
        """The weakest placement that its spec and its description allow."""
        from agentgym_core.settings import ComponentChoice

        # The description depends on the configuration, which may need a stronger place than the spec says, never a weaker one.
        places = (self.spec.placement, self.description.placement or self.spec.placement)
        return ComponentChoice(max(places, key=lambda id: spec("placement", id).strength))

    def list_tasks(self, split: str) -> Sequence[Task]:
        """As the class says."""
        return self.cls.tasks(self.config, split)


def local_source(id: str, config: Mapping[str, Any] | Any | None = None, *, where: str = "") -> LocalSource:
    """The source of an installed environment by id; for `resolve_environment` and for placements that keep environments here.

    :raises UnknownComponent, AmbiguousComponent, ComponentUnavailable, ConfigError: as `lookup` and `configure` say.
    """
    component = lookup("environment", id)
    return LocalSource(component, configure("environment", component, config, where))


def class_source(cls: type[Environment], config: Any = None, *, id: str = "") -> LocalSource:
    """The source of a class that no plugin announces, for use in this process (placements `inline` and `thread`)."""
    from agentgym_core.config import EmptyConfig

    name = id or cls.__name__.removesuffix("Environment").lower()
    announced = Announced(Plugin("local", "ok"), EnvironmentSpec(id=name, target=f"{cls.__module__}:{cls.__name__}"))
    return LocalSource(announced, EmptyConfig() if config is None else config, cls)
