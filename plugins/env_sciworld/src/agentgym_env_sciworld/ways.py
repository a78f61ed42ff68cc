"""Ways through a game: the engine's own, and what becomes of one that is too long or that fails.

The engine's way watches a block slide for hundreds of looks, and of a genetics experiment whose plants never grow up it draws the wrong
conclusion. Nothing here plays: the caller tries the candidates out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from attrs import frozen

Way = tuple[str, ...]

_BOX = re.compile(r"focus on the (\w+ box)")
_TICKS = {"wait1": 2}
_WAIT = 11
"""Ticks of a `wait`."""
_MOST_WAITS = 30


@frozen
class Gold:
    """The engine's way, and whether it ended at full score where the engine sought it."""

    way: Way
    solved: bool


def drawn_together(way: Way) -> Way:
    """The way with the same look, or `wait1`, over and over made into `wait`s of as many ticks."""
    shorter: list[str] = []
    for action, run in groupby(way):
        times = sum(1 for _ in run)
        if action == "wait1" or action.startswith("look at "):
            ticks = _TICKS.get(action, 1)
            # So many waits that what is left over is whole actions.
            waits = max(w for w in range(times * ticks // _WAIT + 1) if (times * ticks - w * _WAIT) % ticks == 0)
            shorter += ["wait"] * waits
            times -= waits * _WAIT // ticks
        shorter += [action] * times
    return tuple(shorter)


def cut(way: Way, most: int) -> Way:
    """At most so many actions: the first ones, and the end from its last focus on."""
    if len(way) <= most:
        return way
    last = _last_focus(way)
    end = way[-1:] if last is None else way[last:]
    return way[: most - len(end)] + end


def candidates(way: Way, task: str, most: int) -> Iterator[Way]:
    """Ways to try where the engine's own is too long or fails, none longer than `most` actions.

    It is drawn together, then cut; then with each other box that the task names as its answer; then with waits at its end.
    """
    shorter = drawn_together(way)
    if shorter != way and len(shorter) <= most:
        yield shorter
    fitting = cut(way if len(way) <= most else shorter, most)
    yield fitting
    focus = _last_focus(fitting)
    if focus is not None:
        for box in sorted(set(_BOX.findall(task)) - {fitting[focus].removeprefix("focus on ")}):
            yield (*fitting[:focus], f"focus on {box}")
    waits = min(_MOST_WAITS, most - len(fitting))
    if waits:
        yield fitting + ("wait",) * waits


def _last_focus(way: Way) -> int | None:
    return max((at for at, action in enumerate(way) if action.startswith("focus on ")), default=None)
