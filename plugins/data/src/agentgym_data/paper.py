"""The numbers of the paper's data sets: AgentTraj, AgentTraj-L and AgentEval, by environment.

Counts are those of the paper (arXiv 2406.04151, Table 2) and of its released scripts (rounds).
"""

from __future__ import annotations

from attrs import frozen


@frozen
class PaperEnvironment:
    """One environment of the paper. `traj`, `traj_large` and `eval` are numbers of items, `rounds` the limit on turns in AgentEval.

    `prefix` starts the item ids of AgentTraj and AgentEval, `kinds` is the number of kinds of tasks.
    """

    id: str
    prefix: str
    kinds: int
    traj: int
    traj_large: int
    eval: int
    rounds: int


PAPER: tuple[PaperEnvironment, ...] = (
    PaperEnvironment("webshop", "webshop", 1, 1000, 3930, 200, 10),
    PaperEnvironment("webarena", "webarena", 3, 0, 0, 20, 25),
    PaperEnvironment("maze", "lmrlgym_maze", 1, 100, 215, 25, 15),
    PaperEnvironment("wordle", "lmrlgym_wordle", 1, 500, 955, 25, 8),
    PaperEnvironment("alfworld", "alfworld", 6, 500, 2420, 200, 30),
    PaperEnvironment("sciworld", "sciworld", 30, 1000, 2120, 200, 30),
    PaperEnvironment("babyai", "babyai", 40, 400, 810, 90, 20),
    PaperEnvironment("textcraft", "textcraft", 1, 300, 374, 100, 20),
    PaperEnvironment("weather", "weather", 1, 160, 311, 20, 10),
    PaperEnvironment("movie", "movie", 1, 100, 215, 20, 12),
    PaperEnvironment("academia", "tool_academia", 1, 0, 0, 20, 12),
    PaperEnvironment("sheet", "tool_sheet", 1, 0, 0, 20, 15),
    PaperEnvironment("todo", "todo", 1, 70, 135, 20, 15),
    PaperEnvironment("bird", "sqlgym", 1, 2000, 3000, 200, 1),
)
