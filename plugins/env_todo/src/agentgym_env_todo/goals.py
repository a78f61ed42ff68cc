"""Sub-goals of to-do tasks, and what the list must be like in the end."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from attrs import Factory, frozen

from agentgym_core.types import ExpertAction
from agentgym_env_todo.local import Rows
from agentgym_env_todo.tools import TodoTools
from agentgym_env_todo.world import COLOR, World
from agentgym_tools import Called, Lookup
from agentgym_tools.goals import Aim, move

DONE = "done"
PROJECTS = Lookup("get_projects", "I need the ids of the projects.")
TODAY = Lookup("get_user_current_date", "The question depends on today's date.")
HERE = Lookup("get_user_current_location", "I have to know where the user is.")


def tasks_of(project: str) -> Lookup:
    """The tasks of a project have been listed."""
    return Lookup("get_tasks", f"Now I look at the tasks of {project}.", partial(_project, name=project))


def duration_of(content: str) -> Lookup:
    """The duration of a task has been asked for."""
    return Lookup("get_task_duration", f'How long does "{content}" take?', partial(_task, name=content))


def description_of(content: str) -> Lookup:
    """The description of a task has been read."""
    return Lookup("get_task_description", f'The description of "{content}" may tell.', partial(_task, name=content))


def _project(box: TodoTools, name: str) -> Mapping[str, Any]:
    return {"project_id": box.project_ids[name]}


def _task(box: TodoTools, name: str) -> Mapping[str, Any] | None:
    id = box.task_ids[name]
    return None if id in box.gone else {"task_id": id}


@frozen
class Changed:
    """A change has been made, and not undone since. `value` is the date or the word that the tool takes, empty where it takes none."""

    tool: str
    name: str
    value: str
    thought: str
    needed: bool = True

    def after(self, box: TodoTools, called: Called, met: bool) -> bool:
        """Whether the last such call about it was the right one."""
        if not called.ok:
            return met
        if called.tool != self.tool:
            gone = self.tool == "update_task" and box.task_ids[self.name] in box.gone
            return met and not gone
        arguments = self._arguments(box)
        if all(called.arguments.get(key) == value for key, value in arguments.items()):
            return True
        return met and called.arguments.get(next(iter(arguments))) != arguments[next(iter(arguments))]

    def move(self, box: TodoTools) -> ExpertAction | None:
        """Make it, unless the task is gone."""
        arguments = self._arguments(box)
        return None if arguments.get("task_id") in box.gone else move(self.thought, self.tool, arguments)

    def _arguments(self, box: TodoTools) -> dict[str, str]:
        if self.tool == "update_project":
            return {"project_id": box.project_ids[self.name], "is_favorite": self.value}
        if self.tool == "update_task":
            return {"task_id": box.task_ids[self.name], "due_date": self.value}
        return {"task_id": box.task_ids[self.name]}


def completed(content: str) -> Changed:
    """A task has been completed."""
    return Changed("complete_task", content, "", f'I mark "{content}" as completed.')


def deleted(content: str) -> Changed:
    """A task has been deleted."""
    return Changed("delete_task", content, "", f'I delete "{content}".')


def moved(content: str, due_date: str) -> Changed:
    """A task has another due date."""
    return Changed("update_task", content, due_date, f'"{content}" is to be due on {due_date}.')


def favored(project: str, favorite: bool = True) -> Changed:
    """A project is a favourite, or no longer."""
    word = "a favorite" if favorite else "no longer a favorite"
    return Changed("update_project", project, str(favorite), f"{project} is to be {word}.")


@frozen
class State:
    """A list as a service shows it, without ids: projects as (order, color, name, favourite), and all open tasks in order as (order,
    content, priority, due date).
    """

    projects: tuple[tuple[int, str, str, bool], ...]
    tasks: tuple[tuple[int, str, int, str | None], ...]

    @classmethod
    def seen(cls, box: TodoTools) -> State:
        """What the backend holds now."""
        projects = box.backend.projects()
        return cls(
            tuple((each.order, each.color, each.name, each.is_favorite) for each in projects),
            tuple(
                (item.order, item.content, item.priority, item.due_date)
                for project in projects
                for item in box.backend.tasks(project.id)
            ),
        )

    @classmethod
    def of(cls, before: World, after: World) -> State:
        """What a list looks like that started as `before` and is now as `after`: places do not close up."""
        places = {task.content: place for folder in before.folders for place, task in enumerate(folder.tasks, 1)}
        return cls(
            tuple((order, COLOR, folder.name, folder.is_favorite) for order, folder in enumerate(after.folders, 1)),
            tuple(
                (places[task.content], task.content, task.priority, task.due_date)
                for folder in after.folders
                for task in folder.tasks
            ),
        )


@frozen
class End:
    """How a list must be in the end.

    `left` says by which tool a task must have gone; where it says nothing either will do, and an expert takes the one that it `prefers`.
    """

    state: State
    left: Mapping[str, str] = Factory(dict)
    prefers: str = "complete_task"

    def reached(self, box: TodoTools) -> bool:
        """Whether the list is exactly so."""
        names = {id: name for name, id in box.task_ids.items()}
        for id, how in box.gone.items():
            if self.left.get(names.get(id, ""), how) != how:
                return False
        return State.seen(box) == self.state

    def mend(self, box: TodoTools) -> ExpertAction | None:
        """An expert's next change towards it, what must be known for it first; None where there is no way any more."""
        seen = State.seen(box)
        stays = {content for _, content, _, _ in self.state.tasks}
        if stays - {content for _, content, _, _ in seen.tasks}:
            return None
        for (_, _, name, favorite), now in zip(self.state.projects, seen.projects, strict=True):
            if favorite != now[3]:
                return self._known(box, None) or favored(name, favorite).move(box)
        due = {content: date for _, content, _, date in self.state.tasks}
        for _, content, _, date in seen.tasks:
            if content not in stays:
                how = self.left.get(content, self.prefers)
                gone = deleted(content) if how == "delete_task" else completed(content)
                return self._known(box, content) or gone.move(box)
            wanted = due[content]
            if date != wanted and wanted is not None:
                return self._known(box, content) or moved(content, wanted).move(box)
        return None

    def _known(self, box: TodoTools, content: str | None) -> ExpertAction | None:
        """What has to be looked up before an id can be named."""
        if "" not in box.listed:
            return PROJECTS.move(box)
        if content is None:
            return None
        project = box.backend.task(box.task_ids[content]).project
        name = next(name for name, id in box.project_ids.items() if id == project)
        return None if project in box.listed else tasks_of(name).move(box)


@frozen(eq=False)
class Setup:
    """What a task of this environment carries: the list it starts from, what it is about, and how the list must end."""

    world: World
    aim: Aim
    end: End
    rows: Rows

    @classmethod
    def changing(cls, world: World, aim: Aim, after: World, digits: int = 10) -> Setup:
        """A task whose changes lead from one list to another; how tasks go is taken from its sub-goals.

        :param digits: how many an id of the local list has.
        """
        left = {
            goal.name: goal.tool
            for goal in aim.goals
            if isinstance(goal, Changed) and goal.tool in ("complete_task", "delete_task")
        }
        return cls(world, aim, End(State.of(world, after), left), Rows.of(world, digits))
