"""The tools of one episode: calls in, texts out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import Struct

from agentgym_core.specs import ActionSpec
from agentgym_core.types import Action
from agentgym_tools.declaring import Tool, declared, tool

_LONGEST_NAME = 60
_INPUT = " with Action Input:"
_ORIGINAL_MISFIT = "Parameters in action input are not valid, please change your action input."


class ToolError(Exception):
    """Raised by a tool that cannot do what it was asked: the message is what the policy reads. Not an environment fault."""


class Called(Struct, frozen=True):
    """One call and its answer. `ok` tells whether the tool did it; `value` is what it returned, `text` what the policy reads.

    `info` goes into the step's info: what a reader of the trajectory should know and the policy does not read.
    """

    tool: str
    arguments: Mapping[str, Any] = {}
    text: str = ""
    ok: bool = False
    value: Any = None
    info: Mapping[str, Any] = {}


class Toolbox:
    """The tools of one episode. Subclass it and mark methods with `tool`; `check_valid_actions` and `finish` are always there.

    `finished` is set by `finish`, and `answer` is what was answered. `told` counts the calls that returned something about the world.
    What a tool puts into `notes` goes into the info of its step. With `original_texts` wrong calls are answered as AgentGym's server
    does, which does not say what is wrong with which argument.
    """

    silent: ClassVar[tuple[str, ...]] = ("check_valid_actions", "finish")
    """The tools that return nothing about the world."""

    original_texts = False

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
            return self._unread(action)
        misfit = found.misfit(action.arguments)
        if misfit is not None:
            return self._wrong(found, action.arguments, misfit)
        given = ((each.name, action.arguments.get(each.name)) for each in found.spec.parameters)
        arguments = {name: value for name, value in given if value is not None}
        try:
            value = getattr(self, found.method)(**arguments)
        except ToolError as error:
            return Called(found.method, arguments, str(error))
        self.told += found.method not in self.silent
        notes, self.notes = self.notes, {}
        return Called(found.method, arguments, self.show(value), True, value, notes)

    def _unread(self, action: Action) -> Called:
        """An action that names no tool, or one whose arguments the grammar could not take."""
        written, _, rest = action.text.partition(_INPUT)
        name = action.name or written.strip()
        known = self.tools().get(name)
        if known is None:
            short = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
            return Called("", text=f"ERROR | Invalid action: {short}.")
        try:
            arguments = json.loads(rest)
        except (ValueError, RecursionError):
            arguments = None
        if not isinstance(arguments, dict):
            return self._wrong(known, {}, f"the Action Input of {name} must be one JSON object")
        return self._wrong(known, arguments, known.misfit(arguments) or f"the arguments of {name} cannot be read")

    def _wrong(self, found: Tool, arguments: Mapping[str, Any], misfit: str) -> Called:
        if not self.original_texts:
            return Called(found.method, arguments, f"ERROR | {misfit}.")
        parameters = found.spec.parameters
        lacking = [each.name for each in parameters if each.required and arguments.get(each.name) is None]
        text = f"KeyError({lacking[0]!r})" if arguments and lacking else f"Exception({_ORIGINAL_MISFIT})"
        return Called(found.method, arguments, f"ERROR | {text}")

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
