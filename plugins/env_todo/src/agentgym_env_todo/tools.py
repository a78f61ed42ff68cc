"""The tools of the to-do list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from agentgym_env_todo.backend import Backend, Item, Missing, Project, Refused
from agentgym_tools import Toolbox, ToolError, tool

_Value = TypeVar("_Value")


class TodoTools(Toolbox):
    """Ten tools over a backend, and an answer.

    `project_ids` and `task_ids` know the id of every name of the episode, `gone` which tool took a task away, `listed` whose lists were
    read (a project's id, or an empty string for the list of projects), `changes` how often something was changed.
    """

    def __init__(self, backend: Backend, today: str, location: str) -> None:
        super().__init__()
        self.backend, self.today, self.location = backend, today, location
        self.project_ids, self.task_ids = backend.names()
        self.gone: dict[str, str] = {}
        self.listed: set[str] = set()
        self.changes = 0

    @tool
    def get_user_current_date(self) -> str:
        """Tell today's date."""
        return self.today

    @tool
    def get_user_current_location(self) -> str:
        """Tell the city that the user is in."""
        return self.location

    @tool
    def get_projects(self) -> list[dict[str, Any]]:
        """List all projects: id, order, color, name and whether each is a favorite."""
        shown = [_project(project) for project in self.backend.projects()]
        self.listed.add("")
        return shown

    @tool
    def update_project(self, project_id: str, is_favorite: Literal["True", "False"]) -> dict[str, Any]:
        """Mark a project as a favorite, or no longer.

        :param project_id: the project's id
        :param is_favorite: True to make it a favorite
        """
        project = self._do(lambda: self.backend.favor(project_id, is_favorite == "True"))
        self.changes += 1
        return {"message": "Update the project successfully.", "project": _project(project)}

    @tool
    def get_tasks(self, project_id: str) -> list[dict[str, Any]]:
        """List the open tasks of a project: id, order, content, is_completed, priority and due_date.

        :param project_id: the project's id
        """
        shown = [_task(item) for item in self._do(lambda: self.backend.tasks(project_id))]
        self.listed.add(project_id)
        return shown

    @tool
    def get_task_description(self, task_id: str) -> dict[str, Any]:
        """Tell the description of a task.

        :param task_id: the task's id
        """
        item = self._do(lambda: self.backend.task(task_id))
        return {"id": item.id, "content": item.content, "description": item.description}

    @tool
    def get_task_duration(self, task_id: str) -> dict[str, Any]:
        """Tell how long a task takes, as number(unit).

        :param task_id: the task's id
        """
        item = self._do(lambda: self.backend.task(task_id))
        if item.minutes is None:
            raise ToolError("The task has no duration.")
        return {"id": item.id, "content": item.content, "duration": f"{item.minutes}(minute)"}

    @tool
    def complete_task(self, task_id: str) -> dict[str, Any]:
        """Mark a task as completed; it is then no longer listed.

        :param task_id: the task's id
        """
        item = self._existing(task_id)
        self._do(lambda: self.backend.complete(task_id))
        self._left(task_id, "complete_task")
        shown = _task(item)
        del shown["is_completed"]
        return {"message": "Complete task successfully.", "task": shown}

    @tool
    def update_task(self, task_id: str, due_date: str) -> dict[str, Any]:
        """Give a task another due date.

        :param task_id: the task's id
        :param due_date: the new date as YYYY-MM-DD
        """
        item = self._do(lambda: self.backend.reschedule(task_id, due_date))
        self.changes += 1
        return {"message": "Update the task successfully", "task": _task(item)}

    @tool
    def delete_task(self, task_id: str) -> dict[str, Any]:
        """Delete a task.

        :param task_id: the task's id
        """
        item = self._existing(task_id)
        self._do(lambda: self.backend.delete(task_id))
        self._left(task_id, "delete_task")
        return {"message": "Delete the task successfully.", "task": _task(item)}

    @tool
    def finish(self, answer: Any) -> Any:
        """End the task with its answer; where the task was to change something and asks for no answer, the answer is done.

        :param answer: the answer in the form that the task asks for: text, a number or a list
        """
        super().finish(answer)
        return answer

    def close(self) -> None:
        self.backend.close()

    def _left(self, task_id: str, how: str) -> None:
        self.gone[task_id] = how
        self.changes += 1

    def _existing(self, task_id: str) -> Item:
        try:
            return self.backend.task(task_id)
        except Missing:
            raise ToolError(f"Task {task_id} is not exists.") from None

    def _do(self, ask: Callable[[], _Value]) -> _Value:
        try:
            return ask()
        except (Missing, Refused) as no:
            raise ToolError(str(no)) from None


def _project(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "order": project.order,
        "color": project.color,
        "name": project.name,
        "is_favorite": project.is_favorite,
    }


def _task(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "order": item.order,
        "content": item.content,
        "is_completed": False,
        "priority": item.priority,
        "due_date": item.due_date,
    }
