"""Statistics of runs, computed beside the pages: a page shows the latest that there are, and says of how many episodes they are."""

from __future__ import annotations

import math
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout

from attrs import frozen

from agentgym_core.evaluation.intervals import Estimate, rate_interval
from agentgym_core.evaluation.report import Report, summarize
from agentgym_core.evaluation.rows import plain
from agentgym_viewer.workbench import queries
from agentgym_viewer.workbench.index import Index
from agentgym_viewer.workbench.rows import rows_of
from agentgym_viewer.workbench.runs import RunState

WHOLE = 5_000
"""Episodes up to which a run is summarised as `agentgym score` does it. Beyond it a bootstrap takes seconds, and the mean of so many tasks
has a normal interval that differs from the bootstrap's by less than what is shown."""

PATIENCE = 0.2
"""Seconds that a page waits for figures that are being computed."""

_NORMAL = 1.959964


@frozen
class Part:
    """One environment of a run in one suite: how many episodes, and the two rates with their intervals."""

    environment: str
    suite: str
    player: str
    episodes: int
    scored: int
    success: Estimate
    reward: Estimate
    rounds: float | None = None


@frozen
class Figures:
    """What was computed of a run when it had so many episodes. `report` is there for runs that are summarised whole."""

    episodes: int
    parts: Sequence[Part]
    course: Sequence[tuple[int, int, float | None, float | None]]
    report: Report | None = None

    @property
    def method(self) -> str:
        """How the intervals were made, in words."""
        return (
            "Wilson's interval, and a bootstrap over tasks"
            if self.report
            else "Wilson's interval, and a normal one over tasks"
        )


class Desk:
    """Computes figures, one run at a time, and keeps the latest of each.

    :param done: called with the id of a run whose figures are new.
    """

    def __init__(self, index: Index, done: Callable[[str], object]) -> None:
        self._index = index
        self._done = done
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="agentgym-figures")
        self._mutex = threading.Lock()
        self._found: dict[str, tuple[tuple[int, int], Figures]] = {}
        self._under_way: dict[str, Future[Figures]] = {}
        self._next: dict[str, float] = {}

    def of(self, run: RunState) -> Figures | None:
        """The latest figures of a run; None where there are none yet. Newer ones are begun where it has grown."""
        with self._mutex:
            seal, found = self._found.get(run.id, (None, None))
            if seal == run.seal and found is not None:
                return found
            work = self._under_way.get(run.id)
            if work is None and (found is None or time.monotonic() >= self._next.get(run.id, 0.0)):
                work = self._under_way[run.id] = self._worker.submit(self._compute, run)
        if found is not None or work is None:
            return found
        try:
            return work.result(PATIENCE)
        except FutureTimeout:
            return None

    def close(self) -> None:
        """Finish what is computed and begin nothing more."""
        self._worker.shutdown(cancel_futures=True)

    def _compute(self, run: RunState) -> Figures:
        begun = time.monotonic()
        seal = run.seal
        try:
            found = figures(self._index.database.connection(), run)
        finally:
            with self._mutex:
                del self._under_way[run.id]
                # A run that grows is computed again and again: it gets a fifth of the time at most.
                self._next[run.id] = time.monotonic() + max(1.0, 5 * (time.monotonic() - begun))
        with self._mutex:
            self._found[run.id] = seal, found
        self._done(run.id)
        return found


def figures(connection: sqlite3.Connection, run: RunState) -> Figures:
    """The figures of what the index holds of a run."""
    episodes = run.tally.episodes
    course = queries.course(connection, run.number)
    if episodes > WHOLE:
        return Figures(episodes, _many(connection, run.number), course)
    report = summarize(rows_of(connection, run.number), labels=run.labels)
    parts = [
        Part(
            plain(group.environment),
            group.suite,
            group.player.label,
            group.metrics.episodes,
            group.metrics.scored,
            group.metrics.success,
            group.metrics.reward,
            group.metrics.rounds.mean,
        )
        for group in report.groups
    ]
    return Figures(episodes, parts, course, report)


_TASKS = """
SELECT part.environment, part.suite, part.policy || ' (' || part.action_format || ')', count(*), sum(score IS NOT NULL),
    sum(CASE WHEN score IS NOT NULL THEN success END), sum(score), sum(CASE WHEN score IS NOT NULL THEN rounds END)
FROM episode JOIN part ON part.id = episode.part WHERE episode.run = ? AND current = 1
GROUP BY part.environment, part.configuration, part.suite, part.policy, part.action_format, task
"""


def _many(connection: sqlite3.Connection, run: int) -> list[Part]:
    """The parts of a large run: every task counts the same, as in `summarize`."""
    groups: dict[tuple[str, str, str], list[tuple[int, int, int, float, float]]] = {}
    for environment, suite, player, episodes, scored, solved, score, rounds in connection.execute(_TASKS, (run,)):
        tasks = groups.setdefault((environment, suite, player), [])
        tasks.append((episodes, scored or 0, solved or 0, score or 0.0, rounds or 0.0))
    return [_part(*key, tasks) for key, tasks in sorted(groups.items())]


def _part(environment: str, suite: str, player: str, tasks: Sequence[tuple[int, int, int, float, float]]) -> Part:
    scored = [task for task in tasks if task[1]]
    number = sum(task[1] for task in scored)
    return Part(
        plain(environment),
        suite,
        player,
        sum(task[0] for task in tasks),
        number,
        rate_interval([(task[2], task[1]) for task in scored]),
        _mean([task[3] / task[1] for task in scored]),
        sum(task[4] for task in scored) / number if number else None,
    )


def _mean(values: Sequence[float]) -> Estimate:
    if len(values) < 2:
        return Estimate(values[0] if values else None, method="normal", tasks=len(values))
    mean = math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    reach = _NORMAL * spread / math.sqrt(len(values))
    return Estimate(mean, mean - reach, mean + reach, "normal", len(values))
