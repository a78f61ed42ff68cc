"""Sub-goals of a task: what must have been found out or done, and what an expert does for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from attrs import Factory, frozen

from agentgym_core.types import ExpertAction
from agentgym_tools.answers import same_answer
from agentgym_tools.toolbox import Called


class Goal(Protocol):
    """One sub-goal. It hears of every call in turn; `box` is the environment's own toolbox."""

    @property
    def needed(self) -> bool:
        """Whether an answer counts only once it is met. False where a policy may rightly do without: what it can work out itself."""

    def after(self, box: Any, called: Called, met: bool) -> bool:
        """Whether it is met after a call, given whether it was before."""

    def move(self, box: Any) -> ExpertAction | None:
        """What an expert does for it now, or None where nothing more can be done."""


def move(thought: str, name: str, arguments: Mapping[str, Any] | None = None) -> ExpertAction:
    """An expert's call of a tool, in the canonical text of actions without a text form."""
    return ExpertAction(thought, text_of(name, arguments or {}))


def text_of(name: str, arguments: Mapping[str, Any]) -> str:
    """The canonical text of a call. Arguments stand in the order of their declaration."""
    pairs = ", ".join(f"{_json(key)}: {_json(value)}" for key, value in arguments.items())
    return f"{name} with Action Input: {{{pairs}}}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


@frozen
class Lookup:
    """A tool has answered a question with these arguments; once met it stays so.

    `arguments` are the arguments, or a function from the toolbox to them where they are known only in the episode (None: no longer
    possible).
    """

    tool: str
    thought: str
    arguments: Mapping[str, Any] | Callable[[Any], Mapping[str, Any] | None] = Factory(dict)
    needed: bool = True

    def after(self, box: Any, called: Called, met: bool) -> bool:
        """Whether it was asked by now."""
        return met or (called.ok and called.tool == self.tool and called.arguments == self._arguments(box))

    def move(self, box: Any) -> ExpertAction | None:
        """Ask it."""
        arguments = self._arguments(box)
        return None if arguments is None else move(self.thought, self.tool, arguments)

    def _arguments(self, box: Any) -> Mapping[str, Any] | None:
        return self.arguments(box) if callable(self.arguments) else self.arguments


@frozen
class Aim:
    """What an episode is about: the words of the task, its right answer, and its sub-goals in the order in which an expert meets them.

    `looks` are what an expert looks at before anything else; they are not scored. `conclusion` is its thought before it answers.
    `accepted` are further answers that are as right as `answer`. Numbers may be off by `tolerance` and be followed by `unit`; the words of
    the task should state both.
    """

    text: str
    answer: Any
    goals: Sequence[Goal] = ()
    looks: Sequence[Goal] = ()
    ordered: bool = False
    conclusion: str = "That is all that was asked for."
    accepted: Sequence[Any] = ()
    tolerance: float = 0.0
    unit: str = ""

    def answered(self, given: Any, *, strict: bool) -> bool:
        """Whether an answer is right; `strict` compares as AgentGym does."""
        return any(
            same_answer(given, right, ordered=self.ordered, strict=strict, tolerance=self.tolerance, unit=self.unit)
            for right in (self.answer, *self.accepted)
        )
