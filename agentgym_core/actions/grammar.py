"""The action grammar: one declaration, four ways to write it, one canonical text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from agentgym_core.actions import _code as code
from agentgym_core.actions import _react as react
from agentgym_core.actions import _typed as typed
from agentgym_core.actions._action_set import ActionSet
from agentgym_core.actions._lenient import Lenient
from agentgym_core.actions._loose import Loose
from agentgym_core.actions._rules import rules, tool, wanted
from agentgym_core.actions._values import clean, short
from agentgym_core.actions.parsed_reply import FORMATS, ParsedReply
from agentgym_core.errors import ConfigError
from agentgym_core.specs import ActionSpec
from agentgym_core.types import Action, ExpertAction, ToolCall

_NOT_NATIVE = "no tool call: read from the text"
_STRICT = {
    "react": react.read,
    "function_calling": typed.read_json,
    "json": typed.read_json,
    "code_as_action": code.read,
}


class Grammar:
    """Reads replies into actions and writes moves as replies, in one of `FORMATS`.

    Made once for a run: everything is compiled here. Text that a model wrote is data: it is never evaluated, and no text makes
    reading it slow or raises.

    The canonical text of an action is its text form with the arguments put in, or `name with Action Input: {json}` where it has
    none: arguments in the order of their declaration, keys inside them sorted, defaults left out. White space in an argument is folded
    unless its parameter is `multiline`. Where several text forms fit a text, the one with the most fixed characters is meant, then
    the one declared first; its slots take as little as they can, from left to right.

    :param actions: what an environment declares.
    :param format: one of `FORMATS`.
    :raises ConfigError: for another format.
    :raises ValueError: where two actions share a name, or a text form and its parameters do not fit together.
    """

    def __init__(self, actions: Sequence[ActionSpec], format: str = "react") -> None:
        if format not in FORMATS:
            raise ConfigError(f"there is no action format {format!r}", hint=f"choose one of: {', '.join(FORMATS)}")
        self.format = format
        self.actions = tuple(actions)
        self._declared = ActionSet(self.actions)
        self._loose = Loose(self._declared)
        self._lenient = Lenient(self._loose)
        self.tools: tuple[dict[str, Any], ...] = (
            tuple(tool(action) for action in self.actions) if format == "function_calling" else ()
        )

    def rules(self) -> str:
        """What the model is told about its replies: the format, and the actions that there are."""
        return rules(self._declared, self.format)

    def read(self, text: str, tool_calls: Sequence[ToolCall] = ()) -> ParsedReply:
        """Read a reply. Never raises.

        In `react`, an action that no declared form fits is still an action, with an empty name; only a reply without one is an error.
        In the other formats a wrong name or wrong arguments are an error too, which says what is allowed.
        """
        text = clean(text)
        native = self.format == "function_calling"
        if tool_calls and native:
            return typed.read_calls(self._loose, text, tool_calls)
        # The strict reader of a format knows one form exactly and is quick. All else the lenient reader looks at, the same one for
        # all formats.
        strict = _STRICT[self.format](self._loose, text)
        if strict is not None and strict.action is not None and self._declared.fits(strict.action):
            return evolve(strict, notes=(_NOT_NATIVE, *strict.notes)) if native else strict
        found = self._lenient.read(text)
        unknown = found is not None and found.action is not None and not found.action.name
        if found is None or (unknown and self.format != "react"):
            return ParsedReply(None, text.strip(), wanted(self._declared, self.format))
        if found.action is not None and unknown:
            # No declared action, under a mark all the same: in plain text the environment answers it.
            if self._loose.doubtful(found.action.text):
                said = short(found.action.text)
                problem = f"it is not clear which action {said} is: give exactly one, in the form that is asked for"
                return ParsedReply(None, found.thought, problem)
            return found
        first = _NOT_NATIVE if native else f"not in the form of {self.format}"
        return evolve(found, notes=(first, *found.notes))

    def action(self, text: str) -> Action:
        """The action that a canonical text says; its name is empty where no declared form fits. Never raises."""
        return self._declared.find(clean(text)).action

    def canonical(self, name: str, arguments: Mapping[str, Any]) -> str:
        """The canonical text of a call; arguments are coerced to their declared types.

        :raises ValueError: where the call does not fit the declaration of the action.
        """
        return self._declared.act(name, arguments, []).text

    def render(self, move: ExpertAction) -> tuple[str, tuple[ToolCall, ...]]:
        """A move as a reply of this format: reading it gives the canonical text of the move's action again.

        A move that fits no declared form cannot be written as a typed call: it is written as it stands, and will be read as
        an error.
        """
        move = ExpertAction(clean(move.thought), clean(move.action))
        action = self._declared.find(move.action).action
        if self.format == "react":
            return react.write(self._loose, move, action), ()
        if not action.name:
            return move.action, ()
        if self.format == "function_calling":
            return move.thought, (typed.write_call(move, action),)
        if self.format == "json":
            return typed.write_json(move, action), ()
        return code.write(self._loose, move, action), ()
