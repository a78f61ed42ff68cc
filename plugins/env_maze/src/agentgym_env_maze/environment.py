"""The maze game behind the environment interface."""

from __future__ import annotations

from collections.abc import Sequence

from agentgym_core.environment import Description, Environment
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_env_maze import tasks as _tasks
from agentgym_env_maze.config import MazeConfig
from agentgym_env_maze.expert import expert_move
from agentgym_env_maze.grid import DIRECTIONS
from agentgym_env_maze.render import picture

MOVES = {f"move {direction}": direction for direction in DIRECTIONS}
NOT_A_MOVE = f"That is not a move. The moves are: {', '.join(MOVES)}."

_INSTRUCTION = """Walk through a maze to the goal, in as few moves as you can.
A position is a row and a column. Row 0 is at the top, column 0 on the left.
Moving down adds 1 to the row, moving right adds 1 to the column.
"""
_FULL = """After every move you read where the goal is, where you are, and on which of your four sides there is a wall.
Where the maze is drawn for you, # is a wall, . is free, S is your start and G is the goal."""
_PARTIAL = "After every move you read on which of your four sides there is a wall; you are not told where you are."
_WALLS = "\nMoving into a wall leaves you where you are and still costs a move."


class MazeEnvironment(Environment):
    """Walk through a maze. The score is 1 at the goal and 0 before; running out of steps ends the game at 0."""

    config: MazeConfig

    @classmethod
    def tasks(cls, config: MazeConfig, split: str) -> Sequence[Task]:
        return _tasks.tasks(config, split)

    @classmethod
    def describe(cls, config: MazeConfig) -> Description:
        return Description(
            instruction=_INSTRUCTION + (_FULL if config.observability == "full" else _PARTIAL) + _WALLS,
            actions=(
                ActionSpec(
                    "move",
                    (Parameter("direction", description="where to go", choices=tuple(DIRECTIONS)),),
                    "Move one cell.",
                    text="move {direction}",
                    aliases=("go {direction}", "move to the {direction}"),
                ),
            ),
            splits=_tasks.splits(config),
            evaluation=("eval", "agenteval"),
            # The paper's limit where every shortest way fits it; a fifth more than the longest way elsewhere.
            max_rounds=max(15, -(-config.max_distance * 6 // 5)),
            reset_seconds=5.0,
            step_seconds=1.0,
            expert_score=1.0,
            random_ceiling=0.4,
            version="1",
        )

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Start at the task's start. The task decides everything: `seed` changes nothing."""
        game: _tasks.Game = task.data
        self._grid = game.grid
        self._cell = game.start
        self._trail = [game.start]
        self._steps = 0
        self._full = self.config.observability == "full"
        if game.drawing and self._full:
            return f"{game.drawing}\n{self._look()}"
        return self._look()

    def step(self, action: Action) -> Step:
        """Take one move, in either case; text that is no move costs a step, as a wall does."""
        self._steps += 1
        if self._steps > self.config.max_steps:
            return Step("Failure\n", truncated=True, success=False, info={"raw_reward": -1.0})
        direction = MOVES.get(action.text.strip().lower())
        if direction is None:
            return Step(f"{NOT_A_MOVE} {self._look()}", info={"raw_reward": 0.0})
        self._cell = self._grid.moved(self._cell, direction)
        self._trail.append(self._cell)
        if self._cell == self._grid.goal:
            return Step("Success\n", 1.0, terminated=True, success=True, info={"raw_reward": 1.0})
        return Step(self._look(), info={"raw_reward": 0.0})

    def available_actions(self) -> list[str]:
        return list(MOVES)

    def expert(self) -> ExpertAction:
        return expert_move(self._grid, self._cell, told_position=self._full)

    def render(self) -> str:
        """The maze as an SVG inside an HTML fragment, with the way walked so far."""
        return picture(self._grid, self._trail)

    def _look(self) -> str:
        text = self._grid.describe(self._cell) if self._full else self._grid.walls(self._cell)
        return text + "\n" if self.config.trailing_newline else text
