"""Ways near the agent, as the original finds them: the same steps and turns, so that an action ends where it did there.

A node is a cell and a direction: cell * 4 + direction, where direction 0 looks ahead and the others follow clockwise. Cells are numbered
as in `sight`.
"""

from __future__ import annotations

from collections.abc import Set

from agentgym_env_babyai.engine import FORWARD, LEFT, RIGHT
from agentgym_env_babyai.sight import CELLS, OWN, WIDE

_ROWS, _COLUMNS = (-1, 0, 1, 0), (0, 1, 0, -1)
_ACTIONS = (FORWARD, LEFT, RIGHT)
_START = OWN * 4

_BEHIND = (True, True, False, False)
_BESIDE = (False, True, True, False)
"""By the agent's compass direction: whether ways may use the row behind it, and the column right of its view.

The original's ranges have one end too many where a coordinate falls along them; where an action leads depends on it."""


def _ahead(cell: int, direction: int) -> int:
    row, column = cell // WIDE + _ROWS[direction], cell % WIDE + _COLUMNS[direction]
    return row * WIDE + column if 0 <= row < WIDE and 0 <= column < WIDE else -1


_FRONT = tuple(_ahead(node >> 2, node & 3) for node in range(CELLS * 4))


def _neighbours(compass: int) -> tuple[tuple[tuple[int, int, int], ...], ...]:
    """For each node: the node, the cell and the action of what can be reached from it in one primitive, forward first."""
    found = []
    for node in range(CELLS * 4):
        cell, direction = node >> 2, node & 3
        near = []
        front = _FRONT[node]
        row, column = divmod(front, WIDE)
        if front >= 0 and (_BEHIND[compass] or row < WIDE - 1) and (_BESIDE[compass] or column < WIDE - 1):
            near.append((front * 4 + direction, front, FORWARD))
        near.append((cell * 4 + (direction - 1) % 4, cell, LEFT))
        near.append((cell * 4 + (direction + 1) % 4, cell, RIGHT))
        found.append(tuple(near))
    return tuple(found)


_NEAR = tuple(_neighbours(compass) for compass in range(4))


class Ways:
    """All ways from where the agent stands, searched once: breadth first, forward before left before right.

    Among ways of one length the original ends at whichever node it meets first and goes back over whoever led to a node last, since it
    forgets nothing that it queued twice. Two orders of each layer say the same without the repetitions.

    :param blocked: the cells that cannot be entered.
    :param compass: where the agent looks: 0 east, 1 south, 2 west, 3 north.
    """

    def __init__(self, blocked: Set[int], compass: int) -> None:
        came: list[tuple[int, int]] = [(-1, -1)] * (CELLS * 4)
        done = bytearray(CELLS * 4)
        facing: dict[int, int] = {}
        standing: dict[int, int] = {}
        near = _NEAR[compass]
        firsts = lasts = [_START]
        while firsts:
            for node in firsts:
                done[node] = 1
                facing.setdefault(_FRONT[node], node)
                standing.setdefault(node >> 2, node)
            met: dict[int, None] = {}
            for node in firsts:
                for other, cell, _ in near[node]:
                    if not done[other] and cell not in blocked:
                        met[other] = None
            left: dict[int, None] = {}
            for node in reversed(lasts):
                for other, cell, action in reversed(near[node]):
                    if not done[other] and cell not in blocked and other not in left:
                        left[other] = None
                        came[other] = (node, action)
            firsts, lasts = list(met), list(reversed(left))
        self._came = came
        self._facing = facing
        self._standing = standing

    def facing(self, cell: int) -> tuple[int, ...] | None:
        """The primitives that end next to a cell, looking at it; None where there is no way."""
        node = self._facing.get(cell)
        return None if node is None else self._back(node)

    def onto(self, cell: int) -> tuple[int, ...] | None:
        """The primitives that end on a cell; None where there is no way."""
        node = self._standing.get(cell)
        return None if node is None else self._back(node)

    def _back(self, node: int) -> tuple[int, ...]:
        actions: list[int] = []
        while node != _START:
            node, action = self._came[node]
            actions.append(action)
        return tuple(reversed(actions))
