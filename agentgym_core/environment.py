"""The interface of an environment: two halves, of which the first starts no engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Self, overload

from attrs import Factory, frozen

from agentgym_core.errors import TaskNotFound
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import Action, ExpertAction, Step, Task, digest

FREE_TEXT = ActionSpec(
    "act", (Parameter("text", description="what to do", multiline=True),), "Do something.", text="{text}"
)
"""The action of an environment that declares none: any text."""


@frozen(kw_only=True)
class Description:
    """What is true of every episode of an environment under one configuration.

    `splits` maps each split's name to its number of tasks; `evaluation` names those that must not be trained on. `max_rounds` is the
    usual limit on turns. `reset_seconds` and `step_seconds` are time limits. `show_actions` puts the available actions under each
    observation. `expert_score` is the mean score that the expert reaches, or None where there is no expert; `random_ceiling` is a
    score that random actions stay under. `placement` is a stronger place than the spec's, where this configuration needs one.
    """

    instruction: str
    actions: tuple[ActionSpec, ...] = (FREE_TEXT,)
    splits: Mapping[str, int] = Factory(dict)
    evaluation: tuple[str, ...] = ("eval", "test", "dev", "valid")
    max_rounds: int = 20
    reset_seconds: float = 60.0
    step_seconds: float = 30.0
    deterministic: bool = True
    show_actions: bool = False
    expert_score: float | None = None
    random_ceiling: float = 1.0
    placement: str = ""
    version: str = ""


class Environment:
    """One environment instance: synchronous, one episode at a time, a context manager.

    Core guards the order of calls (reset before step, no step after the end) and parses actions: an author writes neither.
    An action that makes no sense gets an observation that says so; nothing that a policy says may raise.
    """

    description: ClassVar[Description | None] = None

    def __init__(self, config: Any, engine: Any = None) -> None:
        self.config = config
        self.engine_handle = engine

    @classmethod
    def tasks(cls, config: Any, split: str) -> Sequence[Task]:
        """The tasks of a split, in a fixed order. Starts no engine; may be lazy (see `TaskList`).

        The default is for environments that generate their tasks: `train-0`, `train-1` and so on, as many as `describe` says; `data` is
        an integer that belongs to the id.

        Core asks only for splits that `describe` names.

        :raises TaskNotFound: for another split.
        """
        splits = cls.describe(config).splits
        if split not in splits:
            raise unknown_split(cls.__name__, split, splits)
        return TaskList([f"{split}-{number}" for number in range(splits[split])], _numbered_task)

    @classmethod
    def describe(cls, config: Any) -> Description:
        """What is true of every episode under `config`. Starts no engine."""
        if cls.description is None:
            raise NotImplementedError(f"{cls.__name__} must set `description` or define `describe`")
        return cls.description

    @classmethod
    @contextmanager
    def engine(cls, config: Any) -> Iterator[Any]:
        """What the instances of one host share (a JVM, a browser, an index): opened once a host, given to each instance."""
        yield None

    @classmethod
    def doctor(cls) -> list[tuple[str, bool, str]]:
        """What `agentgym doctor` asks beyond the requirements: what was looked at, whether it is fine, how to mend it."""
        return []

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Start an episode and return the first observation."""
        raise NotImplementedError

    def step(self, action: Action) -> Step:
        """Take one action. A game reads `action.text`; a typed environment reads `action.name` and `action.arguments`."""
        raise NotImplementedError

    def available_actions(self) -> list[str] | None:
        """Canonical texts of what can be done now, or None where they cannot be listed."""
        return None

    def expert(self) -> ExpertAction | None:
        """The next move of an expert from the present state, or None where it does not know one."""
        return None

    def render(self) -> str | bytes | None:
        """A picture of the present state: an HTML fragment, PNG bytes, or None."""
        return None

    def snapshot(self) -> Any:
        """A handle on the present state for `restore`; the default lets core replay the actions instead."""
        return None

    def restore(self, handle: Any) -> None:
        """Return to the state of a handle that `snapshot` of this instance made."""
        raise NotImplementedError

    def close(self) -> None:
        """Free everything; calling it twice is fine."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class TaskList(Sequence[Task]):
    """A lazy sequence of tasks: ids are known, a task is made when it is asked for.

    :param ids: the ids in order; anything indexable.
    :param make: makes the task of an id.
    """

    def __init__(self, ids: Sequence[str], make: Callable[[str], Task]) -> None:
        self._ids = ids
        self._make = make
        self._known: frozenset[str] | None = None

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> Task: ...

    @overload
    def __getitem__(self, index: slice) -> TaskList: ...

    def __getitem__(self, index: int | slice) -> Task | TaskList:
        if isinstance(index, slice):
            return TaskList(self._ids[index], self._make)
        return self._make(self._ids[index])

    @property
    def ids(self) -> Sequence[str]:
        """The ids, without making a task."""
        return self._ids

    def find(self, task_id: str) -> Task | None:
        """The task of an id, or None: no other task is made."""
        if self._known is None:
            self._known = frozenset(self._ids)
        return self._make(task_id) if task_id in self._known else None


def _numbered_task(task_id: str) -> Task:
    content = digest(["numbered", task_id])
    return Task(task_id, task_id.rpartition("-")[0], fingerprint=content, data=int(content, 16))


def unknown_split(environment: str, split: str, splits: Mapping[str, int] | Sequence[str]) -> TaskNotFound:
    """The error for a split that an environment does not have."""
    return TaskNotFound(
        f"environment {environment!r} has no split {split!r}",
        hint=f"its splits are: {', '.join(splits) or 'none'}",
    )
