"""What is behind the tools: one interface for every store of the list."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


# Structs, as a list is read at nearly every step, and an attrs class takes nine times as long to make.
class Project(Struct, frozen=True):
    """A project as the service shows it."""

    id: str
    order: int
    color: str
    name: str
    is_favorite: bool


class Item(Struct, frozen=True):
    """An open task as the service shows it; `order` is its place in its project, `minutes` None where no duration is known."""

    id: str
    project: str
    order: int
    content: str
    priority: int
    due_date: str | None
    minutes: int | None
    description: str


class Missing(Exception):
    """There is no such project, or no such open task, among those of the episode."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"{kind} not found")
        self.kind, self.id = kind, id


class Refused(Exception):
    """The list's keeper will not do it; the message says why."""


class Backend(Protocol):
    """Keeps the list of one episode. Every method that takes an id may raise `Missing`, every one that changes something `Refused`."""

    def names(self) -> tuple[dict[str, str], dict[str, str]]:
        """The ids of the episode's projects by name, and of the tasks that it began with by content."""

    def projects(self) -> list[Project]:
        """The projects in order."""

    def tasks(self, project: str) -> list[Item]:
        """The open tasks of a project in order."""

    def task(self, id: str) -> Item:
        """An open task."""

    def favor(self, project: str, favorite: bool) -> Project:
        """Mark a project as favourite or not, and return it."""

    def reschedule(self, id: str, due_date: str) -> Item:
        """Give an open task another due date, and return it."""

    def complete(self, id: str) -> None:
        """Complete an open task."""

    def delete(self, id: str) -> None:
        """Delete an open task."""

    def close(self) -> None:
        """Free everything; calling it twice is fine."""
