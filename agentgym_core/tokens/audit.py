"""The drift between the tokens that were sampled and those that the chat template would make of their text."""

from __future__ import annotations

from attrs import frozen

from agentgym_core.tokens.rows import TrainingRow, rendered_pieces, rows
from agentgym_core.tokens.template import Template, Tokenizer
from agentgym_core.types import Trajectory, WeightedTrajectory


@frozen
class Drift:
    """One turn that does not tokenise back to the sampled ids. `position` counts within the turn's sampled tokens."""

    trajectory: str
    turn: int
    position: int
    sampled: int | None
    rendered: int | None


@frozen
class Audit:
    """The result of an audit.

    `unsampled` counts tokens under the loss mask that no policy sampled, in trajectories with known sampled ids; `kept` is the
    number of turns with known ids.
    """

    trajectories: int
    turns: int
    kept: int
    drifted: tuple[Drift, ...]
    rewritten: int
    unsampled: int

    @property
    def drift_rate(self) -> float | None:
        """The share of turns with known ids that drifted, or None where there are none."""
        return len(self.drifted) / self.kept if self.kept else None


def drift_of(trajectory: Trajectory, template: Template) -> list[Drift]:
    """The drifted turns of one trajectory: at most one row a turn, at its first bad token."""
    rendered = {piece.turn: piece.said for piece in rendered_pieces(WeightedTrajectory(trajectory), template)}
    found = []
    for number, turn in enumerate(trajectory.turns):
        if turn.tokens is None or number not in rendered:
            continue
        again, sampled = rendered[number], turn.tokens.sampled
        if turn.finish_reason == "length" and again[: len(sampled)] == sampled:
            # A reply that was cut lacks its end, which the template adds: nothing tokenised differently.
            continue
        # Only the first mismatch is reported: once tokens are shifted, all that follow differ as well.
        for position in range(max(len(again), len(sampled))):
            ours = sampled[position] if position < len(sampled) else None
            theirs = again[position] if position < len(again) else None
            if ours != theirs:
                found.append(Drift(trajectory.id, number, position, ours, theirs))
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


def audit(trajectories: list[Trajectory], tokenizer: Tokenizer) -> Audit:
    """Audit trajectories against a tokenizer and its chat template."""
    template = Template(tokenizer)
    drifted: list[Drift] = []
    turns = kept = unsampled = rewritten = 0
    for trajectory in trajectories:
        turns += len(trajectory.turns)
        kept += sum(turn.tokens is not None for turn in trajectory.turns)
        rewritten += sum(turn.tokens is not None and turn.tokens.fresh for turn in trajectory.turns[1:])
        drifted += drift_of(trajectory, template)
        unsampled += unsampled_tokens(trajectory, list(rows([WeightedTrajectory(trajectory)], tokenizer)))
    return Audit(len(trajectories), turns, kept, tuple(drifted), rewritten, unsampled)
