"""Literal strings around observations, never formatted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from agentgym_core.errors import ConfigError
from agentgym_core.types import Message, digest

if TYPE_CHECKING:
    from agentgym_core.actions import Grammar
    from agentgym_core.environment import Description

_KIND = "agentgym-prompt-style"
_VERSION = 1


@frozen
class PromptStyle:
    """How a conversation begins, and what stands around each observation.

    `opening` are the messages before the first observation. `first_prefix` stands before the first observation, `turn_prefix` before the
    later ones, `suffix` after each. `actions` is the text before the list of available actions; where it is empty, they are not shown.
    """

    name: str
    opening: tuple[Message, ...] = ()
    first_prefix: str = ""
    turn_prefix: str = ""
    suffix: str = ""
    actions: str = ""

    @property
    def digest(self) -> str:
        """For the key of an episode: what the style says, independent of its name."""
        return digest([*(self._said()[key] for key in _SAID)])

    def observation(self, text: str, *, first: bool, available: Sequence[str] | None = None) -> str:
        """The message that carries an observation, with the available actions where they are given and the style shows them."""
        listed = self.actions + ", ".join(available) if self.actions and available else ""
        return f"{self.first_prefix if first else self.turn_prefix}{text}{listed}{self.suffix}"

    def strip(self, message: str, *, first: bool) -> str | None:
        """The observation that a message of this style carries: the inverse of `observation`. None where it has another style."""
        prefix = self.first_prefix if first else self.turn_prefix
        if not (message.startswith(prefix) and message.endswith(self.suffix)):
            return None
        end = len(message) - len(self.suffix)
        if end < len(prefix):
            return None
        text = message[len(prefix) : end]
        return text.rpartition(self.actions)[0] if self.actions and self.actions in text else text

    def to_json(self) -> str:
        """The style as a JSON document that a person can edit."""
        record = {"kind": _KIND, "version": _VERSION, "name": self.name, **self._said()}
        return json.dumps(record, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> PromptStyle:
        """Read what `to_json` wrote. Unknown keys, wrong types and other versions are refused.

        :raises ConfigError: with the place in the document.
        """
        from agentgym_core.prompts.record import read_style

        return read_style(text, _KIND, _VERSION)

    def _said(self) -> dict[str, Any]:
        return {
            "opening": [{"role": each.role, "content": each.content, "loss": each.loss} for each in self.opening],
            "first_prefix": self.first_prefix,
            "turn_prefix": self.turn_prefix,
            "suffix": self.suffix,
            "actions": self.actions,
        }


_SAID = ("opening", "first_prefix", "turn_prefix", "suffix", "actions")
_ACKNOWLEDGED = "Understood. I will answer in this form and work towards the goal."
_ACTIONS = "\n\nAvailable actions: "

NOT_RUN = "not run: one action a turn"
"""What answers every native tool call of a reply but the first."""


def unreadable(error: str | None) -> str:
    """What a policy is told of a reply that holds no action, and why."""
    return f"Your reply could not be read: {(error or 'it holds no action').rstrip('.')}. Nothing was done."


def default_style(description: Description, grammar: Grammar, *, acknowledge: bool = True) -> PromptStyle:
    """The style of an environment that is told nothing else: its instruction, and the rules of the action format.

    :param acknowledge: the instruction is a message of its own, with a canned answer of the assistant after it (never learned from).
        Without it the instruction stands before the first observation in one message, since many chat templates refuse two
        messages of one side in a row.
    """
    told = f"{description.instruction.strip()}\n\n{grammar.rules()}".strip()
    actions = _ACTIONS if description.show_actions else ""
    if not acknowledge:
        return PromptStyle("default", first_prefix=f"{told}\n\n", actions=actions)
    opening = (Message("user", told), Message("assistant", _ACKNOWLEDGED, loss=False))
    return PromptStyle("default", opening, actions=actions)


BARE = PromptStyle("bare")
"""Nothing but the observations: for models that learned a game and need no instruction."""

DIRECT = PromptStyle("direct")
"""Stands for the environment's own style without the canned answer, which small models repeat instead of acting."""


def chosen_style(name: str | PromptStyle | None) -> PromptStyle | None:
    """The style that a configuration names or holds: `default` (None: each environment's own), `direct`, `bare`, or a JSON file of a style.

    :raises ConfigError: the file cannot be read, or it is no style.
    """
    if name is None or isinstance(name, PromptStyle):
        return name
    if name == "default":
        return None
    if name in ("bare", "direct"):
        return BARE if name == "bare" else DIRECT
    try:
        text = Path(name).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"style {name!r}: {error.strerror or error}",
            hint="write default, direct, bare, or the file that `agentgym data prompts FILE --out STYLE.json` made",
        ) from error
    return PromptStyle.from_json(text)
