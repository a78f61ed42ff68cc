"""The whole grid for the planner: what stands where, and how far it is from anywhere to anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Any

from agentgym_env_babyai.engine import FORWARD, TOGGLE

Cell = tuple[int, int]
Pose = tuple[int, int, int]
"""Column, row and compass direction: 0 east, 1 south, 2 west, 3 north."""

STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))
FAR = 10**6


def front(pose: Pose) -> Cell:
    """The cell that a pose looks at."""
    dx, dy = STEPS[pose[2]]
    return pose[0] + dx, pose[1] + dy


class Atlas:
    """A snapshot of an engine's environment."""

    def __init__(self, env: Any) -> None:
        self.width, self.height = int(env.grid.width), int(env.grid.height)
        self.grid: list[Any] = list(env.grid.grid)
        self.carrying = env.carrying
        self.pose: Pose = (int(env.agent_pos[0]), int(env.agent_pos[1]), int(env.agent_dir))

    def at(self, cell: Cell) -> Any:
        """What stands on a cell, or None."""
        return self.grid[cell[1] * self.width + cell[0]]

    def cell_of(self, thing: Any) -> Cell | None:
        """Where a thing stands, or None where it is not in the grid."""
        for index, other in enumerate(self.grid):
            if other is thing:
                return index % self.width, index // self.width
        return None

    def things(self, wanted: Callable[[Any], bool]) -> list[tuple[Any, Cell]]:
        """The things of a sort with their cells, row by row."""
        return [
            (thing, (index % self.width, index // self.width))
            for index, thing in enumerate(self.grid)
            if thing is not None and wanted(thing)
        ]

    def free(self, cell: Cell) -> bool:
        """Whether something could be put down on a cell."""
        return self.at(cell) is None and cell != self.pose[:2]

    def has_key_for(self, door: Any) -> bool:
        """Whether what the agent carries opens a door."""
        held = self.carrying
        return bool(held is not None and held.type == "key" and held.color == door.color)

    def cost(self, cell: Cell) -> int:
        """The primitives that it takes to enter a cell from next to it, as things stand: FAR where it cannot be entered."""
        thing = self.at(cell)
        if thing is None:
            return 1
        if thing.type != "door":
            return FAR
        if thing.is_open:
            return 1
        return 2 if not thing.is_locked or self.has_key_for(thing) else FAR

    def distances(self, goals: Iterable[Pose]) -> dict[Pose, int]:
        """The primitives from every pose to the nearest goal, as things stand."""
        found: dict[Pose, int] = {}
        queue = [(0, pose) for pose in goals]
        queue.sort()
        while queue:
            distance, pose = heappop(queue)
            if pose in found:
                continue
            found[pose] = distance
            x, y, way = pose
            for turned in ((way + 1) % 4, (way - 1) % 4):
                if (x, y, turned) not in found:
                    heappush(queue, (distance + 1, (x, y, turned)))
            dx, dy = STEPS[way]
            behind = (x - dx, y - dy, way)
            price = self.cost((x, y))
            if price < FAR and behind not in found and self._stands(behind[:2]):
                heappush(queue, (distance + price, behind))
        return found

    def _stands(self, cell: Cell) -> bool:
        return bool(cell == self.pose[:2] or self.cost(cell) < FAR)

    def facing(self, cells: Iterable[Cell]) -> list[Pose]:
        """The poses that look at one of some cells from a cell that can be stood on."""
        poses = []
        for x, y in cells:
            for way, (dx, dy) in enumerate(STEPS):
                stand = (x - dx, y - dy)
                if 0 <= stand[0] < self.width and 0 <= stand[1] < self.height and self._stands(stand):
                    poses.append((*stand, way))
        return poses

    def inside(self, cell: Cell) -> bool:
        """Whether a cell belongs to the grid."""
        return 0 <= cell[0] < self.width and 0 <= cell[1] < self.height

    def route(
        self, goals: Iterable[Cell], price: Callable[[Cell, Any], int], *, start: Cell | None = None
    ) -> list[Cell] | None:
        """The cheapest cells to walk over to one of some cells, which is the last of them; None where there is no way.

        :param price: what entering a cell costs, given what stands there; FAR where it is out of the question.
        :param start: where the way begins, if not where the agent stands; the way does not name it.
        """
        targets = set(goals)
        start = start or self.pose[:2]
        best: dict[Cell, int] = {}
        queue: list[tuple[int, Cell, Cell | None]] = [(0, start, None)]
        came: dict[Cell, Cell | None] = {}
        while queue:
            distance, cell, before = heappop(queue)
            if cell in best:
                continue
            best[cell] = distance
            came[cell] = before
            if cell in targets and cell != start:
                path: list[Cell] = []
                step: Cell | None = cell
                while step is not None:
                    path.append(step)
                    step = came[step]
                return path[-2::-1]
            for dx, dy in STEPS:
                near = (cell[0] + dx, cell[1] + dy)
                if near in best:
                    continue
                cost = 1 if near in targets else price(near, self.at(near))
                if cost < FAR:
                    heappush(queue, (distance + cost, near, cell))
        return None

    def after(self, primitives: Iterable[int]) -> tuple[Pose, int]:
        """Where primitives lead, as far as they can be done, and how many are done. Picking up and putting down change no pose."""
        x, y, way = self.pose
        opened: Cell | None = None
        count = 0
        for primitive in primitives:
            count += 1
            if primitive < FORWARD:
                way = (way + (1 if primitive else -1)) % 4
                continue
            cell = front((x, y, way))
            if primitive == TOGGLE:
                thing = self.at(cell)
                if thing is not None and thing.type == "door" and self.cost(cell) == 2:
                    opened = cell
            elif primitive == FORWARD:
                if cell != opened and self.cost(cell) != 1:
                    break
                x, y = cell
        return (x, y, way), count
