"""A stand-in for Todoist on this machine: REST API v1 as far as the to-do list uses it, and every way in which it can fail."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from agentgym_testing.stub_services import StubRequest, StubService, serve

__all__ = ["serve"]

TOKEN = "stub-token-31415926"
PAGE = 2


class Todoist(StubService):
    """The account and its service."""

    def __init__(self) -> None:
        super().__init__()
        self.projects: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self._ids = 100
        self.foreign = {self.project({"name": "Private"})["id"]}
        self.foreign |= {self.task({"content": "Call the bank", "project_id": next(iter(self.foreign))})["id"]}

    @property
    def tokens(self) -> set[str]:
        """Every token that was sent."""
        return {request.headers.get("Authorization", "").removeprefix("Bearer ") for request in self.requests}

    def left(self) -> set[str]:
        """The ids in the account that were not there in the beginning."""
        return (set(self.projects) | set(self.tasks)) - self.foreign

    def project(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Make a project as Todoist shows it."""
        self._ids += 1
        made = {
            "id": f"p{self._ids}",
            "name": sent["name"],
            "parent_id": sent.get("parent_id"),
            "color": sent.get("color", "charcoal"),
            "is_favorite": sent.get("is_favorite", False),
            "child_order": self._ids,
            "inbox_project": False,
            "view_style": "list",
        }
        self.projects[made["id"]] = made
        return made

    def task(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Make a task as Todoist shows it."""
        self._ids += 1
        made = {
            "id": f"t{self._ids}",
            "project_id": sent["project_id"],
            "content": sent["content"],
            "description": sent.get("description", ""),
            "checked": False,
            "is_deleted": False,
            "child_order": self._ids,
            "priority": sent.get("priority", 1),
            "due": {"date": sent["due_date"], "string": "", "is_recurring": False} if "due_date" in sent else None,
            "duration": {"amount": sent["duration"], "unit": sent["duration_unit"]} if "duration" in sent else None,
            "labels": [],
            "added_at": "2025-01-01T00:00:00Z",
        }
        self.tasks[made["id"]] = made
        return made

    def answer(self, request: StubRequest) -> tuple[int, Any]:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token != TOKEN:
            return 401, f"Unauthorized: {token}"
        method, path, query, sent = request.method, request.parts[2:], request.query, request.body or {}
        table: dict[str, dict[str, Any]] = {"projects": self.projects, "tasks": self.tasks}
        if not path or path[0] not in table:
            return 404, {"error": "Not found"}
        kept = table[path[0]]
        if len(path) == 1:
            if method == "POST":
                return 200, (self.project if path[0] == "projects" else self.task)(sent)
            found = [each for each in kept.values() if not each.get("checked")]
            if "project_id" in query:
                found = [each for each in found if each["project_id"] == query["project_id"]]
            start = int(query.get("cursor", "0"))
            after = str(start + PAGE) if start + PAGE < len(found) else None
            # The order of the service is its own affair.
            return 200, {"results": list(reversed(found))[start : start + PAGE], "next_cursor": after}
        if path[1] not in kept:
            return 404, {"error": "Task not found", "error_code": 478}
        item = kept[path[1]]
        if method == "GET":
            return 200, item
        if method == "DELETE":
            self._remove(path[0], path[1])
            return 204, None
        if len(path) == 3 and path[2] == "close":
            item["checked"] = True
            return 204, None
        if "due_date" in sent:
            try:
                time.strptime(sent["due_date"], "%Y-%m-%d")
            except ValueError:
                return 400, {"error": "Invalid date format", "error_code": 42}
            item["due"] = {"date": sent["due_date"], "string": "", "is_recurring": False}
        if "is_favorite" in sent:
            item["is_favorite"] = sent["is_favorite"]
        return 200, item

    def _remove(self, kind: str, id: str) -> None:
        if kind == "tasks":
            del self.tasks[id]
            return
        del self.projects[id]
        self.tasks = {key: task for key, task in self.tasks.items() if task["project_id"] != id}
        for child in [key for key, project in self.projects.items() if project["parent_id"] == id]:
            self._remove("projects", child)


@pytest.fixture
def todoist(serve: Callable[[Todoist], Todoist], monkeypatch: pytest.MonkeyPatch) -> Todoist:
    """A running stand-in, and the token that it takes in the usual environment variable."""
    monkeypatch.setenv("TODOIST_API_TOKEN", TOKEN)
    return serve(Todoist())


@pytest.fixture
def live(todoist: Todoist) -> dict[str, Any]:
    """A configuration that plays on the stand-in."""
    return {"backend": "live", "live": {"base_url": f"{todoist.url}/api/v1", "seconds": 5.0}}


@pytest.fixture
def token() -> str:
    """The secret that must appear nowhere."""
    return TOKEN
