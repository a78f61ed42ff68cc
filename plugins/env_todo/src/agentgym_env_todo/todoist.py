"""The list on Todoist (REST API v1), inside a scratch project that each episode makes and deletes.

Only ids that this episode was given by its own requests are ever used: whatever else the account holds is neither read nor changed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import msgspec

from agentgym_core.errors import AgentGymError, EnvironmentFault, InfrastructureFault
from agentgym_env_todo.backend import Item, Missing, Project, Refused
from agentgym_env_todo.world import COLOR, World
from agentgym_tools.service import ServiceClient, ServiceRefused

BASE_URL = "https://api.todoist.com/api/v1"
TOKEN = "TODOIST_API_TOKEN"  # noqa: S105 - the name of a variable
_LOG = logging.getLogger(__name__)
_PAGE = 50
_PAGES = 40
_REASON = 500


class _Due(msgspec.Struct):
    date: str


class _Duration(msgspec.Struct):
    amount: int
    unit: str = "minute"


class _Project(msgspec.Struct):
    id: str
    name: str
    color: str = COLOR
    is_favorite: bool = False


class _Task(msgspec.Struct):
    id: str
    project_id: str
    content: str
    description: str = ""
    priority: int = 1
    checked: bool = False
    is_deleted: bool = False
    due: _Due | None = None
    duration: _Duration | None = None


class _Page(msgspec.Struct):
    results: list[_Task]
    next_cursor: str | None = None


class TodoistBackend:
    """A list on Todoist. What it makes it deletes in `close`; where that fails, a warning names what is left.

    :param client: makes the requests.
    :param world: the list to begin with.
    :param name: the scratch project's name.
    :raises InfrastructureFault, ConfigError: as the client says. :raises EnvironmentFault: the account takes no such list.
    """

    def __init__(self, client: ServiceClient, world: World, name: str) -> None:
        self._client = client
        self._made: list[str] = []
        self._projects: dict[str, tuple[int, str]] = {}
        self._tasks: dict[str, tuple[int, str]] = {}
        try:
            self._upload(world, name)
        except Refused as refused:
            self.close()
            raise EnvironmentFault(
                f"Todoist does not take the list of this episode: {refused}",
                hint="the account must allow for seven projects more and for durations of tasks: see the plugin's README",
            ) from None
        except BaseException:
            self.close()
            raise

    def _upload(self, world: World, name: str) -> None:
        root = self._make_project({"name": name, "color": COLOR})
        for order, folder in enumerate(world.folders, 1):
            id = self._make_project(
                {"name": folder.name, "parent_id": root, "color": COLOR, "is_favorite": folder.is_favorite}
            )
            self._projects[id] = order, folder.name
            for place, task in enumerate(folder.tasks, 1):
                sent = {
                    "content": task.content,
                    "description": task.description,
                    "project_id": id,
                    "due_date": task.due_date,
                    "priority": task.priority,
                    "duration": task.minutes,
                    "duration_unit": "minute",
                }
                made = _read(self._ask("tasks", sent=sent), _Task)
                self._tasks[made.id] = place, task.content

    def _make_project(self, sent: dict[str, Any]) -> str:
        made: _Project = _read(self._ask("projects", sent=sent), _Project)
        self._made.append(made.id)
        return made.id

    def names(self) -> tuple[dict[str, str], dict[str, str]]:
        return (
            {name: id for id, (_, name) in self._projects.items()},
            {content: id for id, (_, content) in self._tasks.items()},
        )

    def projects(self) -> list[Project]:
        return [self._project(_read(self._get("projects", id), _Project)) for id in self._projects]

    def tasks(self, project: str) -> list[Item]:
        self._own("Project", project)
        items = [self._item(task) for task in self._pages(project) if self._open(task)]
        return sorted(items, key=lambda item: item.order)

    def task(self, id: str) -> Item:
        self._own("Task", id)
        task = _read(self._get("tasks", id), _Task)
        if not self._open(task):
            raise Missing("Task", id)
        return self._item(task)

    def favor(self, project: str, favorite: bool) -> Project:
        self._own("Project", project)
        return self._project(_read(self._ask("projects", project, sent={"is_favorite": favorite}), _Project))

    def reschedule(self, id: str, due_date: str) -> Item:
        self.task(id)
        return self._item(_read(self._ask("tasks", id, sent={"due_date": due_date}), _Task))

    def complete(self, id: str) -> None:
        self._own("Task", id)
        self._ask("tasks", id, "close")

    def delete(self, id: str) -> None:
        self._own("Task", id)
        try:
            self._client.delete("tasks", id)
        except ServiceRefused as refused:
            raise Refused(refused.text[:_REASON]) from None

    def close(self) -> None:
        """Delete what was made: projects within the scratch project first. A failure here spoils no episode that was played."""
        if self._client.recording is not None and self._client.recording.mode == "replay":
            self._made.clear()
        while self._made:
            id = self._made.pop()
            try:
                self._client.delete("projects", id)
            except (AgentGymError, ServiceRefused) as error:
                _LOG.warning("todo: the project %s is left on Todoist: %s. Delete it there by hand.", id, error)

    def _own(self, kind: str, id: str) -> None:
        if id not in (self._tasks if kind == "Task" else self._projects):
            raise Missing(kind, id)

    def _get(self, *path: str) -> Any:
        try:
            return self._client.get(*path)
        except ServiceRefused as refused:
            if refused.status == 404:
                raise Missing("Task" if path[0] == "tasks" else "Project", path[-1]) from None
            raise Refused(refused.text[:_REASON]) from None

    def _ask(self, *path: str, sent: dict[str, Any] | None = None) -> Any:
        """Make something, or change something: a change to what has an id can be asked for twice."""
        try:
            return self._client.post(*path, sent=sent, repeatable=len(path) > 1)
        except ServiceRefused as refused:
            if refused.status == 404 and len(path) > 1:
                raise Missing("Task" if path[0] == "tasks" else "Project", path[1]) from None
            raise Refused(refused.text[:_REASON]) from None

    def _pages(self, project: str) -> Iterator[_Task]:
        query: dict[str, str | int] = {"project_id": project, "limit": _PAGE}
        for _ in range(_PAGES):
            try:
                page = _read(self._client.get("tasks", **query), _Page)
            except ServiceRefused as refused:
                raise Refused(refused.text[:_REASON]) from None
            yield from page.results
            if not page.next_cursor:
                return
            query["cursor"] = page.next_cursor
        raise InfrastructureFault(f"Todoist: the tasks of a project do not end after {_PAGES} pages")

    def _open(self, task: _Task) -> bool:
        return task.id in self._tasks and not task.checked and not task.is_deleted

    def _project(self, project: _Project) -> Project:
        return Project(project.id, self._projects[project.id][0], project.color, project.name, project.is_favorite)

    def _item(self, task: _Task) -> Item:
        minutes = task.duration.amount if task.duration and task.duration.unit == "minute" else None
        due = task.due.date[:10] if task.due else None
        order = self._tasks[task.id][0]
        return Item(task.id, task.project_id, order, task.content, task.priority, due, minutes, task.description)


def _read(value: Any, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InfrastructureFault(
            f"Todoist answered something that is not a {kind.__name__.strip('_').lower()}: {error}",
            hint="its API may have changed: look for a newer version of agentgym-env-todo",
        ) from None
