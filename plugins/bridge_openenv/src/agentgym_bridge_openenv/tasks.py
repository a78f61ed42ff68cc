"""The routes of tasks, as the Open Reward Standard has them: which splits there are, and which tasks each holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from agentgym_core.errors import TaskNotFound
from agentgym_core.types import Task
from agentgym_service.codec import NO_MESSAGE, encode
from agentgym_service.dialect import Asked, Told
from agentgym_service.hosted import HostedEnvironment

MOST = 10_000
"""How many tasks one answer lists: of a split with more, a range is to be asked for."""


class Wanted(Struct):
    """A split, and which of its tasks: `start` to before `stop`, or the one at `index`."""

    split: str
    index: int | None = None
    start: int | None = None
    stop: int | None = None


class Refused(Exception):
    """A request that is answered with `detail`, as OpenEnv's framework does."""

    def __init__(self, status: int, detail: Any) -> None:
        super().__init__(detail)
        self.told = Told(status, encode({"detail": detail}))


_decode = msgspec.json.Decoder(Wanted).decode


def splits(served: HostedEnvironment, wanted: Wanted | None = None) -> list[dict[str, str]]:
    """Every split by name, and whether it is to train or to test on."""
    held_out = served.description.evaluation
    return [{"name": name, "type": "test" if name in held_out else "train"} for name in served.description.splits]


def tasks(served: HostedEnvironment, wanted: Wanted) -> dict[str, Any]:
    """All tasks of a split."""
    return {"tasks": _listed(served, wanted.split, 0, None), "env_name": served.id}


def num_tasks(served: HostedEnvironment, wanted: Wanted) -> dict[str, Any]:
    """How many tasks a split has."""
    return {"num_tasks": len(served.source.tasks(wanted.split))}


def task(served: HostedEnvironment, wanted: Wanted) -> dict[str, Any]:
    """The task at an index."""
    found = served.source.tasks(wanted.split)
    if wanted.index is None or not 0 <= wanted.index < len(found):
        raise Refused(400, "Invalid task index")
    return {"task": _shown(wanted.split, wanted.index, found[wanted.index])}


def task_range(served: HostedEnvironment, wanted: Wanted) -> dict[str, Any]:
    """The tasks of a range; its ends are cut to what there is, as Python cuts those of a slice."""
    return {"tasks": _listed(served, wanted.split, wanted.start, wanted.stop)}


QUESTIONS: dict[str, Callable[[HostedEnvironment, Wanted], Any]] = {
    "tasks": tasks,
    "num_tasks": num_tasks,
    "task": task,
    "task_range": task_range,
}


def answer(served: HostedEnvironment, question: Callable[[HostedEnvironment, Wanted], Any], asked: Asked) -> Told:
    """The answer to a question."""
    try:
        return Told(200, encode(question(served, _decode(asked.body))))
    except NO_MESSAGE as error:
        return Refused(422, [{"type": "invalid", "loc": ["body"], "msg": str(error).replace("`", "'")}]).told
    except TaskNotFound as error:
        return Refused(400, error.message).told
    except Refused as refused:
        return refused.told


def _listed(served: HostedEnvironment, split: str, start: int | None, stop: int | None) -> list[dict[str, Any]]:
    found = served.source.tasks(split)
    places = range(*slice(start, stop).indices(len(found)))
    if len(places) > MOST:
        raise Refused(400, f"these are {len(places)} tasks; ask for a range of {MOST} at most: task_range")
    return [_shown(split, place, found[place]) for place in places]


def _shown(split: str, index: int, task: Task) -> dict[str, Any]:
    """A task as a client can ask for it: by `task`, or by `split` and `index`."""
    return {"id": task.id, "split": split, "index": index, "kind": task.kind}
