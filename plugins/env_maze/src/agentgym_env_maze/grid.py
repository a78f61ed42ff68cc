"""A maze as a value: where one can stand, how one moves, how far it is, and how it reads."""

from __future__ import annotations

from collections import deque
from functools import cached_property

Cell = tuple[int, int]

DIRECTIONS: dict[str, Cell] = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
"""The four directions in the order in which they are offered, as (row, column) steps."""

_SIDES = (("right", "to your right"), ("left", "to your left"), ("up", "above you"), ("down", "below you"))


class Grid:
    """The walls of a maze with its goal. Immutable by convention; texts and distances are worked out once.

    :param rows: the drawing, one text a row; `#` is a wall, anything else is free.
    :param goal: the (row, column) to reach.
    """

    def __init__(self, rows: tuple[str, ...], goal: Cell) -> None:
        self.rows = rows
        self.goal = goal
        self.cells = frozenset(
            (row, column) for row, line in enumerate(rows) for column, mark in enumerate(line) if mark != "#"
        )
        self._walls: dict[Cell, str] = {}
        self._described: dict[Cell, str] = {}

    def moved(self, cell: Cell, direction: str) -> Cell:
        """Where a step in a direction leads: the same cell where a wall is in the way."""
        row, column = DIRECTIONS[direction]
        target = (cell[0] + row, cell[1] + column)
        return target if target in self.cells else cell

    def free(self, cell: Cell) -> list[str]:
        """The directions that no wall blocks."""
        return [direction for direction in DIRECTIONS if self.moved(cell, direction) != cell]

    @cached_property
    def distances(self) -> dict[Cell, int]:
        """The number of steps from every cell that leads to the goal."""
        found = {self.goal: 0}
        queue = deque([self.goal])
        while queue:
            cell = queue.popleft()
            for direction in DIRECTIONS:
                near = self.moved(cell, direction)
                if near not in found:
                    found[near] = found[cell] + 1
                    queue.append(near)
        return found

    def next_direction(self, cell: Cell) -> str:
        """The first direction of a shortest way; on the goal itself, one that stays there if a wall allows."""
        if cell == self.goal:
            return next((d for d in DIRECTIONS if self.moved(cell, d) == cell), "left")
        return min(DIRECTIONS, key=lambda direction: self.distances[self.moved(cell, direction)])

    def walls(self, cell: Cell) -> str:
        """The sentence about the walls around a cell."""
        if cell not in self._walls:
            near = [text for direction, text in _SIDES if self.moved(cell, direction) == cell]
            if not near:
                text = "There are no walls near you."
            elif len(near) == 1:
                text = f"There is a wall {near[0]}."
            else:
                text = f"There are walls {', '.join(near)}."
            self._walls[cell] = text
        return self._walls[cell]

    def describe(self, cell: Cell) -> str:
        """The goal, the position and the walls around it, in one line."""
        if cell not in self._described:
            self._described[cell] = (
                f"The goal is at position {self.goal[0]}, {self.goal[1]}. "
                f"Your current position is at position {cell[0]}, {cell[1]}. {self.walls(cell)}"
            )
        return self._described[cell]

    def drawing(self, start: Cell) -> str:
        """The rows with S at the start and G at the goal."""
        marks = {start: "S", self.goal: "G"}
        return "\n".join(
            "".join(marks.get((row, column), "#" if mark == "#" else ".") for column, mark in enumerate(line))
            for row, line in enumerate(self.rows)
        )
