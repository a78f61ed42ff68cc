"""What all pages share: the index, the figures, the addresses, and how a page becomes an answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from attrs import Factory, define, field, frozen

from agentgym_core.errors import AgentGymError
from agentgym_core.store.codec import decode
from agentgym_core.types import Trajectory
from agentgym_viewer.page import environment
from agentgym_viewer.workbench import queries
from agentgym_viewer.workbench.assets import address
from agentgym_viewer.workbench.figures import Desk
from agentgym_viewer.workbench.index import Index
from agentgym_viewer.workbench.learning import Curves
from agentgym_viewer.workbench.runs import RunState, relative

if TYPE_CHECKING:
    from agentgym_viewer.workbench.play import Table

Found = TypeVar("Found")

NAVIGATION = (
    ("runs", "/", "Runs"),
    ("search", "/search", "Search"),
    ("compare", "/compare", "Compare"),
    ("play", "/play", "Play"),
)


class Missing(AgentGymError):
    """There is no such page: a run that is gone, an episode that was never there."""


@frozen
class Asked:
    """A request as pages see it: what stands in the path, and in the query or the form."""

    path: Mapping[str, str]
    query: Mapping[str, str]


@frozen
class Page:
    """A page that is to be made: its template, and what that shows. `here` marks a link of the navigation."""

    template: str
    title: str
    values: Mapping[str, Any]
    here: str = ""
    status: int = 200


@define(eq=False)
class Site:
    """What pages are made from."""

    index: Index
    desk: Desk
    version: str
    clock: Callable[[], float] = Factory(lambda: time.time)
    curves: Curves = Factory(Curves)
    _table: Table | None = field(default=None, init=False)
    _mutex: threading.Lock = field(factory=threading.Lock, init=False)

    @property
    def play(self) -> Table:
        """Where episodes are played in the browser. What that takes is an eighth of all imports, made when somebody plays."""
        with self._mutex:
            if self._table is None:
                from agentgym_viewer.workbench.play import Table

                self._table = Table(self.index.folder)
            return self._table

    def close(self) -> None:
        """End what is being played."""
        if self._table is not None:
            self._table.close()

    def sought(self, find: Callable[[], Found | None]) -> Found | None:
        """What `find` finds, after another look through the folder where it finds nothing at first.

        A link may be younger than the last look: what was played in the browser a second ago has one.
        """
        found = find()
        if found is None:
            self.index.look_once_more()
            found = find()
        return found

    def run(self, id: str) -> RunState:
        """A run by its id; it is read before others from now on.

        :raises Missing: there is none.
        """
        found = self.sought(lambda: self.index.runs.get(id))
        if found is None:
            raise Missing("there is no such run here", hint="it may have been moved or removed; see the list of runs")
        self.index.hurry(id)
        return found

    def trajectory(self, run: RunState, line: int) -> Trajectory:
        """The episode that stands on a line of a run's file, read from there.

        :raises Missing: the index has none there. :raises StoreError: it cannot be read any more.
        """
        found = queries.place(self.index.database.connection(), run.number, line)
        if found is None:
            raise Missing(
                f"{run.name} has no episode on line {line}", hint="it may not be read yet; see the list of its episodes"
            )
        start, size = found
        try:
            with open(run.file, "rb") as file:
                file.seek(start)
                return decode(file.read(size))
        except OSError as error:
            raise Missing(f"{run.name} cannot be read: {error.strerror}", hint="see the list of runs") from error

    def render(self, page: Page) -> str:
        """The whole page, every value escaped."""
        values = {
            "title": page.title,
            "here": page.here,
            "navigation": NAVIGATION,
            "folder": named(self.index.folder),
            "share": self.index.share,
            "now": self.clock(),
            "version": self.version,
            **page.values,
        }
        return environment().get_template(f"workbench/{page.template}").render(asset=address, url=url, **values)


def named(folder: Path) -> str:
    """A folder as a command in this terminal would name it."""
    here = Path.cwd()
    return relative(folder, here) if folder.is_relative_to(here) else str(folder)


def url(*parts: object, **query: object) -> str:
    """An address of this workbench: parts of a path and a query, each escaped. Empty values of the query are left out."""
    path = "/" + "/".join(quote(str(part).encode("utf-8", "replace"), safe="") for part in parts)
    asked = {name.rstrip("_"): str(value) for name, value in query.items() if value not in ("", None, False)}
    return f"{path}?{urlencode(asked, errors='replace')}" if asked else path


def pages_of(total: int, page: int, size: int) -> tuple[int, Sequence[int | None]]:
    """How many pages there are, and which of them are linked (None stands for a gap), counted from 0."""
    last = max(0, -(-total // size) - 1)
    near = sorted({0, last, *range(max(0, page - 1), min(last, page + 1) + 1)})
    shown: list[int | None] = []
    for number in near:
        if shown and shown[-1] is not None and number - shown[-1] > 1:
            shown.append(None)
        shown.append(number)
    return last + 1, shown
