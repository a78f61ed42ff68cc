"""What a model is told, as data: literal strings around observations, never formatted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from agentgym_core.types import Message, digest

if TYPE_CHECKING:
    from agentgym_core.actions import Grammar
    from agentgym_core.environment import Description


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
        """For the key of an episode: what the style says, whatever its name."""
        opening = [[m.role, m.content, m.loss] for m in self.opening]
        return digest([opening, self.first_prefix, self.turn_prefix, self.suffix, self.actions])

    def observation(self, text: str, *, first: bool, available: Sequence[str] | None = None) -> str:
        """The message that carries an observation."""
        listed = self.actions + ", ".join(available) if self.actions and available else ""
        return f"{self.first_prefix if first else self.turn_prefix}{text}{listed}{self.suffix}"


_ACKNOWLEDGED = "Understood. I will answer in this form and work towards the goal."


def default_style(description: Description, grammar: Grammar, *, acknowledge: bool = True) -> PromptStyle:
    """The style of an environment that is told nothing else: its instruction, and the rules of the action format.

    :param acknowledge: put a canned answer of the assistant after the instruction (never learned from).
    """
    opening = [Message("user", f"{description.instruction.strip()}\n\n{grammar.rules()}")]
    if acknowledge:
        opening.append(Message("assistant", _ACKNOWLEDGED, loss=False))
    return PromptStyle("default", tuple(opening), actions="\nAvailable actions: " if description.show_actions else "")
