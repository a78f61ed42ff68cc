"""An episode as a conversation, for loops that live elsewhere and ask a model themselves: what it is told, and what its replies earn.

Whoever drives the environment stays free in how: nothing here calls it, waits, or starts anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import Factory, field, frozen

from agentgym_core.actions import Grammar, ParsedReply
from agentgym_core.environment import Description
from agentgym_core.prompts import DIRECT, PromptStyle, chosen_style, default_style
from agentgym_core.prompts.style import NOT_RUN, unreadable
from agentgym_core.types import Action, Message, Step, ToolCall


@frozen
class Turn:
    """What came of a reply.

    `messages` are what the model is told next. `reward` is the increase of the score, so that the rewards of an episode add up to its
    score. `truncated` is an environment's own limit, or that on turns.
    """

    messages: tuple[Message, ...] = ()
    reward: float = 0.0
    terminated: bool = False
    truncated: bool = False

    @property
    def ended(self) -> bool:
        """Whether the episode takes no further reply."""
        return self.terminated or self.truncated


class Conversation:
    """Says in every turn what `agentgym eval` says: `begin` with the first observation, then `read` and `turn` for each reply.

    :param description: the environment's.
    :param format: how an action is written: `react`, `function_calling`, `json` or `code_as_action`.
    :param style: what the model is told: `default`, `direct`, `bare`, or a file of a style.
    :param max_turns: limit on replies; the environment's own where it is None.
    :raises ConfigError: there is no such format or style.
    """

    def __init__(
        self,
        description: Description,
        format: str = "react",
        style: str | PromptStyle = "default",
        max_turns: int | None = None,
    ) -> None:
        self.grammar = Grammar(description.actions, format)
        chosen = chosen_style(style)
        if chosen is None or chosen is DIRECT:
            chosen = default_style(description, self.grammar, acknowledge=chosen is None)
        self._style = chosen
        self.max_turns = max_turns or description.max_rounds
        self.tally = Tally()
        self._reading: ParsedReply | None = None
        self._calls: Sequence[ToolCall] = ()

    @property
    def opening(self) -> tuple[Message, ...]:
        """The messages before the first observation, the same in every episode."""
        return self._style.opening

    @property
    def tools(self) -> tuple[dict[str, Any], ...]:
        """The actions as chat completions take tools; none unless the format is `function_calling`."""
        return self.grammar.tools

    @property
    def needs(self) -> frozenset[str]:
        """What every answer of the environment must bring along: the available actions, where the model is shown them."""
        return frozenset({"available_actions"} if self._style.actions else ())

    def begin(self, observation: str, available: Sequence[str] | None = None) -> Message:
        """The message with the first observation of an episode."""
        self.tally = Tally()
        return Message("user", self._style.observation(observation, first=True, available=available))

    def read(self, text: str, calls: Sequence[ToolCall] = ()) -> Action | None:
        """The action of a reply; None where it cannot be read, and then the environment is not asked."""
        self._calls = calls
        self._reading = self.grammar.read(text, calls)
        return self._reading.action

    def turn(self, step: Step | None, available: Sequence[str] | None = None) -> Turn:
        """What came of the reply that was read.

        :param step: the environment's answer to its action; None where there was none.
        :param available: what can be done now; without a step what could be done before it.
        """
        reading = self._reading
        assert reading is not None, "read() comes before turn()"
        tally = self.tally
        score = tally.score if step is None else step.score
        self.tally = Tally(
            turns=tally.turns + 1,
            unread=tally.unread + (step is None),
            score=score,
            success=tally.success if step is None else step.solved,
            actions=tally.actions if reading.action is None else (*tally.actions, reading.action.text),
        )
        terminated = step is not None and step.terminated
        out = self.tally.turns >= self.max_turns and not terminated
        truncated = out or (step is not None and step.truncated)
        told = () if terminated or truncated else self._told(step, reading, available)
        return Turn(told, score - tally.score, terminated, truncated)

    def _told(self, step: Step | None, reading: ParsedReply, available: Sequence[str] | None) -> tuple[Message, ...]:
        text = unreadable(reading.error) if step is None else step.observation
        calls = self._calls if step is None else (reading.call, *reading.unrun) if reading.call else ()
        if step is None and calls:
            return _answers(text, calls)
        said = self._style.observation(text, first=False, available=available)
        return _answers(said, calls) if calls else (Message("user", said),)


@frozen
class Tally:
    """How an episode stands: replies and those that could not be read, score in [0, 1], whether it is solved, and its actions."""

    turns: int = 0
    unread: int = 0
    score: float = 0.0
    success: bool = False
    actions: tuple[str, ...] = field(default=Factory(tuple), repr=False)


def _answers(text: str, calls: Sequence[ToolCall]) -> tuple[Message, ...]:
    first, *rest = calls
    return (
        Message("tool", text, tool_call_id=first.id),
        *(Message("tool", NOT_RUN, tool_call_id=call.id) for call in rest),
    )
