"""One environment as a server holds it: where its sessions live, and how its actions and tasks are read from messages."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from msgspec import UNSET

from agentgym_core import __version__
from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import TaskNotFound
from agentgym_core.placement import Placement, ResetRequest
from agentgym_core.registry import spec
from agentgym_core.rollout.placement_pool import check_limits, choose, make_placement
from agentgym_core.types import Action
from agentgym_service.codec import LONGEST_ID, too_long
from agentgym_service.messages import VERSION, ActionBody, ResetBody, TasksBody
from agentgym_service.metrics import Counters
from agentgym_service.problems import invalid
from agentgym_service.settings import ServerSettings

NEEDS = ("available_actions", "expert")
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
"""What a hello is told that messages can do; each has its place in the protocol's page."""

TASKS_A_FRAME = 1000
"""How many tasks one frame lists."""

BATCH = 4096
"""How many requests one batch may hold."""

_CACHED_ACTIONS = 4096
_CACHED_LENGTH = 256


class HostedEnvironment:
    """An environment with its placement. `waits` tells whether calls are made elsewhere than in the server's own thread.

    :raises ConfigError: the placement cannot hold it, or a time limit.
    """

    def __init__(self, source: EnvironmentSource, settings: ServerSettings) -> None:
        self.source = source
        self.id = source.spec.id
        self.settings = settings
        self.description = source.description
        self.grammar = Grammar(self.description.actions)
        choice = choose(source, settings.placement)
        check_limits(choice, settings.limits)
        self.placement_id = choice.id
        self.waits = spec("placement", choice.id).strength > 0
        self.placement: Placement = make_placement(choice.id, choice.config)
        self.counters = Counters()
        self._names = frozenset(action.name for action in self.description.actions)
        self._actions: dict[str, Action] = {}
        self._draws = random.Random()
        self.default_split = source.first_split(held_out=False)

    def warm(self) -> None:
        """Do now what the first session would wait for."""
        if self.default_split:
            tasks = self.source.tasks(self.default_split)
            if len(tasks):
                self.source.find(tasks[0].id)

    @property
    def capacity(self) -> int | None:
        """How many sessions there can be at once; None where only the server's own limit counts."""
        hosts = getattr(self.placement, "limit", None)
        if hosts is None:
            return None
        per_host = getattr(getattr(self.placement, "config", None), "per_host", None) or self.source.spec.per_host
        return int(hosts) * int(per_host)

    def needs(self, asked: list[str] | None) -> frozenset[str]:
        """What answers must bring along.

        :raises Refused: something that there is not, or that this server does not give.
        """
        wanted = frozenset(asked or ())
        for name in sorted(wanted):
            if name not in NEEDS:
                raise invalid(
                    ("data", "needs"), f"there is no {name[:100]!r} to ask for; there are: {', '.join(NEEDS)}"
                )
        if "expert" in wanted and not self.settings.expert:
            raise invalid(("data", "needs"), "this server gives no expert's moves (it was started without --expert)")
        return wanted

    def opening(self, body: ResetBody, needs: frozenset[str]) -> ResetRequest:
        """What a reset asks for.

        :raises TaskNotFound: there is no such task or split. :raises Refused: the parts do not go together.
        """
        if too_long(body.episode_id):
            raise invalid(("data", "episode_id"), f"an id may have {LONGEST_ID} bytes")
        if body.needs is not None:
            needs = self.needs(body.needs)
        seed, index = _whole(body.seed, "seed"), _whole(body.index, "index")
        if body.task is not None:
            if body.split is not None or index is not None:
                raise invalid(("data", "task"), "a task goes without split and index")
            return ResetRequest(body.task, seed, needs)
        split = self.default_split if body.split is None else body.split
        tasks = self.source.tasks(split)
        if index is not None:
            if not 0 <= index < len(tasks):
                raise TaskNotFound(
                    f"split {split!r} of environment {self.id!r} has no index {index}",
                    hint=f"it has {len(tasks)} tasks, counted from 0",
                )
            return ResetRequest(tasks[index].id, seed, needs)
        if not len(tasks):
            raise TaskNotFound(f"split {split!r} of {self.id!r} is empty", hint="name a task")
        draws = self._draws if seed is None else random.Random(seed)
        return ResetRequest(tasks[draws.randrange(len(tasks))].id, seed, needs)

    def action(self, body: ActionBody) -> Action:
        """The action that a message says.

        :raises Refused: it is neither a text nor a call of a declared action.
        """
        text = body.text
        if text is not UNSET:
            if body.name is not UNSET or body.arguments is not UNSET:
                raise invalid(("text",), "an action is either its text, or a name with arguments")
            return self.said(text)
        if body.name is UNSET:
            raise invalid(("text",), "Field required", "missing")
        arguments: Any = {} if body.arguments is UNSET else body.arguments
        try:
            canonical = self.grammar.canonical(body.name, arguments)
        except ValueError as error:
            raise invalid(("arguments" if body.name in self._names else "name",), str(error)) from error
        return self.said(canonical)

    def said(self, text: str) -> Action:
        """The action of a canonical text; often the same texts come again."""
        known = self._actions.get(text)
        if known is None:
            known = self.grammar.action(text)
            if len(text) <= _CACHED_LENGTH:
                if len(self._actions) >= _CACHED_ACTIONS:
                    self._actions.clear()
                self._actions[text] = known
        return known

    def welcome(self, version: int) -> dict[str, Any]:
        """The answer to hello: what the server can, and what it allows."""
        settings = self.settings
        return {
            "version": min(version, VERSION),
            "server": f"agentgym-core {__version__}",
            "environment": self.source.spec.canonical,
            "digest": self.source.config_digest,
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

    def listed_tasks(self, body: TasksBody) -> dict[str, Any]:
        """The splits, and a range of one of them. :raises Refused: that is no range. :raises TaskNotFound: there is no such split."""
        splits, evaluation = self.description.splits, self.description.evaluation
        listed: dict[str, Any] = {
            "splits": dict(splits),
            "evaluation": [split for split in splits if split in evaluation],
        }
        if body.split is None:
            return listed
        tasks = self.source.tasks(body.split)
        if body.start < 0 or (body.stop is not None and body.stop < body.start):
            raise invalid(("data", "start"), "a range starts at 0 or later and does not end before its start")
        stop = min(len(tasks), body.start + TASKS_A_FRAME, len(tasks) if body.stop is None else body.stop)
        found = (tasks[index] for index in range(body.start, stop))
        rows = [{"id": task.id, "kind": task.kind, "fingerprint": task.fingerprint} for task in found]
        return listed | {"split": body.split, "count": len(tasks), "start": body.start, "tasks": rows}

    async def close(self) -> None:
        """Close every instance and host."""
        await asyncio.shield(self.placement.close())


def _whole(value: float | None, name: str) -> int | None:
    """A number that JSON may have written with a point."""
    if value is None or isinstance(value, int):
        return value
    if not value.is_integer():
        raise invalid(("data", name), "Input should be a valid integer", "int_type")
    return int(value)
