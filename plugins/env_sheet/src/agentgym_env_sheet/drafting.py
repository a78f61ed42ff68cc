"""What families of tasks are made of: drafts, and the calls of their plans."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from agentgym_env_sheet import formats
from agentgym_env_sheet.a1 import cell
from agentgym_env_sheet.plans import Act
from agentgym_env_sheet.workbook import Tab, Value, Workbook
from agentgym_env_sheet.world import World


@frozen
class Draft:
    """A task: the workbook it starts from, its words, the plan, and the answer where one is asked for."""

    book: Workbook
    text: str
    plan: tuple[Act, ...]
    answer: Any = None
    asks: bool = False
    conclusion: str = "Everything is as it was asked for."
    tolerance: float = 0.0


Family = Callable[[random.Random, World], Draft | None]
"""Draws a task from a world, or None where the world has none of its kind."""


def act(tab: str, tool: str, thought: str, **arguments: Any) -> Act:
    """A call of a plan."""
    return Act(tool, thought, tab, arguments)


def see(tab: str) -> Act:
    """A look at a whole sheet."""
    return act(tab, "get_all_values", f"I look at {tab} first.")


def find(world: World, record: int) -> Act:
    """A search for a record by its name."""
    name = world.records[record][0]
    return act(
        world.tab,
        "filter_cells",
        f"In which row is {name}?",
        query=f"^{re.escape(name).replace(chr(92) + ' ', ' ')}$",
        in_column=1,
    )


def change(tab: str, position: str, value: Any, thought: str) -> Act:
    """A value written into one cell."""
    return act(tab, "update_cell", thought, position=position, value=value)


def fill(tab: str, start: str, end: str, values: Sequence[Sequence[Any]], thought: str) -> Act:
    """Values written into an area."""
    return act(
        tab, "update_range", thought, start_position=start, end_position=end, values_list=[list(row) for row in values]
    )


def say(value: Value) -> str:
    """A value as the words of a task name it."""
    return formats.shown(value)


def names(values: Sequence[Any]) -> str:
    """A list in words."""
    texts = [say(value) if not isinstance(value, str) else value for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def put(tab: Tab, position: str, **changes: Any) -> None:
    """Change a cell of a workbook that is being made."""
    from attrs import evolve

    row, column = cell(position)
    tab.put(row, [(column, evolve(tab.at(row, column), **changes))])


def only(values: Sequence[float], best: float) -> int | None:
    """The place of a value that is there once."""
    return values.index(best) if list(values).count(best) == 1 else None
