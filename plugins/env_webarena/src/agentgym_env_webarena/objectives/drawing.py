"""What templates draw tasks with: a generator, the data of the sites, and the table that they stand in."""

from __future__ import annotations

import atexit
import random
import sqlite3
from collections.abc import Callable
from functools import cache
from typing import Any

from agentgym_env_webarena.objective import Kind, Move, Objective, follow, plan
from agentgym_env_webarena.sites import web, words

TODAY = words.TODAY.isoformat()
INSTANCES = 6
"""Tasks of a template: half of them for training."""


class Draw:
    """What a template draws from: a generator of its own, and the data of the sites."""

    def __init__(self, template: str, number: int) -> None:
        self.rng = random.Random(f"webarena task {web.VERSION} {template} {number}")
        self.number = number

    def rows(self, data: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a site's data as an episode starts with them."""
        return _base(data).execute(query, values).fetchall()

    def one(self, data: str, query: str, *values: Any) -> Any:
        """One row, drawn; the value alone where it has one column. Instances of a template draw different rows."""
        found = self.rows(data, query, *values)
        # Spread over the rows, so that no two instances and no two splits have the same.
        row = found[
            (self.number * (len(found) // INSTANCES or 1) + self.rng.randrange(max(1, len(found) // INSTANCES)))
            % len(found)
        ]
        return row[0] if len(row) == 1 else row


@cache
def _base(data: str) -> sqlite3.Connection:
    base = sqlite3.connect(":memory:", check_same_thread=False)
    base.deserialize(web.images()[data])
    # It is kept for as long as the process lasts; Python warns of one that is left open.
    atexit.register(base.close)
    return base


Template = Callable[[Draw], Objective]
REGISTERED: dict[str, Template] = {}


def template(function: Template) -> Template:
    """Put a template into the table."""
    REGISTERED[function.__name__] = function
    return function


def task(intent: str, kind: Kind, site: str, checks: list[Any], *moves: Any) -> Objective:
    """A task on one site."""
    return Objective(intent, kind, (site,), f"http://{site}.test/", tuple(checks), plan(*moves))


def task_of_two(intent: str, sites: tuple[str, str], checks: list[Any], *moves: Any) -> Objective:
    """A change on the second of two sites, of what the first one tells; it begins at the page of all sites."""
    return Objective(intent, "change", sites, "http://home.test/", tuple(checks), plan(*moves))


def to_site(name: str) -> Move:
    """From the page of all sites to one of them."""
    from agentgym_env_webarena.sites.home import SITES

    title, about = SITES[name]
    return follow(f"{title}: {about}")


ALL = follow("All sites")
