"""A stand-in for Todoist on this machine: REST API v1 as far as the to-do list uses it, and every way in which it can fail."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

TOKEN = "stub-token-31415926"
PAGE = 2


class Todoist:
    """The account and its service. `asked` keeps (method, path) of every request.

    `fail(...)` plans what the next matching requests get instead of an answer: a status with headers and body, or a `hang`.
    """

    def __init__(self) -> None:
        self.projects: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str]] = []
        self.tokens: set[str] = set()
        self.planned: list[tuple[Callable[[str, str], bool], dict[str, Any]]] = []
        self.released = threading.Event()
        self.lock = threading.Lock()
        self.url = ""
        self._ids = 100
        self.foreign = {self.project({"name": "Private"})["id"]}
        self.foreign |= {self.task({"content": "Call the bank", "project_id": next(iter(self.foreign))})["id"]}

    def fail(self, method: str, part: str, times: int = 1, **answer: Any) -> None:
        """Answer the next requests of a method whose path contains `part` with something else."""
        for _ in range(times):
            self.planned.append((lambda m, p: m == method and part in p, answer))

    def count(self, method: str, part: str = "") -> int:
        """How many such requests were made."""
        return sum(one == method and part in path for one, path in self.asked)

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

    def answer(self, method: str, path: list[str], query: dict[str, str], sent: dict[str, Any]) -> tuple[int, Any]:
        """What the service answers: a status and JSON, or None for an empty body."""
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


def _handler(service: Todoist) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve("GET")

        def do_POST(self) -> None:
            self._serve("POST")

        def do_DELETE(self) -> None:
            self._serve("DELETE")

        def _serve(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            with service.lock:
                service.asked.append((method, self.path))
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                service.tokens.add(token)
                plan = next((each for each in service.planned if each[0](method, self.path)), None)
                if plan is not None:
                    service.planned.remove(plan)
            if plan is not None and plan[1].get("hang"):
                service.released.wait(10)
                return
            if plan is not None and not plan[1].get("done"):
                self._send(plan[1].get("status", 200), plan[1].get("body", ""), plan[1].get("headers", {}))
                return
            if token != TOKEN:
                self._send(401, f"Unauthorized: {token}", {})
                return
            with service.lock:
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                path = [unquote(part) for part in parts.path.split("/") if part][2:]
                status, value = service.answer(method, path, query, json.loads(body) if body else {})
            if plan is not None:
                service.released.wait(10)
                return
            self._send(status, "" if value is None else json.dumps(value), {})

        def _send(self, status: int, text: str, headers: dict[str, str]) -> None:
            data = text.encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return Handler


@pytest.fixture
def todoist(monkeypatch: pytest.MonkeyPatch) -> Iterator[Todoist]:
    """A running stand-in, and the token that it takes in the usual environment variable."""
    service = Todoist()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service))
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}/api/v1"
    monkeypatch.setenv("TODOIST_API_TOKEN", TOKEN)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def live(todoist: Todoist) -> dict[str, Any]:
    """A configuration that plays on the stand-in."""
    return {"backend": "live", "live": {"base_url": todoist.url, "seconds": 5.0}}


@pytest.fixture
def token() -> str:
    """The secret that must appear nowhere."""
    return TOKEN
