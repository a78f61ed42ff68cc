"""Environments for tests of the server. Importable by name, so that hosts can have them."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any

from agentgym_core import (
    Action,
    ActionSpec,
    ComponentConfig,
    Description,
    Environment,
    ExpertAction,
    Parameter,
    Step,
    Task,
    TaskList,
)

LET_GO = threading.Event()
"""What waiting environments wait for."""

LIVE: set[int] = set()
"""Instances of this process that were not closed."""


class ZooConfig(ComponentConfig):
    length: int = 4
    step_seconds: float = 30.0


class Counter(Environment):
    """Say `add N` until the count is reached; the score is the share of the way."""

    def __init__(self, config: Any, engine: Any = None) -> None:
        super().__init__(config, engine)
        self.count = 0
        LIVE.add(id(self))

    @classmethod
    def describe(cls, config: Any) -> Description:
        return Description(
            instruction="Count <b>up</b>.",
            actions=(
                ActionSpec("add", (Parameter("number", type="integer"),), "Add.", text="add {number}"),
                ActionSpec("fail", text="fail"),
            ),
            splits={"train": 20, "eval": 3},
            step_seconds=config.step_seconds,
            reset_seconds=30.0,
        )

    @classmethod
    def tasks(cls, config: Any, split: str) -> TaskList:
        count = {"train": 20, "eval": 3}[split]
        return TaskList([f"{split[0]}{n}" for n in range(count)], lambda id: Task(id, split, "count", f"f-{id}"))

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        self.task, self.count = task, 0
        return f"Task {task.id}, seed {seed}."

    def step(self, action: Action) -> Step:
        if action.name == "fail":
            return Step("failed", self.count / self.config.length, terminated=True, success=False)
        if action.name == "add":
            self.count = min(self.config.length, self.count + action.arguments["number"])
        over = self.count >= self.config.length
        return Step(
            f"count {self.count}, you said {action.text}"[:2000],
            self.count / self.config.length,
            terminated=over,
            info={"count": self.count},
        )

    def available_actions(self) -> list[str]:
        return ["add 1", "fail"]

    def expert(self) -> ExpertAction:
        return ExpertAction(f"I am at {self.count}.", "add 1")

    def render(self) -> str:
        return f"<p>{self.count}</p>"

    def close(self) -> None:
        LIVE.discard(id(self))


class Countable(Counter):
    """Lists as an action how often it was asked for them: listing may cost more than a step."""

    asked = 0

    def available_actions(self) -> list[str]:
        self.asked += 1
        return [f"add {self.asked}"]


class Native(Counter):
    """Gives states of its own."""

    restored = 0

    def snapshot(self) -> int:
        return self.count

    def restore(self, handle: int) -> None:
        Native.restored += 1
        self.count = handle


class Fickle(Counter):
    """Says that it is deterministic and is not."""

    games = 0

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        Fickle.games += 1
        super().reset(task, seed=seed)
        return f"game {Fickle.games}"


class Raises(Counter):
    def step(self, action: Action) -> Step:
        if action.name == "fail":
            raise ZeroDivisionError("the engine broke")
        return super().step(action)


class Unmakeable(Counter):
    def __init__(self, config: Any, engine: Any = None) -> None:
        raise OSError("no display")


class Strange(Counter):
    """Shows what JSON cannot say as it stands."""

    def step(self, action: Action) -> Step:
        if action.name == "fail":
            return Step("object", info={"what": object()})
        return Step("half a pair \ud800", info={"half": "\udc00"})


class Numberless(Counter):
    """Tells of numbers that JSON has not."""

    def step(self, action: Action) -> Step:
        return Step("odd", info={"count": float("nan"), "more": float("inf")})


class Waits(Counter):
    """Steps come back when they are let go."""

    def step(self, action: Action) -> Step:
        if action.name == "fail":
            LET_GO.wait(60)
        return super().step(action)


class Slow(Counter):
    """In a process: hangs, dies or prints garbage, as the number says."""

    def step(self, action: Action) -> Step:
        number = action.arguments.get("number", 0)
        if number == 100:
            time.sleep(600)
        if number == 101:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == 102:
            os.write(1, b"garbage\x00\xff\n" * 50)
            print("more garbage", flush=True)
            sys.stdout.buffer.write(b"\xff\xfe\x00")
            sys.stdout.flush()
        return super().step(action)


class Leaks(Counter):
    """Keeps 64 MiB of every episode for ever."""

    kept: list[bytes] = []  # noqa: RUF012

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        Leaks.kept.append(b"x" * 2**26)
        return super().reset(task, seed=seed)

    def step(self, action: Action) -> Step:
        return Step(str(os.getpid()), 1.0, terminated=True)


class Sleeper(Counter):
    """Has one action, whose argument a client may send alone."""

    @classmethod
    def describe(cls, config: Any) -> Description:
        actions = (ActionSpec("wait", (Parameter("wait_seconds", type="number"),), "Wait."),)
        return Description(instruction="Wait.", actions=actions, splits={"train": 20, "eval": 3})

    def step(self, action: Action) -> Step:
        return Step(f"waited {action.arguments.get('wait_seconds')}")
