"""What a connection is told about a server and its tasks."""

from __future__ import annotations

from typing import Any

from agentgym_core import __version__
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.problems import invalid
from agentgym_service.wire.messages import VERSION, TasksBody

CAPABILITIES = (
    "actions",
    "batch",
    "deadline",
    "fork",
    "ids",
    "render",
    "restore",
    "resume",
    "sessions",
    "snapshot",
    "tasks",
)

TASKS_A_FRAME = 1000
"""How many tasks one frame lists."""

BATCH = 4096
"""How many requests one batch may hold."""


def welcome(served: HostedEnvironment, version: int) -> dict[str, Any]:
    """The answer to hello: what the server can, and what it allows."""
    settings = served.settings
    return {
        "version": min(version, VERSION),
        "server": f"agentgym-core {__version__}",
        "environment": served.source.spec.canonical,
        "digest": served.source.config_digest,
        "capabilities": [*CAPABILITIES, *(["expert"] if settings.expert else [])],
        "limits": {
            "sessions": settings.max_sessions,
            "frame_bytes": settings.max_frame,
            "in_flight": settings.in_flight,
            "batch": BATCH,
            "idle_seconds": settings.idle_seconds,
            "grace_seconds": settings.grace_seconds,
        },
    }


def listed_tasks(served: HostedEnvironment, body: TasksBody) -> dict[str, Any]:
    """The splits, and a range of one of them. :raises Refused: that is no range. :raises TaskNotFound: there is no such split."""
    description = served.description
    listed: dict[str, Any] = {
        "splits": dict(description.splits),
        "evaluation": [split for split in description.splits if split in description.evaluation],
    }
    if body.split is None:
        return listed
    tasks = served.source.tasks(body.split)
    if body.start < 0 or (body.stop is not None and body.stop < body.start):
        raise invalid(("data", "start"), "a range starts at 0 or later and does not end before its start")
    stop = min(len(tasks), body.start + TASKS_A_FRAME, *([] if body.stop is None else [body.stop]))
    found = [tasks[index] for index in range(body.start, stop)]
    return listed | {
        "split": body.split,
        "count": len(tasks),
        "start": body.start,
        "tasks": [{"id": task.id, "kind": task.kind, "fingerprint": task.fingerprint} for task in found],
    }
