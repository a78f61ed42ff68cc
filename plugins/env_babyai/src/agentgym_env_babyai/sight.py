"""What the agent sees: the 7 x 7 cells in front of it, less what walls and closed doors hide.

Cells are numbered row by row, eight a row: row 0 is farthest ahead, the agent stands in row 6, column 3, and looks up.
Row 7 and column 7 lie behind the agent and beside its view: ways may use them, sight does not.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from attrs import frozen

SIDE = 7
"""How many cells wide and deep the view is."""

WIDE = SIDE + 1
CELLS = WIDE * WIDE
OWN = (SIDE - 1) * WIDE + SIDE // 2
"""The agent's own cell."""

_BLOCKING = frozenset({"wall", "box", "lava", "ball", "key"})
_STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))


@frozen(eq=False)
class Thing:
    """Something seen. `number` tells it from nearer things of the same name; `cell` is its place in the view."""

    name: str
    number: int
    kind: str
    ahead: int
    right: int
    cell: int
    object: Any

    @property
    def label(self) -> str:
        """The name with the number, as actions call it."""
        return f"{self.name} {self.number}"


@frozen(eq=False)
class Sight:
    """A view: the things in it from near to far, the cells that cannot be entered, and what stands straight ahead.

    `facing` is (`wall` or `box`, distance) or None. `walls` says whether a wall is seen at all.
    """

    things: tuple[Thing, ...]
    blocked: frozenset[int]
    facing: tuple[str, int] | None
    walls: bool


def name_of(thing: Any) -> str:
    """The name of an engine's object: colour and kind, a door's state between them."""
    if thing.type != "door":
        return f"{thing.color} {thing.type}"
    state = "open" if thing.is_open else "locked" if thing.is_locked else "closed"
    return f"{thing.color} {state} door"


def place_of(env: Any, cell: int) -> tuple[int, int]:
    """Where a cell of the view lies in the grid."""
    row, column = divmod(cell, WIDE)
    ahead, right = SIDE - 1 - row, column - SIDE // 2
    dx, dy = _STEPS[env.agent_dir]
    x, y = env.agent_pos
    return int(x) + ahead * dx - right * dy, int(y) + ahead * dy + right * dx


@cache
def _spread(seen: int, opaque: int) -> tuple[int, int]:
    """How sight spreads in a row: the cells seen in it in the end, and those seen in the row beyond.

    The engine's own rule: from each seen cell that lets sight pass, to its neighbours left and right and to the three beyond; first a
    sweep to the right, then one to the left.
    """
    beyond = 0
    for column in range(SIDE - 1):
        if seen >> column & 1 and not opaque >> column & 1:
            seen |= 1 << column + 1
            beyond |= 0b11 << column
    for column in range(SIDE - 1, 0, -1):
        if seen >> column & 1 and not opaque >> column & 1:
            seen |= 1 << column - 1
            beyond |= 0b11 << column - 1
    return seen, beyond


def look(env: Any) -> Sight:
    """What the agent of an engine's environment sees now."""
    width, height = env.grid.width, env.grid.height
    grid = env.grid.grid
    dx, dy = _STEPS[env.agent_dir]
    x, y = env.agent_pos
    x, y = int(x), int(y)
    found: list[tuple[int, int, int, int, Any]] = []
    blocked: list[int] = []
    facing: tuple[str, int] | None = None
    walls = False
    seen = 1 << SIDE // 2
    for row in range(SIDE - 1, -1, -1):
        ahead = SIDE - 1 - row
        objects: list[Any] = []
        opaque = 0
        for right in range(-(SIDE // 2), SIDE // 2 + 1):
            i, j = x + ahead * dx - right * dy, y + ahead * dy + right * dx
            if 0 <= i < width and 0 <= j < height:
                thing = grid[j * width + i]
                if thing is not None and not thing.see_behind():
                    opaque |= 1 << right + SIDE // 2
            else:
                thing = None
                opaque |= 1 << right + SIDE // 2
            objects.append(thing)
        if not ahead:
            # What the agent stands on, or carries, hides nothing and is not described.
            objects[SIDE // 2] = None
        seen, beyond = _spread(seen, opaque)
        for column, thing in enumerate(objects):
            if thing is None or not seen >> column & 1:
                continue
            kind = thing.type
            cell = row * WIDE + column
            if kind in _BLOCKING:
                blocked.append(cell)
            if column == SIDE // 2 and facing is None and kind in ("wall", "box"):
                facing = (kind, ahead)
            if kind == "wall":
                walls = True
            else:
                found.append((ahead + abs(column - SIDE // 2), cell, ahead, column - SIDE // 2, thing))
        seen = beyond
    found.sort(key=_nearness)
    counts: dict[str, int] = {}
    things = []
    for _, cell, ahead, right, thing in found:
        name = name_of(thing)
        counts[name] = number = counts.get(name, 0) + 1
        things.append(Thing(name, number, thing.type, ahead, right, cell, thing))
    return Sight(tuple(things), frozenset(blocked), facing, walls)


def _nearness(entry: tuple[int, int, int, int, Any]) -> tuple[int, int]:
    return entry[0], entry[1]
