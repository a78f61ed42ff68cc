"""The to-do list behind the interface."""

from __future__ import annotations

from agentgym_core.types import ExpertAction, Task, digest
from agentgym_env_todo.backend import Backend
from agentgym_env_todo.config import TodoConfig
from agentgym_env_todo.goals import DONE, Setup
from agentgym_env_todo.local import LocalBackend
from agentgym_env_todo.page import page
from agentgym_env_todo.tasks import CATALOGUE
from agentgym_env_todo.todoist import BASE_URL, TOKEN, TodoistBackend
from agentgym_env_todo.tools import TodoTools
from agentgym_tools.environment import ToolEnvironment
from agentgym_tools.goals import Aim, text_of
from agentgym_tools.live import live_client

INSTRUCTION = """\
You keep a user's to-do list with the help of tools. The list has projects, and every project has tasks with a due date, a priority \
from 1 to 4, a duration and a description.
Projects and tasks are named by id in calls: look ids up, never make them up.
Change nothing that the user did not ask to be changed. When you are through, call finish once, with the answer in the form that the user \
asks for, or with done where the user asked for a change and not for an answer."""


class TodoEnvironment(ToolEnvironment[TodoTools]):
    """Answer a question about a to-do list, or change it as asked, or both."""

    catalogue = CATALOGUE
    tools = TodoTools
    instruction = INSTRUCTION
    max_rounds = 15
    random_ceiling = 0.25
    live_version = "todoist v1"
    config: TodoConfig

    def __init__(self, config: TodoConfig, engine: object = None) -> None:
        super().__init__(config, engine)
        self._local: LocalBackend | None = None
        self._setup: Setup | None = None

    def aim(self, task: Task) -> Aim:
        setup: Setup = task.data
        return setup.aim

    def open(self, task: Task, seed: int | None) -> TodoTools:
        setup: Setup = task.data
        self._setup = setup
        return TodoTools(self._backend(task, setup, seed), setup.world.today, setup.world.location)

    def settled(self, box: TodoTools) -> bool:
        assert self._setup is not None
        return self._setup.end.reached(box)

    def conclude(self, box: TodoTools) -> ExpertAction | None:
        """What is still to be changed, or to be put right; then the answer."""
        assert self._setup is not None
        if self._setup.end.reached(box):
            return super().conclude(box)
        return self._setup.end.mend(box)

    def available_actions(self) -> list[str]:
        """Every call about a project or task of the list; dates are today's; the answer is the one of a change."""
        box = self.box
        texts = [text_of(name, {}) for name in ("get_user_current_date", "get_user_current_location", "get_projects")]
        for id in box.project_ids.values():
            texts.append(text_of("get_tasks", {"project_id": id}))
            texts += [text_of("update_project", {"project_id": id, "is_favorite": word}) for word in ("True", "False")]
        for id in box.task_ids.values():
            if id not in box.gone:
                texts += [
                    text_of(name, {"task_id": id})
                    for name in ("get_task_description", "get_task_duration", "complete_task", "delete_task")
                ]
                texts.append(text_of("update_task", {"task_id": id, "due_date": box.today}))
        return [*texts, text_of("finish", {"answer": DONE}), text_of("check_valid_actions", {})]

    def render(self) -> str | None:
        """The list; not of a live one, which would have to be asked for it."""
        return None if self._box is None or self._local is None else page(self._local, self._box.today)

    def close(self) -> None:
        try:
            super().close()
        finally:
            if self._local is not None:
                self._local.discard()
                self._local = None

    def _backend(self, task: Task, setup: Setup, seed: int | None) -> Backend:
        if self.config.backend == "live":
            return self._todoist(task, setup, seed)
        if self._local is None:
            self._local = LocalBackend()
        self._local.load(setup.rows)
        return self._local

    def _todoist(self, task: Task, setup: Setup, seed: int | None) -> Backend:
        scope = f"todo {task.id} {seed}"
        client = live_client("Todoist", self.config.live, base_url=BASE_URL, token_variable=TOKEN, scope=scope)
        return TodoistBackend(client, setup.world, f"agentgym scratch {digest(scope)}")
