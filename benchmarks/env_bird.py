"""Steps a second of text to SQL in process, beside SQLite itself under the same settings, in one run.

The reference queries of all 300 tasks are played as answers. Beside them the same queries are run on connections to the same files with the
same limits, authorizer and progress handler: by `execute` and `fetchall` alone ("SQLite"), and with what every scorer has to do
besides, which is fetching under the limits and comparing with the reference's result, cached ("SQLite, judged"). Every query is prepared
anew each time in all of them. Rounds take turns, and the median of the rounds' ratios is what counts: other work on the machine slows
all of them.

Run: python benchmarks/env_bird.py [rounds]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from agentgym_core.environments import resolve_environment
from agentgym_core.placement import Opening
from agentgym_core.rollout.instance import Instance
from agentgym_core.types import Action
from agentgym_env_bird.build import database_path
from agentgym_env_bird.measures import measure
from agentgym_env_bird.pool import Pool
from agentgym_env_bird.sandbox import Connection

TARGET = 5_000


def main(rounds: int = 15) -> None:
    """Play every task once a round, and run its query once a round without the environment."""
    source = resolve_environment("bird")
    started = time.process_time()
    database_path("gym")
    print(f"bird: databases built or verified in {1000 * (time.process_time() - started):.0f} ms, once a process")
    tasks = [task for split in source.splits for task in source.tasks(split)]
    plays = [(Opening(task=task.id, seed=0), Action("answer", {"sql": q}, q)) for task in tasks for q in [_gold(task)]]
    limits = source.config.limits
    pool = Pool(limits)
    judged = {path: Connection(path, limits) for path in {task.data.path for task in tasks}}
    bare = {path: Connection(path, limits) for path in judged}
    for connection in bare.values():
        # Its counters are the sandbox's; here nobody sets them back.
        connection._most, connection._calls = 1 << 62, -(1 << 62)
    raw = [(bare[task.data.path]._connection, _gold(task)) for task in tasks]
    scored = [(judged[t.data.path], _gold(t), pool.gold(t.data.path, _gold(t), t.id)) for t in tasks]
    instances = [Instance(source, pool) for _ in tasks]

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
        for connection, sql, gold in scored:
            measure(connection.run(sql), gold)

    ready()
    assert all(i.step(action).step.success for i, (_, action) in zip(instances, plays, strict=True))
    runs: list[Callable[[], None]] = [sqlite, sqlite_judged, step, episode]
    cpu: dict[str, list[float]] = {run.__name__: [] for run in runs}
    clock: dict[str, list[float]] = {run.__name__: [] for run in runs}
    for number in range(rounds):
        ready()
        for run in runs if number % 2 else reversed(runs):
            if run is step:
                ready()
            began, spent = time.perf_counter(), time.process_time()
            run()
            cpu[run.__name__].append((time.process_time() - spent) / len(plays))
            clock[run.__name__].append((time.perf_counter() - began) / len(plays))
    for instance in instances:
        instance.close()
    pool.close()
    for connection in (*bare.values(), *judged.values()):
        connection.close()
    print(f"bird: {'':<32}{'us of CPU':>10}{'a CPU second':>14}{'a second by the clock':>24}")
    for name, what in (
        ("sqlite", "SQLite"),
        ("sqlite_judged", "SQLite, judged"),
        ("step", f"step (target {TARGET:,})"),
        ("episode", f"reset and step (target {TARGET:,})"),
    ):
        used, passed = statistics.median(cpu[name]), statistics.median(clock[name])
        print(f"bird: {what:<32}{1e6 * used:>10.1f}{1 / used:>14,.0f}{1 / passed:>24,.0f}")
    for name, what in (("sqlite", "SQLite"), ("sqlite_judged", "SQLite, judged")):
        ratios = [one / other for one, other in zip(cpu[name], cpu["step"], strict=True)]
        print(
            f"bird: a step runs at {statistics.median(ratios):.2f} of the speed of {what} (median of {rounds} rounds)"
        )


def _gold(task: object) -> str:
    sql: str = task.data.question.gold  # type: ignore[attr-defined]
    return sql


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
