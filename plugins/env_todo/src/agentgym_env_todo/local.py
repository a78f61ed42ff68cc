"""The list in SQLite, in memory: the default."""

from __future__ import annotations

import datetime
import random
import re
import sqlite3
from typing import Any

from attrs import frozen

from agentgym_core.types import digest
from agentgym_env_todo.backend import Item, Missing, Project, Refused
from agentgym_env_todo.world import COLOR, World

_SCHEMA = """
CREATE TABLE project (id TEXT PRIMARY KEY, position INTEGER NOT NULL, name TEXT NOT NULL, favorite INTEGER NOT NULL);
CREATE TABLE task (
    id TEXT PRIMARY KEY, project TEXT NOT NULL REFERENCES project (id), position INTEGER NOT NULL, content TEXT NOT NULL,
    priority INTEGER NOT NULL, due TEXT NOT NULL, minutes INTEGER, description TEXT NOT NULL
);
CREATE INDEX task_of_project ON task (project, position);
"""
_TASK = "SELECT id, project, position, content, priority, due, minutes, description FROM task"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


@frozen(eq=False)
class Rows:
    """A list as rows with ids; the ids depend on the list alone, so that every process knows the same ones."""

    projects: tuple[tuple[Any, ...], ...]
    tasks: tuple[tuple[Any, ...], ...]

    @classmethod
    def of(cls, world: World, digits: int = 10) -> Rows:
        """The rows of a list. :param digits: how many an id has."""
        chance = random.Random(f"todo ids {digest(world.plain())}")
        # The service's ids have ten digits and begin with two.
        least = 2 * 10 ** (digits - 1)
        ids = iter(chance.sample(range(least, 10**digits), sum(1 + len(f.tasks) for f in world.folders)))
        projects, tasks = [], []
        for position, folder in enumerate(world.folders, 1):
            project = str(next(ids))
            projects.append((project, position, folder.name, int(folder.is_favorite)))
            for place, task in enumerate(folder.tasks, 1):
                row = (task.content, task.priority, task.due_date, task.minutes, task.description)
                tasks.append((str(next(ids)), project, place, *row))
        return cls(tuple(projects), tuple(tasks))


class LocalBackend:
    """A list of its own in a SQLite database in memory. `load` puts another list in the place of this one."""

    def __init__(self) -> None:
        # One instance is driven by one thread at a time, which need not be the one that made it.
        self._base: sqlite3.Connection | None = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
        self._base.executescript(_SCHEMA)

    def load(self, rows: Rows) -> None:
        """Start from these rows."""
        self._rows = rows
        self._ids = {row[0] for row in rows.projects}
        base = self._open
        base.execute("BEGIN")
        base.execute("DELETE FROM task")
        base.execute("DELETE FROM project")
        base.executemany("INSERT INTO project VALUES (?, ?, ?, ?)", rows.projects)
        base.executemany("INSERT INTO task VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows.tasks)
        base.execute("COMMIT")

    def names(self) -> tuple[dict[str, str], dict[str, str]]:
        return {row[2]: row[0] for row in self._rows.projects}, {row[3]: row[0] for row in self._rows.tasks}

    def projects(self) -> list[Project]:
        rows = self._open.execute("SELECT id, position, name, favorite FROM project ORDER BY position")
        return [Project(id, position, COLOR, name, bool(favorite)) for id, position, name, favorite in rows]

    def tasks(self, project: str) -> list[Item]:
        if project not in self._ids:
            raise Missing("Project", project)
        return [Item(*row) for row in self._open.execute(_TASK + " WHERE project = ? ORDER BY position", (project,))]

    def task(self, id: str) -> Item:
        row = self._open.execute(_TASK + " WHERE id = ?", (id,)).fetchone()
        if row is None:
            raise Missing("Task", id)
        return Item(*row)

    def favor(self, project: str, favorite: bool) -> Project:
        self._open.execute("UPDATE project SET favorite = ? WHERE id = ?", (int(favorite), project))
        return self._project(project)

    def reschedule(self, id: str, due_date: str) -> Item:
        self.task(id)
        if not is_date(due_date):
            raise Refused("Invalid argument value: due_date must be a date such as 2025-01-31")
        self._open.execute("UPDATE task SET due = ? WHERE id = ?", (due_date, id))
        return self.task(id)

    def complete(self, id: str) -> None:
        self.delete(id)

    def delete(self, id: str) -> None:
        if self._open.execute("DELETE FROM task WHERE id = ?", (id,)).rowcount == 0:
            raise Missing("Task", id)

    def close(self) -> None:
        """The next episode loads its own list: nothing to do."""

    def discard(self) -> None:
        """Give the memory back; calling it twice is fine."""
        if self._base is not None:
            self._base.close()
            self._base = None

    def _project(self, id: str) -> Project:
        row = self._open.execute("SELECT id, position, name, favorite FROM project WHERE id = ?", (id,)).fetchone()
        if row is None:
            raise Missing("Project", id)
        return Project(row[0], row[1], COLOR, row[2], bool(row[3]))

    @property
    def _open(self) -> sqlite3.Connection:
        assert self._base is not None, "core plays no closed environment"
        return self._base


def is_date(text: str) -> bool:
    """Whether a text is a date as YYYY-MM-DD, and one that exists."""
    if not _DATE.match(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True
