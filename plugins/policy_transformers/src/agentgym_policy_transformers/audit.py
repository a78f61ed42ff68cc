"""What a learner would learn of trajectories, looked at from outside: against sampled ids, the template and the messages."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from attrs import define, field, frozen

from agentgym_core.errors import ConfigError
from agentgym_core.types import Trajectory, WeightedTrajectory
from agentgym_tokens import Conversations, RowCounts, TrainingRow, rendered_pieces, rows, tools_of
from agentgym_tokens.messages import thought_of


@frozen
class Drift:
    """One turn that does not tokenise back to the sampled ids. `position` counts within the turn's sampled tokens."""

    trajectory: str
    turn: int
    position: int
    sampled: int | None
    rendered: int | None


@frozen
class Fault:
    """One thing that must not be learned like this.

    `turn` is None where it is no turn's; `ids` are the row around it, and `position` is the token among them that is wrong.
    """

    trajectory: str
    turn: int | None
    what: str
    ids: tuple[int, ...] = ()
    position: int = 0


@define
class Audit:
    """The result of an audit.

    `unsampled` counts tokens under the loss mask that no policy sampled, in trajectories with known sampled ids; `kept` is the number of
    turns with known ids, `rendered` of those learned through the chat template. `notes` are what learners tell before they begin.
    `of` says how many episodes the run has that these `trajectories` were drawn from.
    """

    trajectories: int = 0
    of: int = 0
    turns: int = 0
    kept: int = 0
    rendered: int = 0
    rewritten: int = 0
    unsampled: int = 0
    drifted: list[Drift] = field(factory=list)
    faults: list[Fault] = field(factory=list)
    notes: dict[str, int] = field(factory=dict)

    @property
    def drift_rate(self) -> float | None:
        """The share of turns with known ids that drifted, or None where there are none."""
        return len(self.drifted) / self.kept if self.kept else None


def drawn(trajectories: Iterable[Trajectory], number: int, seed: int = 0) -> tuple[list[Trajectory], int]:
    """Episodes drawn evenly from a run, in its order, and how many it has; all of them where `number` is 0.

    One pass that keeps no more than `number` of them: every episode after those takes a drawn one's place with the chance that keeps all
    equally likely (reservoir sampling). The same run, number and seed give the same episodes.
    """
    chance = random.Random(seed)
    kept: list[tuple[int, Trajectory]] = []
    total = 0
    for place, trajectory in enumerate(trajectories):
        total = place + 1
        if not number or place < number:
            kept.append((place, trajectory))
        elif (taken := chance.randrange(total)) < number:
            kept[taken] = (place, trajectory)
    return [trajectory for _, trajectory in sorted(kept, key=lambda pair: pair[0])], total


def audit(trajectories: Sequence[Trajectory], conversations: Conversations, of: int | None = None) -> Audit:
    """Audit trajectories with what a policy makes its prompts with.

    :param of: how many there are that these were drawn from.
    """
    found = Audit(len(trajectories), len(trajectories) if of is None else of)
    for trajectory in trajectories:
        item = WeightedTrajectory(trajectory)
        found.turns += len(trajectory.turns)
        known = [turn.tokens for turn in trajectory.turns if turn.tokens is not None]
        found.kept += len(known)
        found.rewritten += sum(tokens.fresh for tokens in known[1:])
        if known and len(known) == len(trajectory.turns):
            # What was sampled is what is learned: that the template cannot render it again is no fault of the rows.
            found.drifted += _drift_of(trajectory, conversations, found.notes)
            found.unsampled += unsampled_tokens(trajectory, list(rows([item], conversations)))
            continue
        counts = RowCounts(notes=found.notes)
        try:
            made = list(rows([item], conversations, counts=counts))
        except ConfigError as error:
            found.faults.append(Fault(trajectory.id, None, error.message))
            continue
        found.rendered += counts.rendered_turns
        for row in made:
            found.faults += faults_of(trajectory, row, conversations)
    return found


