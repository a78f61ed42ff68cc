"""Which tokens of which prompts one forward pass reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen


@frozen
class Portion:
    """A part of a prompt: whose, by its place, and from which of its new tokens to which."""

    place: int
    first: int
    last: int


def packed(need: Sequence[int], most: int) -> Iterator[list[Portion]]:
    """Passes of `most` tokens, the last one shorter: prompts one behind another, cut wherever a pass is full.

    :param need: how many tokens each prompt has to be read, in the order of the prompts.
    """
    found: list[Portion] = []
    room = most
    for place, count in enumerate(need):
        first = 0
        while first < count:
            last = min(count, first + room)
            found.append(Portion(place, first, last))
            room -= last - first
            first = last
            if not room:
                yield found
                found, room = [], most
    if found:
        yield found


def padded(need: Sequence[int], most: int) -> Iterator[list[Portion]]:
    """Passes of at most `most` tokens, padding included: prompts of similar length side by side, so that little is padding."""
    groups: list[list[int]] = []
    longest = 0
    for row in sorted(range(len(need)), key=lambda row: -need[row]):
        fits = groups and (len(groups[-1]) + 1) * longest <= most
        if not fits or (need[row] < 0.5 * longest and longest - need[row] > 16):
            groups.append([])
            longest = need[row]
        groups[-1].append(row)
    for group in groups:
        # Only a row alone is ever longer than one pass, so this cuts no other row.
        for first in range(0, max(need[row] for row in group), most):
            yield [Portion(row, first, min(need[row], first + most)) for row in sorted(group)]
