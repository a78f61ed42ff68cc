"""What comes out of reading a reply."""

from __future__ import annotations

from attrs import frozen

from agentgym_core.types import Action, ToolCall

FORMATS = ("react", "function_calling", "json", "code_as_action")
"""The action formats: how a model writes an action."""


@frozen
class ParsedReply:
    """A reply, read.

    `action` is None exactly where `error` says why the reply cannot be read, in words for the model. `notes` say what was mended.
    `call` is the native tool call that was read, `unrun` are those after it: one action a turn.
    """

    action: Action | None
    thought: str = ""
    error: str | None = None
    notes: tuple[str, ...] = ()
    call: ToolCall | None = None
    unrun: tuple[ToolCall, ...] = ()