def faults_of(trajectory: Trajectory, row: TrainingRow, conversations: Conversations) -> list[Fault]:
    """What is wrong with a rendered row: its prompts against the template's own, its answers against the messages, its ends."""
    found: list[Fault] = []
    template = conversations.template(tools_of(trajectory))
    for span in row.spans:
        if span.turn is None:
            continue
        turn = trajectory.turns[span.turn]
        message = trajectory.messages[turn.message]
        # Rendered and tokenised here from nothing, as a policy's first look at this conversation would be.
        prompt = conversations.codec.encode(template.prompt(trajectory.messages[: turn.message]))
        seen = list(row.ids[: span.start])
        if prompt != seen:
            place = next(
                (n for n, (a, b) in enumerate(zip(prompt, seen, strict=False)) if a != b), min(len(prompt), len(seen))
            )
            found.append(
                Fault(trajectory.id, span.turn, "the prompt is not what a policy would be shown", row.ids, place)
            )
        said = row.ids[span.start : span.stop]
        learned = [token for token, on in zip(said, row.mask[span.start : span.stop], strict=True) if on]
        if turn.finish_reason != "length" and (not learned or learned[-1] not in conversations.ends):
            found.append(Fault(trajectory.id, span.turn, "no end of the turn is learned", row.ids, span.stop - 1))
        text = "".join(conversations.codec.decode(learned, special=True).split())
        thought, bare = ("".join(part.split()) for part in thought_of(message))
        if not message.tool_calls and bare not in text:
            found.append(Fault(trajectory.id, span.turn, "the answer is not learned whole", row.ids, span.start))
        if thought and thought[-8:] in text and thought not in text:
            found.append(Fault(trajectory.id, span.turn, "the answer begins within its thought", row.ids, span.start))
        found += [
            Fault(trajectory.id, span.turn, f"the call of {call.name} is not learned", row.ids, span.start)
            for call in message.tool_calls
            if call.name not in text
        ]
    return found


def _drift_of(trajectory: Trajectory, conversations: Conversations, notes: dict[str, int]) -> list[Drift]:
    try:
        pieces = list(rendered_pieces(WeightedTrajectory(trajectory), conversations, RowCounts()))
    except ConfigError:
        words = "episodes whose sampled ids cannot be had from their text again (which is no fault: they are learned as sampled)"
        notes[words] = notes.get(words, 0) + 1
        return []
    found = []
    for piece in pieces:
        turn = None if piece.turn is None else trajectory.turns[piece.turn]
        if turn is None or turn.tokens is None or piece.turn is None:
            continue
        again, sampled = piece.said, turn.tokens.sampled
        if turn.finish_reason == "length" and again[: len(sampled)] == sampled:
            # A reply that was cut lacks its end, which the template adds: nothing tokenised differently.
            continue
        # Only the first mismatch is reported: once tokens are shifted, all that follow differ as well.
        for position in range(max(len(again), len(sampled))):
            ours = sampled[position] if position < len(sampled) else None
            theirs = again[position] if position < len(again) else None
            if ours != theirs:
                found.append(Drift(trajectory.id, piece.turn, position, ours, theirs))
                break
    return found


def unsampled_tokens(trajectory: Trajectory, made: list[TrainingRow]) -> int:
    """How many tokens under the loss mask were not sampled in the turn that they are booked to; 0 where no ids are known."""
    if any(turn.tokens is None for turn in trajectory.turns):
        return 0
    wrong = 0
    for row in made:
        # A position is in order if its span holds exactly the sampled ids of its turn; learned positions outside are counted.
        booked = [False] * len(row.ids)
        for span in row.spans:
            tokens = None if span.turn is None else trajectory.turns[span.turn].tokens
            if tokens is not None and tuple(row.ids[span.start : span.stop]) == tuple(tokens.sampled):
                booked[span.start : span.stop] = [True] * (span.stop - span.start)
        wrong += sum(learned and not fine for learned, fine in zip(row.mask, booked, strict=True))
    return wrong
