"""Environments for TRL's trainers: a factory of episodes whose public methods are the environment's actions, as typed tools."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from agentgym_bridge_trl.draws import Draws
from agentgym_bridge_trl.tools import methods_of
from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import AgentGymError, ConfigError
from agentgym_core.rollout import make_environment
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import Action

BETWEEN = "\n\n"
"""What stands between a prompt and the first observation: TRL joins the two with nothing."""


class Episode:
    """What TRL takes an instance of for every generation: `reset(**row)`, one method an action, `get_reward()`.

    The reward is the score so far, the episode's reward at its end. After the end every action answers that the episode is over.
    """

    def __init__(self, factory: EnvironmentFactory) -> None:
        self._factory = factory
        self._game = make_environment(factory.environment, factory.config, factory.placement, needs=())
        self._grammar = Grammar(self._game.description.actions)
        self._task = ""
        self._score: float | None = None
        self._over = True

    def reset(self, task: str = "", seed: int | None = None, prompt: Any = None, **row: Any) -> Any:
        """Start an episode and return what is to be appended to the prompt: the first observation, and before it the instruction
        where the prompt says nothing.

        Args:
            task: the task's id; a row of the data set has it in its column `task`. Without one a task is drawn.
            seed: the episode's seed.
            prompt: the row's messages.
        """
        if not task:
            task, seed = self._factory.draw()
        self._task, self._score, self._over = task, None, True
        first = self._game.reset(task, seed=seed)
        self._score, self._over = 0.0, False
        told = _told(prompt)
        if told is None:
            return first
        return BETWEEN + first if told else self._game.description.instruction + BETWEEN + first

    def get_reward(self) -> float | None:
        """The score so far, in [0, 1]; None, which TRL leaves out, where the environment failed."""
        return self._score

    def _close(self) -> None:
        """Free the environment now; TRL leaves that to the collector."""
        self._game.close()

    def _act(self, action: Action) -> str:
        if self._over:
            return "The episode is over: nothing was done."
        try:
            step = self._game.step(action)
        except AgentGymError as error:
            # Not a score of 0: TRL passes over a reward that is None.
            self._score, self._over = None, True
            return f"The environment failed, and the episode is over: {error.message}"
        self._score = step.score
        self._over = step.ended
        return step.observation


class EnvironmentFactory:
    """Makes episodes, for `GRPOTrainer(environment_factory=...)`, or as a value of the dictionary that it takes.

    It can be pickled, as `AsyncGRPOTrainer` needs it. All of its episodes are of one class, by whose name TRL logs rewards.
    """

    def __init__(
        self,
        environment: str,
        config: Mapping[str, Any] | None = None,
        placement: str | ComponentChoice | None = None,
        *,
        split: str = "train",
        group: int = 0,
        seed: int = 0,
    ) -> None:
        self.environment = environment
        self.config = config
        self.placement = placement
        self.split = split
        self.group = group
        self.seed = seed
        self._lock = threading.Lock()

    @cached_property
    def _source(self) -> EnvironmentSource:
        with make_environment(self.environment, self.config, self.placement, needs=()) as game:
            return game.source

    @cached_property
    def episode(self) -> type[Episode]:
        """The class of its episodes: `Episode` with a method for each action."""
        description = self._source.description
        members = {"__doc__": description.instruction, **methods_of(description.actions)}
        name = "".join(part.title() for part in self.environment.replace(":", "_").replace("/", "_").split("_"))
        return type(f"{name}Episode", (Episode,), members)

    @cached_property
    def _draws(self) -> Draws:
        return Draws(self._source.tasks(self.split), self.group, self.seed)

    def draw(self) -> tuple[str, int]:
        """A task's id and an episode's seed, for the next generation where rows name no task: the same for each of a group.

        :raises ConfigError: how large a group is is not known, or generations are spread over processes.
        """
        if self.group < 1:
            raise ConfigError(
                f"rows without a task need to know how many generations a prompt has, to give each of them the same task of "
                f"{self.environment!r}",
                hint="environment_factory(..., group=args.num_generations), or give a train_dataset: rows(...)",
            )
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            raise ConfigError(
                "where generations are spread over processes nobody here knows which of them belong together",
                hint="give a train_dataset: Dataset.from_list(rows(...))",
            )
        with self._lock:
            return self._draws.next()

    def __call__(self) -> Episode:
        """A new episode, not yet reset."""
        return self.episode(self)

    def __reduce__(self) -> tuple[Any, ...]:
        settings = {"split": self.split, "group": self.group, "seed": self.seed}
        return _remade, (self.environment, self.config, self.placement, settings)


def _remade(environment: str, config: Any, placement: Any, settings: Mapping[str, Any]) -> EnvironmentFactory:
    return EnvironmentFactory(environment, config, placement, **settings)


def environment_factory(
    environment: str,
    config: Mapping[str, Any] | None = None,
    placement: str | ComponentChoice | None = None,
    *,
    split: str = "train",
    group: int = 0,
    seed: int = 0,
) -> EnvironmentFactory:
    """A factory for `GRPOTrainer(environment_factory=...)`, checked: the environment can be made.

    :param split: where tasks are drawn from in training without a data set; each comes once before one comes again.
    :param group: `num_generations`, needed for that: so many resets, one behind another, get the same task.
    :param seed: decides the order of the tasks that are drawn.
    :raises UnknownComponent, ComponentUnavailable, ConfigError: the environment cannot be made like this.
    """
    made = EnvironmentFactory(environment, config, placement, split=split, group=group, seed=seed)
    _ = made.episode
    return made


def rows(
    environment: str,
    split: str = "train",
    config: Mapping[str, Any] | None = None,
    limit: int | None = None,
    *,
    name: str = "",
) -> list[dict[str, Any]]:
    """Rows for a data set: `prompt` with the instruction, the `task` that `reset` is given, and `environment`.

    :param name: what `environment` is: the key in a dictionary of factories, where it is another than the environment's id.
    """
    with make_environment(environment, config, needs=()) as game:
        tasks = game.source.tasks(split)
        count = len(tasks) if limit is None else min(limit, len(tasks))
        prompt = [{"role": "user", "content": game.description.instruction}]
        which = name or environment
        return [{"prompt": prompt, "task": tasks[number].id, "environment": which} for number in range(count)]


def _told(prompt: Any) -> bool | None:
    """Whether a prompt's last message says something as a text; None where it is of parts, which TRL keeps apart itself."""
    last = prompt[-1] if isinstance(prompt, list) and prompt else None
    content = last.get("content") if isinstance(last, Mapping) else None
    if isinstance(content, list):
        return None if content else False
    return bool(content)
