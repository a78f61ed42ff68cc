"""Bare instances of an environment, played by hand in tests."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environment import Environment
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Step

Play = Callable[..., list[Step]]


def play_expert(
    source: EnvironmentSource, task: str, *, seed: int = 0, environment: Environment | None = None, first: str = ""
) -> list[tuple[str, Step]]:
    """The expert's episode to its end: actions with their steps.

    :param environment: an instance of the source; by default a new one.
    :param first: an action that is taken before the expert's.
    """
    if environment is None:
        with source.make() as made:
            return play_expert(source, task, seed=seed, environment=made, first=first)
    grammar = Grammar(source.description.actions)
    environment.reset(source.find(task), seed=seed)
    played = [(first, environment.step(grammar.action(first)))] if first else []
    while not (played and played[-1][1].ended):
        move = environment.expert()
        assert move is not None, f"{task}: the expert gives up after {[text for text, _ in played]}"
        played.append((move.action, environment.step(grammar.action(move.action))))
    return played


class ToolPlayer:
    """An instance of a tool environment, called by tool and arguments. A context manager: it closes the instance."""

    def __init__(self, environment: str, config: Mapping[str, Any] | None = None, task: str = "") -> None:
        self.source = resolve_environment(environment, config)
        self.environment: Any = self.source.make()
        self.grammar = Grammar(self.source.description.actions)
        if task:
            self.reset(task)

    def __enter__(self) -> ToolPlayer:
        return self

    def __exit__(self, *exception: object) -> None:
        self.environment.close()

    def reset(self, task: str) -> str:
        """Open an episode."""
        opening: str = self.environment.reset(self.source.find(task), seed=0)
        return opening

    def call(self, tool: str, /, **arguments: Any) -> Step:
        """Call a tool."""
        step: Step = self.environment.step(self.grammar.action(self.grammar.canonical(tool, arguments)))
        return step

    def value(self, tool: str, /, **arguments: Any) -> Any:
        """The value that a call returns; it must succeed."""
        step = self.call(tool, **arguments)
        assert step.info["ok"], step.observation
        return ast.literal_eval(step.observation)

    def error(self, tool: str, /, **arguments: Any) -> str:
        """What a call says; it must fail."""
        step = self.call(tool, **arguments)
        assert not step.info["ok"], step.observation
        return step.observation

    def expert(self, until: str = "") -> Step:
        """The expert's moves to the end, or up to the tool that begins so; the last step."""
        step: Step | None = None
        while step is None or not step.ended:
            move = self.environment.expert()
            assert move is not None
            if until and move.action.startswith(until):
                break
            step = self.environment.step(self.grammar.action(move.action))
        assert step is not None
        return step


def source_fixture(environment: str) -> Any:
    """For a `conftest.py`: `source = source_fixture("maze")` is a fixture that makes the source from configuration keys."""

    @pytest.fixture(name="source")
    def source() -> Callable[..., EnvironmentSource]:
        return lambda **config: resolve_environment(environment, config)

    return source


@pytest.fixture
def play(source: Callable[..., EnvironmentSource]) -> Play:
    """Plays actions in a task, read and guarded as in a rollout: the steps, the opening first. Import it beside a fixture `source`."""

    def play(task: str, actions: Sequence[str], **config: Any) -> list[Step]:
        found = source(**config)
        grammar = Grammar(found.description.actions)
        with GuardedEnvironment(found) as instance:
            steps = [instance.reset(ResetRequest(task=task, seed=0)).step]
            steps += [instance.step(grammar.action(text)).step for text in actions]
        return steps

    return play
