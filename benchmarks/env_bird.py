"""Steps a second of text to SQL, beside SQLite itself under the same settings, in one run.

The reference queries of all 300 tasks are played as answers, through a worker process, as episodes do. Beside them the same queries are
run in this process on connections with the same limits, authorizer and progress handler: by `execute` and `fetchall` alone ("SQLite"),
and by what a worker does, which is fetching under the limits and comparing with the reference's result ("SQLite, judged"). Every query is
prepared anew each time in all of them. Processor time is that of this process and its worker together. Rounds take turns, and the medians
are what counts: other work on the machine slows all of them.

Run: python benchmarks/env_bird.py
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator

from _figures import Figure, main

from agentgym_core.environments import resolve_environment
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Action
from agentgym_env_bird.clock import ClosedClock
from agentgym_env_bird.pool import Pool
from agentgym_env_bird.protocol import Request
from agentgym_env_bird.sandbox import Connection
from agentgym_env_bird.worker import Worker

TARGET = 5_000
ROUNDS = 15


def figures() -> Iterator[Figure]:
    """Play every task once a round, and run its query once a round without the environment."""
    source = resolve_environment("bird")
    tasks = [task for split in source.splits for task in source.tasks(split)]
    plays = [
        (ResetRequest(task=task.id, seed=0), Action("answer", {"sql": q}, q)) for task in tasks for q in [_gold(task)]
    ]
    limits = source.config.limits
    pool = Pool(limits)
    started = time.perf_counter()
    pool.run(tasks[0].data.location, "SELECT 1")
    first = 1000 * (time.perf_counter() - started)
    yield Figure("bird: the first query: a worker, and one database", first, "ms")
    judge = Worker(limits)
    asked = [Request(task.data.location, _gold(task), 10, _gold(task)) for task in tasks]
    for request in asked:
        judge.answer(Request(request.database, request.sql, keep=True))
    clock = ClosedClock()
    bare = {location: Connection(location, limits, clock) for location in {request.database for request in asked}}
    for connection in bare.values():
        connection._most = 1 << 62  # its counter is set back by `run`, which is not called here
    raw = [(bare[request.database]._connection, request.sql) for request in asked]
    instances = [GuardedEnvironment(source, pool) for _ in tasks]

    def ready() -> None:
        for instance, (opening, _) in zip(instances, plays, strict=True):
            instance.reset(opening)

    def step() -> None:
        for instance, (_, action) in zip(instances, plays, strict=True):
            instance.step(action)

    def episode() -> None:
        instance = instances[0]
        for opening, action in plays:
            instance.reset(opening)
            instance.step(action)

    def sqlite() -> None:
        for connection, sql in raw:
            connection.execute(sql).fetchall()

    def sqlite_judged() -> None:
        for request in asked:
            judge.answer(request)

    def spent() -> float:
        return time.process_time() + _processor_time(pool.idle[0].pid)

    ready()
    assert all(i.step(action).step.success for i, (_, action) in zip(instances, plays, strict=True))
    runs: list[Callable[[], None]] = [sqlite, sqlite_judged, step, episode]
    cpu: dict[str, list[float]] = {run.__name__: [] for run in runs}
    passed: dict[str, list[float]] = {run.__name__: [] for run in runs}
    for number in range(ROUNDS):
        for run in runs if number % 2 else reversed(runs):
            if run is step:
                ready()
            began, used = time.perf_counter(), spent()
            run()
            cpu[run.__name__].append((spent() - used) / len(plays))
            passed[run.__name__].append((time.perf_counter() - began) / len(plays))
    for instance in instances:
        instance.close()
    pool.close()
    judge.close()
    for connection in bare.values():
        connection.close()
    clock.close()
    for name, what, target in (
        ("sqlite", "SQLite alone", None),
        ("sqlite_judged", "SQLite, judged", None),
        ("step", "steps", TARGET),
        ("episode", "resets and steps", TARGET),
    ):
        used, wall = statistics.median(cpu[name]), statistics.median(passed[name])
        yield Figure(f"bird: {what} a second", 1 / used, "/s", target, at_least=True)
        yield Figure(f"bird: {what} a second, by the wall clock", 1 / wall, "/s", at_least=True)
    for name, what in (("sqlite", "SQLite"), ("sqlite_judged", "SQLite, judged")):
        ratios = [one / other for one, other in zip(cpu[name], cpu["step"], strict=True)]
        yield Figure(f"bird: speed of a step beside {what}", statistics.median(ratios), "x", at_least=True)


def _processor_time(pid: int) -> float:
    """The processor time of another process in seconds; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0.0
    return time.clock_gettime(((~pid) << 3) | 2)  # the clock of a process, as clock_getcpuclockid makes it


def _gold(task: object) -> str:
    sql: str = task.data.question.gold  # type: ignore[attr-defined]
    return sql


if __name__ == "__main__":
    main("env_bird", figures, __doc__)
