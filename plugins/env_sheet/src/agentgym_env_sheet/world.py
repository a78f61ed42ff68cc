"""The workbooks that tasks start from: a table of records, a table of its groups, and what belongs to them."""

from __future__ import annotations

import random
from typing import Any

from attrs import evolve, field, frozen

from agentgym_env_sheet.a1 import cell_name, column_name
from agentgym_env_sheet.vocabulary import pool
from agentgym_env_sheet.workbook import Cell, Style, Workbook, tab_of


@frozen
class Measure:
    """A column of numbers."""

    header: str
    low: int
    high: int
    digits: int = 0

    def draw(self, chance: random.Random) -> float:
        """A number of the column."""
        scale = 10**self.digits
        return float(chance.randint(self.low * scale, self.high * scale) / scale)


@frozen
class Theme:
    """What a workbook is about: its records by name, the group that each belongs to, its numbers, and what is known of groups."""

    tab: str
    key: str
    key_pool: str
    group: str
    group_pool: str
    measures: tuple[Measure, ...]
    second: str
    rate: Measure
    extra: str
    extras: tuple[str, ...]


THEMES = (
    Theme("Orders", "Product", "things", "Region", "cities",
          (Measure("Quantity", 2, 90), Measure("Unit Price", 3, 180, 2), Measure("Shipping", 2, 25, 2)),
          "Regions", Measure("Target", 500, 9_000), "Status", ("Open", "Shipped", "Cancelled", "Returned")),
    Theme("Grades", "Student", "people", "Class", "groups",
          (Measure("Mathematics", 31, 100), Measure("Physics", 28, 100), Measure("History", 35, 100), Measure("Biology", 30, 100)),
          "Classes", Measure("Room", 101, 499), "Attendance", ("Full", "Partial", "Remote", "Absent")),
    Theme("Staff", "Employee", "people", "Department", "units",
          (Measure("Hours", 12, 190), Measure("Hourly Rate", 14, 68, 2), Measure("Leave Days", 1, 31)),
          "Departments", Measure("Budget", 2_000, 60_000), "Contract", ("Permanent", "Fixed term", "Trainee", "Agency")),
    Theme("Stock", "Item", "things", "Category", "trades",
          (Measure("In Stock", 3, 240), Measure("Minimum", 5, 90), Measure("Price", 2, 140, 2)),
          "Categories", Measure("Shelf", 1, 88), "State", ("Current", "Discontinued", "Seasonal", "Damaged")),
    Theme("Bookings", "Guest", "people", "Hotel", "groups",
          (Measure("Nights", 1, 14), Measure("Guests", 1, 6), Measure("Room Rate", 55, 320, 2)),
          "Hotels", Measure("Rooms", 12, 260), "Payment", ("Paid", "Deposit", "Pending", "Refunded")),
)  # fmt: skip
"""All themes."""


@frozen
class World:
    """A workbook with what families need to know of it. Records are rows of values under `headers`."""

    theme: Theme
    split: str
    headers: tuple[str, ...]
    records: tuple[tuple[Any, ...], ...]
    groups: tuple[tuple[str, float], ...]
    book: Workbook = field(eq=False)

    @property
    def tab(self) -> str:
        """The sheet of the records."""
        return self.theme.tab

    @property
    def last(self) -> int:
        """The number of the last row, from 1."""
        return len(self.records) + 1

    def column(self, header: str) -> int:
        """The column under a header, from 0."""
        return self.headers.index(header)

    def letter(self, header: str) -> str:
        """Its letter."""
        return column_name(self.column(header))

    def name(self, record: int, header: str) -> str:
        """The cell of a record, counted from 0, under a header."""
        return cell_name(record + 1, self.column(header))

    def values(self, header: str) -> list[Any]:
        """All values under a header."""
        return [record[self.column(header)] for record in self.records]

    @property
    def free(self) -> str:
        """The letter of the first column right of the table."""
        return column_name(len(self.headers))


EVALUATION = {
    "Orders": "Purchases", "Grades": "Marks", "Staff": "Personnel", "Stock": "Inventory", "Bookings": "Stays", "Regions": "Areas",
    "Classes": "Courses", "Departments": "Divisions", "Categories": "Sections", "Hotels": "Houses",
}  # fmt: skip
"""What sheets are called in evaluation, so that no task of one split is one of the other in words either."""


def draw_world(chance: random.Random, split: str, records: tuple[int, int] = (8, 18)) -> World:
    """A workbook of one of the themes. :param records: how many its table has at least and at most."""
    theme = chance.choice(THEMES)
    if split == "eval":
        theme = evolve(theme, tab=EVALUATION[theme.tab], second=EVALUATION[theme.second])
    names = chance.sample(pool(theme.key_pool, split), chance.randint(*records))
    groups = chance.sample(pool(theme.group_pool, split), chance.randint(3, 5))
    headers = (theme.key, theme.group, *(measure.header for measure in theme.measures), theme.extra)
    rows = tuple(
        (
            name,
            groups[place] if place < len(groups) else chance.choice(groups),
            *(measure.draw(chance) for measure in theme.measures),
            chance.choice(theme.extras),
        )
        for place, name in enumerate(names)
    )
    rows = tuple(chance.sample(rows, len(rows)))
    rates = tuple((group, theme.rate.draw(chance)) for group in sorted(groups))
    bold = Style(bold=True)
    book = Workbook(
        [
            tab_of(theme.tab, [[Cell(header, style=bold) for header in headers], *rows]),
            tab_of(theme.second, [[Cell(theme.group, style=bold), Cell(theme.rate.header, style=bold)], *rates]),
        ]
    )
    return World(theme, split, headers, rows, rates, book)
