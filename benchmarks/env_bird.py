"""Steps a second of text to SQL in process, beside SQLite itself under the same settings, in one run.

The reference queries of all 300 tasks are played as answers, resets included. Beside it the same queries are run by `execute` and
`fetchall` on connections with the same file, limits, authorizer and progress handler. Rounds of both take turns, and the median of
the rounds' ratios is what counts: other work on the machine slows both.

Run: python benchmarks/env_bird.py [rounds]
"""

from __future__ import annotations

import statistics
import sys
import time

from agentgym_core.placement import Opening
from agentgym_core.registry import environment_source
from agentgym_core.rollout.instance import Instance
from agentgym_core.types import Action
from agentgym_env_bird.build import database_path
from agentgym_env_bird.pool import Pool
from agentgym_env_bird.sandbox import Connection

TARGET = 5_000


def main(rounds: int = 15) -> None:
    """Play every task once a round, and run its query once a round without the environment."""
    source = environment_source("bird")
    started = time.process_time()
    database_path("gym")
    print(f"bird: databases built or verified in {1000 * (time.process_time() - started):.0f} ms, once a process")
    tasks = [task for split in source.splits for task in source.tasks(split)]
    plays = [
        (Opening(task=task.id, seed=0), Action("answer", {"sql": q}, q))
        for task, q in ((t, t.data.question.gold) for t in tasks)
    ]
    paths = {task.data.path for task in tasks}
    bare = {path: Connection(path, source.config.limits) for path in paths}
    for connection_ in bare.values():
        connection_.deadline, connection_._most, connection_._calls = float("inf"), 1 << 62, -(1 << 62)
    raw = [(bare[task.data.path]._connection, task.data.question.gold) for task in tasks]
    pool = Pool(source.config.limits)
    stepped, whole, native = [], [], []
    with Instance(source, pool) as instance:
        for opening, action in plays:
            instance.reset(opening)
            assert instance.step(action).step.success
        for _ in range(rounds):
            inside = 0.0
            started = time.process_time()
            for opening, action in plays:
                instance.reset(opening)
                before = time.process_time()
                instance.step(action)
                inside += time.process_time() - before
            whole.append(time.process_time() - started)
            stepped.append(inside)
            started = time.process_time()
            for connection, sql in raw:
                connection.execute(sql).fetchall()
            native.append(time.process_time() - started)
    pool.close()
    for connection_ in bare.values():
        connection_.close()
    count = len(plays)
    print(
        f"bird: {count / min(whole):,.0f} steps/s with resets, {count / min(stepped):,.0f} steps/s without (target {TARGET:,}); "
        f"SQLite alone {count / min(native):,.0f} queries/s"
    )
    ratios = [one / other for one, other in zip(native, stepped, strict=True)]
    print(
        f"bird: step / SQLite alone: {statistics.median(ratios):.2f} of its speed (median of {rounds} rounds); with resets "
        f"{statistics.median(n / w for n, w in zip(native, whole, strict=True)):.2f}"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
