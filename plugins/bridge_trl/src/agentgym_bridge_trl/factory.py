"""Environments for TRL's trainers: a class whose public methods are the environment's actions, as typed tools."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from agentgym_core.actions import Grammar
from agentgym_core.rollout import make_environment
from agentgym_core.settings import ComponentChoice
from agentgym_core.specs import ActionSpec
from agentgym_core.types import Action

_TYPES: Mapping[str, Any] = {
    "integer": int,
    "number": float,
    "boolean": bool,
    "string": str,
    "array": list,
    "object": dict,
}
RESERVED = ("reset", "get_reward")
"""Methods of the class itself, and all that are public beside the actions, for TRL makes a tool of every other; an action of such a name
gets an underscore behind it."""


class Episode:
    """What TRL makes an instance of for every generation: `reset(task=...)`, one method an action, `get_reward()`.

    The reward is the score so far, the episode's reward at its end. After the end every action answers that the episode is over.
    """

    def __init__(
        self, environment: str, config: Mapping[str, Any] | None, placement: str | ComponentChoice | None
    ) -> None:
        self._game = make_environment(environment, config, placement, needs=())
        self._grammar = Grammar(self._game.description.actions)
        self._score = 0.0
        self._over = True

    def reset(self, task: str = "", seed: int | None = None, **row: Any) -> str:
        """Start an episode and return its first observation.

        Args:
            task: the task's id; a row of the data set has it in its column `task`.
            seed: the episode's seed.
        """
        first = next(iter(self._game.description.splits))
        self._score = 0.0
        self._over = False
        return self._game.reset(task or self._game.source.tasks(first)[0], seed=seed)

    def get_reward(self) -> float:
        """The score so far, in [0, 1]."""
        return self._score

    def _close(self) -> None:
        """Free the environment now; TRL leaves that to the collector."""
        self._game.close()

    def _act(self, action: Action) -> str:
        if self._over:
            return "The episode is over: nothing was done."
        step = self._game.step(action)
        self._score = step.score
        self._over = step.ended
        return step.observation


def environment_factory(
    environment: str, config: Mapping[str, Any] | None = None, placement: str | ComponentChoice | None = None
) -> type[Any]:
    """A class, an `Episode` that is made without arguments, for `GRPOTrainer(environment_factory=...)`.

    :raises UnknownComponent, ComponentUnavailable, ConfigError: the environment cannot be made like this.
    """
    with make_environment(environment, config, placement, needs=()) as game:
        actions = game.description.actions
        instruction = game.description.instruction

    def start(self: Episode) -> None:
        Episode.__init__(self, environment, config, placement)

    members: dict[str, Any] = {"__init__": start, "__doc__": instruction}
    for action in actions:
        method = _method(action)
        members[method.__name__] = method
    return type(f"{environment.title().replace('_', '')}Episode", (Episode,), members)


def rows(
    environment: str, split: str = "train", config: Mapping[str, Any] | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Rows for a data set: a `prompt` with the instruction, and the `task` that `reset` is given."""
    with make_environment(environment, config, needs=()) as game:
        tasks = game.source.tasks(split)
        count = len(tasks) if limit is None else min(limit, len(tasks))
        prompt = [{"role": "user", "content": game.description.instruction}]
        return [{"prompt": prompt, "task": tasks[number].id} for number in range(count)]


def _method(action: ActionSpec) -> Callable[..., str]:
    name = f"{action.name}_" if action.name in RESERVED or action.name.startswith("_") else action.name
    parameters = sorted(action.parameters, key=lambda parameter: not parameter.required)

    def act(self: Episode, *given: Any, **named: Any) -> str:
        arguments = dict(zip((parameter.name for parameter in parameters), given, strict=False)) | named
        try:
            text = self._grammar.canonical(action.name, arguments)
        except ValueError as error:
            return f"Nothing was done: {error}"
        return self._act(self._grammar.action(text))

    hints = {parameter.name: _TYPES.get(parameter.type, str) for parameter in parameters}
    act.__name__ = name
    act.__qualname__ = f"Episode.{name}"
    act.__annotations__ = {**hints, "return": str}
    act.__doc__ = _document(action)
    act.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD),
            *(
                inspect.Parameter(
                    parameter.name,
                    inspect.Parameter.POSITIONAL_OR_KEYWORD,
                    default=inspect.Parameter.empty if parameter.required else None,
                    annotation=hints[parameter.name],
                )
                for parameter in parameters
            ),
        ],
        return_annotation=str,
    )
    return act


def _document(action: ActionSpec) -> str:
    lines = [action.description or f"Do: {action.name}."]
    if action.parameters:
        lines += ["", "Args:"]
        for parameter in action.parameters:
            choices = f" One of: {', '.join(parameter.choices)}." if parameter.choices else ""
            lines.append(f"    {parameter.name}: {parameter.description or parameter.name}{choices}")
    lines += ["", "Returns:", "    What the environment shows then."]
    return "\n".join(lines)
