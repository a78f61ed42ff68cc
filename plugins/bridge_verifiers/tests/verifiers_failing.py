"""A plugin whose environment fails at its first step, and has no expert."""

from __future__ import annotations

from typing import Any

from agentgym_core import Action, Description, Environment, Step, Task, TaskList
from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec


class FailingEnvironment(Environment):
    """Cannot take a step."""

    @classmethod
    def describe(cls, config: Any) -> Description:
        """Two tasks, and any text as an action."""
        return Description(instruction="Try.", splits={"train": 2})

    @classmethod
    def tasks(cls, config: Any, split: str) -> TaskList:
        """Two."""
        return TaskList(["one", "two"], lambda id: Task(id, split))

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Begin."""
        return "You are here."

    def step(self, action: Action) -> Step:
        """Fail."""
        raise RuntimeError("the engine is gone")


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    """The one."""
    return [EnvironmentSpec(id="failing", target="verifiers_failing:FailingEnvironment")]
