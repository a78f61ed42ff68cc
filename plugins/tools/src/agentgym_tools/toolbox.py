"""The tools of one episode: calls in, texts out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Factory, frozen

from agentgym_core.specs import ActionSpec
from agentgym_core.types import Action
from agentgym_tools.declaring import Tool, declared, tool

_LONGEST_NAME = 60
_TELL_NOTHING = ("check_valid_actions", "finish")


class ToolError(Exception):
    """Raised by a tool that cannot do what it was asked: the message is what the policy reads. No fault of anybody."""


@frozen
class Called:
    """One call and its answer. `ok` tells whether the tool did it; `value` is what it returned, `text` what the policy reads.

    `info` goes into the step's info: what a reader of the trajectory should know and the policy does not read.
    """

    tool: str
    arguments: Mapping[str, Any] = Factory(dict)
    text: str = ""
    ok: bool = False
    value: Any = None
    info: Mapping[str, Any] = Factory(dict)


class Toolbox:
    """The tools of one episode. Subclass it and mark methods with `tool`; `check_valid_actions` and `finish` are always there.

    `finished` is set by `finish`, and `answer` is what was answered. `told` counts the calls that told something. What a tool puts into
    `notes` goes into the info of its step.
    """

    def __init__(self) -> None:
        self.finished = False
        self.answer: Any = None
        self.told = 0
        self.notes: dict[str, Any] = {}

    @classmethod
    def tools(cls) -> Mapping[str, Tool]:
        """The declared tools by name."""
        return declared(cls)

    @classmethod
    def actions(cls) -> tuple[ActionSpec, ...]:
        """What an environment with these tools puts into its description."""
        return tuple(each.spec for each in cls.tools().values())

    def call(self, action: Action) -> Called:
        """Do what an action says. Whatever a policy says gets an answer; only faults (of a service, say) are raised."""
        found = self.tools().get(action.name)
        if found is None:
            name = action.name or action.text.partition(" with Action Input:")[0].strip()
            short = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
            return Called("", text=f"ERROR | Invalid action: {short}.")
        misfit = found.misfit(action.arguments)
        if misfit is not None:
            return Called(found.method, action.arguments, f"ERROR | {misfit}.")
        names = [parameter.name for parameter in found.spec.parameters]
        arguments = {name: action.arguments[name] for name in names if action.arguments.get(name) is not None}
        try:
            value = getattr(self, found.method)(**arguments)
        except ToolError as error:
            return Called(found.method, arguments, str(error))
        self.told += found.method not in _TELL_NOTHING
        notes, self.notes = self.notes, {}
        return Called(found.method, arguments, self.show(value), True, value, notes)

    def show(self, value: Any) -> str:
        """A tool's value as text: as Python prints it, which is what the paper's environments show."""
        return str(value)

    def close(self) -> None:
        """Free what is behind the tools; calling it twice is fine."""

    @tool
    def check_valid_actions(self) -> str:
        """List the names of all tools."""
        return f"You can use following valid actions: {list(self.tools())}"

    @tool
    def finish(self, answer: Any) -> Any:
        """End the task with its answer. It can be called once.

        :param answer: the answer in the form that the task asks for: text, a number or a list
        """
        self.finished, self.answer = True, answer
        return answer
