"""To-do lists as values: what an episode starts from, and what it should end with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve, frozen

COLOR = "charcoal"


@frozen
class Entry:
    """One task of a list. `due_date` reads YYYY-MM-DD; `priority` is 1 to 4; its `content` is its name, and no two share one."""

    content: str
    due_date: str
    minutes: int
    priority: int
    description: str = ""


@frozen
class Folder:
    """One project with its open tasks."""

    name: str
    tasks: tuple[Entry, ...]
    is_favorite: bool = False


@frozen
class World:
    """A whole list: projects in order. `today` reads YYYY-MM-DD."""

    folders: tuple[Folder, ...]
    today: str
    location: str

    def folder(self, name: str) -> Folder:
        """The project of a name."""
        return next(folder for folder in self.folders if folder.name == name)

    def holder(self, content: str) -> Folder:
        """The project that holds a task."""
        return next(folder for folder in self.folders if any(task.content == content for task in folder.tasks))

    def entry(self, content: str) -> Entry:
        """The task of a name."""
        return next(task for folder in self.folders for task in folder.tasks if task.content == content)

    def without(self, *contents: str) -> World:
        """The list with tasks completed or deleted."""
        return self._each(lambda task: None if task.content in contents else task)

    def due(self, dates: Mapping[str, str]) -> World:
        """The list with other due dates, by name of the task."""
        return self._each(lambda task: evolve(task, due_date=dates.get(task.content, task.due_date)))

    def favored(self, name: str, favorite: bool = True) -> World:
        """The list with a project marked as favourite, or no longer."""
        return evolve(
            self,
            folders=tuple(
                evolve(folder, is_favorite=favorite) if folder.name == name else folder for folder in self.folders
            ),
        )

    def _each(self, change: Callable[[Entry], Entry | None]) -> World:
        folders = tuple(
            evolve(folder, tasks=tuple(new for task in folder.tasks if (new := change(task)) is not None))
            for folder in self.folders
        )
        return evolve(self, folders=folders)

    def plain(self) -> list[Any]:
        """Everything as JSON values, for digests."""
        return [
            self.today,
            self.location,
            [[folder.name, folder.is_favorite, [[*_values(task)] for task in folder.tasks]] for folder in self.folders],
        ]


def _values(task: Entry) -> tuple[Any, ...]:
    return task.content, task.due_date, task.minutes, task.priority, task.description
