"""An environment that answers what the action says: any step at all, wherever it lives. Importable by name, so that hosts can have it."""

from __future__ import annotations

import json
from typing import Any

from agentgym_core import Action, ActionSpec, Description, Environment, Parameter, Step, Task, TaskList


def said(step: Step) -> str:
    """The action that is answered by a step: its fields as JSON, in digits that no reader of actions changes."""
    fields = {
        name: getattr(step, name) for name in ("observation", "score", "terminated", "truncated", "success", "info")
    }
    return "say " + json.dumps(fields).encode().hex()


class EchoEnvironment(Environment):
    """Answers what it is told to."""

    @classmethod
    def describe(cls, config: Any) -> Description:
        """One action of one word."""
        return Description(
            instruction="Say.",
            actions=(ActionSpec("say", (Parameter("what"),), text="say {what}"),),
            splits={"train": 1},
            max_rounds=4,
        )

    @classmethod
    def tasks(cls, config: Any, split: str) -> TaskList:
        """One."""
        return TaskList(["echo"], lambda id: Task(id, split))

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Begin."""
        return "begin"

    def step(self, action: Action) -> Step:
        """What the action says."""
        return Step(**json.loads(bytes.fromhex(action.text.removeprefix("say "))))
