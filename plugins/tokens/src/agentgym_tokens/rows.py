"""Trajectories to training rows: the sampled tokens, a weight for each, and the turn that each came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from agentgym_core.errors import ConfigError
from agentgym_core.types import Trajectory, WeightedTrajectory
from agentgym_tokens.conversation import Conversations
from agentgym_tokens.history import ConversationHistory


@frozen
class Span:
    """The tokens `start` to `stop` of a row were said in this turn (None: an assistant message outside the turns)."""

    turn: int | None
    start: int
    stop: int


@frozen
class TrainingRow:
    """One training sequence. `weights` has one entry a token: 0 where nothing is learned."""

    trajectory: str
    ids: tuple[int, ...]
    weights: tuple[float, ...]
    spans: tuple[Span, ...]

    @property
    def mask(self) -> tuple[bool, ...]:
        """Whether a token is learned."""
        return tuple(weight != 0 for weight in self.weights)


@define
class RowCounts:
    """What became of trajectories on their way into rows."""

    trajectories: int = 0
    rows: int = 0
    tokens: int = 0
    trained: int = 0
    sampled_turns: int = 0
    rendered_turns: int = 0
    rewritten: int = 0
    truncated: int = 0
    excluded: dict[str, int] = field(factory=dict)
    notes: dict[str, int] = field(factory=dict)
    """What the chat template made of answers and a learner should know, with the number of turns."""


@frozen
class _Piece:
    """One assistant turn: `prompt` is everything before it, or what follows the turn before where `follows`. Its last token is not learned
    where it was `cut`: nobody said it."""

    prompt: tuple[int, ...]
    said: tuple[int, ...]
    follows: bool
    weight: float
    turn: int | None
    cut: bool = False


def rows(
    data: Iterable[WeightedTrajectory],
    conversations: Conversations,
    *,
    max_length: int | None = None,
    counts: RowCounts | None = None,
) -> Iterator[TrainingRow]:
    """The rows of weighted trajectories.

    Where a policy kept the ids that it sampled, these are the row; where it saw a rewritten prompt, a new row starts. Else the
    conversation is played through `conversations` as a policy plays it, and what it should have said is learned. A row longer than
    `max_length` tokens ends after the last turn that fits.

    :raises ConfigError: the chat template cannot show what an agent did; the message says whose and where.
    """
    counts = RowCounts() if counts is None else counts
    for item in data:
        counts.trajectories += 1
        made = 0
        for row in _of_one(item, conversations, max_length, counts):
            made += 1
            counts.rows += 1
            counts.tokens += len(row.ids)
            counts.trained += sum(row.mask)
            yield row
        if not made:
            why = "nothing to learn" if max_length is None else "nothing to learn within the context"
            counts.excluded[why] = counts.excluded.get(why, 0) + 1


def _of_one(
    item: WeightedTrajectory, conversations: Conversations, max_length: int | None, counts: RowCounts
) -> Iterator[TrainingRow]:
    trajectory = item.trajectory
    sampled = bool(trajectory.turns) and all(turn.tokens is not None for turn in trajectory.turns)
    pieces = list(sampled_pieces(item) if sampled else rendered_pieces(item, conversations, counts))
    if sampled:
        counts.sampled_turns += len(pieces)
    else:
        counts.rendered_turns += len(pieces)
    current: list[_Piece] = []
    length = 0
    cut = False
    for piece in pieces:
        # A template that rewrites history (drops old thoughts, say) breaks the chain: the pieces so far become a row of their
        # own, and the next row starts from the prompt that the policy really saw.
        #
        #   piece follows:      [prompt said] [new said] [new said]        one row
        #   piece does not:     [prompt said] | [whole prompt said] ...    a new row
        if current and not piece.follows:
            yield from _row(trajectory, current)
            counts.rewritten += 1
            current, length, cut = [], 0, False
        length += len(piece.prompt) + len(piece.said)
        # After the first turn that does not fit, later ones have lost their context and are dropped too.
        if cut or (max_length is not None and length > max_length):
            if not cut:
                counts.truncated += 1
            cut = True
            continue
        current.append(piece)
    yield from _row(trajectory, current)


def sampled_pieces(item: WeightedTrajectory) -> Iterator[_Piece]:
    """The turns as the policy saw and sampled them."""
    messages = item.trajectory.messages
    for number, turn in enumerate(item.trajectory.turns):
        if turn.tokens is None:
            continue
        # Not learned from, and still part of the context of later turns: weight 0.
        learned = messages[turn.message].loss is not False
        weight = _weight(item, number) if learned else 0.0
        yield _Piece(
            tuple(turn.tokens.prompt), tuple(turn.tokens.sampled), number > 0 and not turn.tokens.fresh, weight, number
        )


def rendered_pieces(item: WeightedTrajectory, conversations: Conversations, counts: RowCounts) -> Iterator[_Piece]:
    """The assistant messages as a policy would have sampled them, each after the prompt that it would have seen.

    :raises ConfigError: as `rows` says.
    """
    trajectory = item.trajectory
    messages = trajectory.messages
    turn_of = {turn.message: number for number, turn in enumerate(trajectory.turns)}
    past: ConversationHistory | None = None
    ids: list[int] = []
    for index, message in enumerate(messages):
        if message.role != "assistant" or message.loss is False:
            continue
        number = turn_of.get(index)
        try:
            asked = conversations.ask(past, ids, messages[:index], tools_of(trajectory))
            said = conversations.answer(asked, message)
        except ConfigError as error:
            where = f"message {index}" if number is None else f"turn {number}"
            raise ConfigError(f"episode {trajectory.id}, {where}: {error.message}", hint=error.hint) from error
        for note in said.notes:
            counts.notes[note] = counts.notes.get(note, 0) + 1
        past = conversations.record_completion(asked, said.ids)
        ids = [*asked.ids, *said.ids]
        weight = item.weight if number is None else _weight(item, number)
        cut = number is not None and trajectory.turns[number].finish_reason == "length"
        yield _Piece(asked.new, said.ids, not asked.fresh, weight, number, cut)


def tools_of(trajectory: Trajectory) -> Sequence[Mapping[str, Any]]:
    """The tools that a policy was given in this episode.

    :raises ConfigError: it called some, and they are not kept: it was played by an older version, or elsewhere.
    """
    tools: Sequence[Mapping[str, Any]] = trajectory.info.get("tools", ())
    if not tools and any(message.tool_calls for message in trajectory.messages):
        raise ConfigError(
            "tools were called, and which there were is not kept",
            hint="collect it again: episodes now keep their tools",
        )
    return tools


def _weight(item: WeightedTrajectory, turn: int) -> float:
    return item.weight * (1.0 if item.turns is None else item.turns[turn])


def _row(trajectory: Trajectory, pieces: Sequence[_Piece]) -> Iterator[TrainingRow]:
    ids: list[int] = []
    weights: list[float] = []
    spans: list[Span] = []
    for piece in pieces:
        ids += piece.prompt
        weights += [0.0] * len(piece.prompt)
        spans.append(Span(piece.turn, len(ids), len(ids) + len(piece.said)))
        ids += piece.said
        weights += [piece.weight] * len(piece.said)
        if piece.cut:
            weights[-1] = 0.0
    if any(weights):
        yield TrainingRow(trajectory.id, tuple(ids), tuple(weights), tuple(spans))
