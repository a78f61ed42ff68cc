"""Environments that do one thing each, most of them wrong. Importable by name, so that hosts can have them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agentgym_core import (
    Action,
    ActionSpec,
    ComponentConfig,
    Description,
    Environment,
    ExpertAction,
    Parameter,
    Policy,
    Reply,
    Request,
    Step,
    Task,
    TaskList,
)

HANG = threading.Event()
"""What hanging environments wait for; a test sets it to let them go."""


class ZooConfig(ComponentConfig):
    folder: str = ""
    length: int = 3
    tasks: int = 40
    rounds: int = 6
    step_seconds: float = 30.0


class Counter(Environment):
    """Say `add 1` until the count is reached. Task `t5` and its like; `fail` ends without success."""

    def __init__(self, config: Any, engine: Any = None) -> None:
        super().__init__(config, engine)
        self.count = 0

    @classmethod
    def describe(cls, config: Any) -> Description:
        return Description(
            instruction="Count.",
            actions=(ActionSpec("add", (Parameter("number"),), text="add {number}"), ActionSpec("fail", text="fail")),
            splits={"train": config.tasks, "eval": 4},
            max_rounds=config.rounds,
            step_seconds=config.step_seconds,
            reset_seconds=30.0,
        )

    @classmethod
    def tasks(cls, config: Any, split: str) -> TaskList:
        prefix, count = ("t", config.tasks) if split == "train" else ("e", 4)
        return TaskList([f"{prefix}{n}" for n in range(count)], lambda id: Task(id, split, kind="count"))

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        self.task, self.seed, self.count = task, seed, 0
        return f"Task {task.id}, seed {seed}."

    def step(self, action: Action) -> Step:
        if action.name == "fail":
            return Step("failed", self.count / self.config.length, terminated=True, success=False)
        if action.name == "add":
            self.count += 1
        over = self.count >= self.config.length
        return Step(f"count {self.count}", self.count / self.config.length, terminated=over)

    def available_actions(self) -> list[str]:
        return ["add 1", "fail"]

    def expert(self) -> ExpertAction:
        return ExpertAction(f"I am at {self.count}.", "add 1")


def _bad(task: Task) -> bool:
    return task.id in ("t1", "e1")


class Draws(Counter):
    """Draws its count; what is drawn of a task is the same for every count of two."""

    def render(self) -> bytes | None:
        return b"\x89PNG" + str(self.count // 2).encode()


class Remembers(Counter):
    """Gives handles on its states, which no other process could hold."""

    def snapshot(self) -> Any:
        kept = self.count
        return lambda: kept

    def restore(self, handle: Any) -> None:
        self.count = handle()


class RaisesInStep(Counter):
    def step(self, action: Action) -> Step:
        if _bad(self.task) and self.count == 1:
            raise ZeroDivisionError("the engine broke")
        return super().step(action)


class RaisesInReset(Counter):
    def reset(self, task: Task, *, seed: int | None = None) -> str:
        if _bad(task):
            raise LookupError("no such level")
        return super().reset(task, seed=seed)


class RaisesInInit(Counter):
    def __init__(self, config: Any, engine: Any = None) -> None:
        raise OSError("no display")


class ExitsInStep(Counter):
    def step(self, action: Action) -> Step:
        if _bad(self.task):
            sys.exit(3)
        return super().step(action)


class HangsInStep(Counter):
    def step(self, action: Action) -> Step:
        if _bad(self.task):
            HANG.wait(600)
        return super().step(action)


class HangsWithChild(Counter):
    """Starts a child that leaves the process group, writes both pids, and hangs."""

    def step(self, action: Action) -> Step:
        if _bad(self.task):
            child = subprocess.Popen(["sleep", "600"], start_new_session=True)
            (Path(self.config.folder) / "pids").write_text(f"{os.getpid()} {child.pid}")
            time.sleep(600)
        return super().step(action)


class WaitsForNeighbour(HangsWithChild):
    """The neighbour of a hanging instance is in the middle of a call with time left when their host is killed."""

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        if task.id == "t2":
            time.sleep(600)
        return super().reset(task, seed=seed)


class DiesOnce(Counter):
    """Kills its own process the first time that each bad task is played."""

    def step(self, action: Action) -> Step:
        flag = Path(self.config.folder) / self.task.id
        if _bad(self.task) and not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().step(action)


class DiesAlways(Counter):
    def step(self, action: Action) -> Step:
        if _bad(self.task):
            with open(Path(self.config.folder) / "deaths", "a") as deaths:
                deaths.write("x")
            print("my last words", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        return super().step(action)


class Prints(Counter):
    """Writes garbage wherever a host might be listening."""

    def step(self, action: Action) -> Step:
        print("\x00\x00\x00\x05hello", flush=True)
        os.write(1, b"\xff\xff\xff\xff garbage")
        subprocess.run(["echo", "from a child"], check=True)
        return super().step(action)


class BadInfo(Counter):
    """Puts into `info` what JSON cannot say."""

    def step(self, action: Action) -> Step:
        step = super().step(action)
        return Step(step.observation, step.score, step.terminated, info={"engine": object()} if _bad(self.task) else {})


class Engined(Counter):
    """Shares an engine whose openings and closings are counted in a file."""

    @classmethod
    @contextmanager
    def engine(cls, config: Any) -> Iterator[str]:
        log = Path(config.folder) / "engine"
        with open(log, "a") as file:
            file.write(f"open {os.getpid()} {threading.get_ident()}\n")
        yield "shared"
        with open(log, "a") as file:
            file.write(f"close {os.getpid()} {threading.get_ident()}\n")

    def step(self, action: Action) -> Step:
        assert self.engine_handle == "shared"
        return super().step(action)


class TellsHost(Counter):
    """Says which process it lives in."""

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        super().reset(task, seed=seed)
        return str(os.getpid())


class ThreadBound(Counter):
    """Breaks where two of its calls come from different threads."""

    def __init__(self, config: Any, engine: Any = None) -> None:
        super().__init__(config, engine)
        self.home = threading.get_ident()

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        assert threading.get_ident() == self.home
        return super().reset(task, seed=seed)

    def step(self, action: Action) -> Step:
        assert threading.get_ident() == self.home
        return Step(f"{super().step(action).observation} in {self.home}", 1.0, terminated=True)


class ClosesBadly(Counter):
    def close(self) -> None:
        raise OSError("the engine would not go")


class SlowFirst(Counter):
    """Steps wait until the test's folder holds a file named `go`."""

    def step(self, action: Action) -> Step:
        while not (Path(self.config.folder) / "go").exists():
            time.sleep(0.01)
        return super().step(action)


class Says(Policy):
    """Answers with a fixed text, or with what a function of the request gives."""

    def __init__(self, answer: Any = "Action:\nadd 1") -> None:
        self.answer = answer
        self.ended: list[str] = []
        self.requests: list[Request] = []

    async def act(self, request: Request) -> Reply:
        self.requests.append(request)
        said = self.answer(request) if callable(self.answer) else self.answer
        if isinstance(said, BaseException):
            raise said
        return said if isinstance(said, Reply) else Reply(said)

    async def end(self, episode: str) -> None:
        self.ended.append(episode)
