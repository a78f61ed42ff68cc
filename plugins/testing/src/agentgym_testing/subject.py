"""The environment under test: its sample of tasks, its instances, and what was played in them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_testing.check import NotApplicable, require
from agentgym_testing.records import Entry, entry, raised, random_arguments

if TYPE_CHECKING:
    from agentgym_core.environment import Description, Environment

NONSENSE = "qwxz vblorp nonesuch"
"""An action that makes no sense in any environment, and is harmless in all."""


@frozen
class Sizes:
    """How much is tried. An environment with a heavy engine lowers these.

    `tasks` are taken from each split, spread evenly; `rounds` bounds a recorded script; `fuzz` is a number of odd actions;
    `random_episodes` measure the random player; `expert_factor` times the usual limit on turns is what the expert may take;
    `contents` is how many tasks of a split are compared by content; `patience` is how many seconds a process or thread that was told to
    end may take.
    """

    tasks: int = 3
    rounds: int = 10
    fuzz: int = 40
    random_episodes: int = 8
    expert_factor: int = 5
    contents: int = 2000
    patience: float = 10.0


@frozen
class ExpertEpisode:
    """What the expert reached: within the declared limit on turns, and with patience."""

    task: Task
    score_in_time: float
    score: float
    said: tuple[ExpertAction, ...] = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)

    @property
    def moves(self) -> tuple[str, ...]:
        """The actions as canonical texts."""
        return tuple(move.action for move in self.said)

    @property
    def succeeded(self) -> bool:
        """Whether the last step says so; where it says nothing, whether the score is 1."""
        if not self.steps:
            return False
        success = self.steps[-1].success
        return self.score == 1.0 if success is None else success


class Subject:
    """One environment under one configuration. A context manager: it closes the engine that it opened."""

    def __init__(
        self,
        environment: str,
        config: Mapping[str, Any] | None = None,
        *,
        splits: Sequence[str] | None = None,
        sizes: Sizes | None = None,
    ) -> None:
        self.id = environment
        self.sizes = sizes or Sizes()
        self.source: EnvironmentSource = resolve_environment(environment, config, where="config")
        self._splits = splits
        self._stack = ExitStack()
        self._scripts: dict[str, tuple[str, ...]] = {}

    @property
    def description(self) -> Description:
        """What the environment says of itself."""
        return self.source.description

    @property
    def splits(self) -> list[str]:
        """The splits under test."""
        return list(self.description.splits if self._splits is None else self._splits)

    @cached_property
    def grammar(self) -> Grammar:
        """The declared actions, as ReAct reads them."""
        return Grammar(self.description.actions)

    @cached_property
    def tasks(self) -> list[Task]:
        """A few tasks of each split: the first, the last and some between."""
        chosen: list[Task] = []
        for split in self.splits:
            tasks = self.source.tasks(split)
            count = min(self.sizes.tasks, len(tasks))
            places = sorted({index * (len(tasks) - 1) // max(count - 1, 1) for index in range(count)})
            chosen.extend(tasks[place] for place in places)
        require(chosen, f"{self.id}: no split holds a task")
        return chosen

    @cached_property
    def engine(self) -> Any:
        """The engine that all instances share, opened on first use."""
        return self._stack.enter_context(self.source.cls.engine(self.source.config))

    @contextmanager
    def fresh(self) -> Iterator[Environment]:
        """An instance of one's own. Errors on closing are left to the check that is about closing."""
        environment = self.source.make(self.engine)
        try:
            yield environment
        finally:
            with suppress(Exception):
                environment.close()

    @cached_property
    def shared(self) -> Environment:
        """One instance for checks that do not depend on what was played in it before: engines are slow to start."""
        return self._stack.enter_context(self.fresh())

    def read(self, text: str) -> Action:
        """An action from its canonical text."""
        return self.grammar.action(text)

    def play(self, environment: Environment, task: Task, actions: Sequence[str], *, seed: int = 0) -> list[Entry]:
        """Reset and take the actions until the episode ends. An error becomes the last entry of the record."""
        try:
            record: list[Entry] = [["reset", environment.reset(task, seed=seed)]]
        except Exception as error:
            return [raised(error)]
        return record + self.go_on(environment, actions)

    def go_on(self, environment: Environment, actions: Sequence[str]) -> list[Entry]:
        """Take the actions, as texts, from the present state until the episode ends."""
        return self.take(environment, [self.read(text) for text in actions])

    def take(self, environment: Environment, actions: Sequence[Action]) -> list[Entry]:
        """Take the actions from the present state until the episode ends."""
        record: list[Entry] = []
        try:
            for action in actions:
                step = environment.step(action)
                record.append(entry(action.text, step))
                if step.ended:
                    break
        except Exception as error:
            record.append(raised(error))
        return record

    def script(self, task: Task) -> tuple[str, ...]:
        """Actions worth replaying: random ones, then the expert's. The last one may end the episode."""
        if task.id not in self._scripts:
            self._scripts[task.id] = tuple(self._write_script(task))
        return self._scripts[task.id]

    def _write_script(self, task: Task) -> list[str]:
        chance = random.Random(f"script {self.id} {task.id}")
        script: list[str] = []
        with suppress(Exception):
            self.shared.reset(task, seed=0)
            for turn in range(self.sizes.rounds):
                move = self.shared.expert() if turn >= 2 else None
                text = move.action if move is not None else self.random_action(self.shared, chance)
                step = self.shared.step(self.read(text))
                script.append(text)
                if step.ended:
                    break
        return script

    def unfinished_script(self, task: Task) -> tuple[str, ...]:
        """The script without its last action: it leaves the episode open."""
        return self.script(task)[:-1]

    def random_action(self, environment: Environment, chance: random.Random) -> str:
        """One of the available actions, or any declared one with random arguments."""
        available = environment.available_actions()
        if available:
            return chance.choice(list(available))
        spec = chance.choice(self.description.actions)
        return self.grammar.canonical(spec.name, random_arguments(spec, chance))

    @cached_property
    def expert_episodes(self) -> list[ExpertEpisode]:
        """The sampled tasks as the expert plays them."""
        limit = self.description.max_rounds
        return [self._expert_episode(task, limit) for task in self.tasks]

    def _expert_episode(self, task: Task, limit: int) -> ExpertEpisode:
        said: list[ExpertAction] = []
        steps: list[Step] = []
        with suppress(Exception):
            self.shared.reset(task, seed=0)
            while len(steps) < limit * self.sizes.expert_factor and not (steps and steps[-1].ended):
                move = self.shared.expert()
                if move is None:
                    break
                said.append(move)
                steps.append(self.shared.step(self.read(move.action)))
        in_time = steps[:limit]
        return ExpertEpisode(
            task,
            in_time[-1].score if in_time else 0.0,
            steps[-1].score if steps else 0.0,
            tuple(said),
            tuple(steps),
        )

    @cached_property
    def _random_play(self) -> tuple[list[float], list[Step]]:
        scores: list[float] = []
        steps: list[Step] = []
        for number in range(self.sizes.random_episodes):
            task = self.tasks[number % len(self.tasks)]
            chance = random.Random(f"random {self.id} {task.id} {number}")
            played: list[Step] = []
            with suppress(Exception):
                self.shared.reset(task, seed=number)
                while len(played) < self.description.max_rounds and not (played and played[-1].ended):
                    played.append(self.shared.step(self.read(self.random_action(self.shared, chance))))
            scores.append(played[-1].score if played else 0.0)
            steps.extend(played)
        return scores, steps

    @property
    def random_scores(self) -> list[float]:
        """What random actions score, an episode each."""
        return self._random_play[0]

    @property
    def random_steps(self) -> list[Step]:
        """Every step of the random episodes."""
        return self._random_play[1]

    def need_expert(self) -> None:
        """:raises NotApplicable: the environment declares no expert."""
        if self.description.expert_score is None:
            raise NotApplicable("no expert is declared (expert_score is None)")

    def need_determinism(self) -> None:
        """:raises NotApplicable: the environment says that episodes do not repeat."""
        if not self.description.deterministic:
            raise NotApplicable("the environment declares itself not deterministic")

    def close(self) -> None:
        """End the shared instance and the engine."""
        self._stack.close()

    def __enter__(self) -> Subject:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
