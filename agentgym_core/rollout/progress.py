"""How far a rollout has come: a line that a terminal keeps up to date, or a new line now and then where there is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from agentgym_core.rollout._resume import finished_keys
from agentgym_core.rollout._tally import OutcomeTally
from agentgym_core.store import Run
from agentgym_core.terminal import plain, say
from agentgym_core.types import Trajectory

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars

LINE_SECONDS = 30.0
"""From one line to the next where there is no terminal."""
_WIDE = 110


class Progress:
    """Give its `update` to a rollout as `on_episode`. A context manager.

    :param total: the number of episodes, None where it is not known.
    :param shown: whether to draw; by default where standard error is a terminal, and elsewhere there is a line twice a minute.
    """

    def __init__(
        self, total: int | None = None, *, shown: bool | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.total = total
        self.tallies: dict[str, OutcomeTally] = {}
        self._drawn = sys.stderr.isatty() if shown is None else shown
        self._lines = shown is None and not self._drawn
        self._clock = clock
        self._begun = self._told = clock()
        self._before = 0
        self._bars: Bars | None = None

    @property
    def done(self) -> int:
        """How many episodes have ended, those of earlier calls included."""
        return sum(tally.played for tally in self.tallies.values())

    def resume(self, run: Run, *, retry_faults: bool = False) -> None:
        """Count the episodes that a run holds already and that are not played again."""
        finished = finished_keys(run, retry_faults=retry_faults)
        for trajectory in run.trajectories() if finished else ():
            if trajectory.key.digest in finished:
                self._add(trajectory)
        self._before = self.done

    def update(self, trajectory: Trajectory) -> None:
        """Count one episode."""
        self._add(trajectory)
        if self._bars is not None:
            self._bars.update(self._bars.task_ids[0], description=self._line(), completed=self.done)
        elif self._lines and self._clock() - self._told >= LINE_SECONDS:
            self._told = self._clock()
            say(self._line(), file=sys.stderr)

    def metrics(self) -> dict[str, float]:
        """The mean score, where there is one, and how often each outcome occurred."""
        scored = sum(tally.scored for tally in self.tallies.values())
        score = {"score": sum(tally.score_sum for tally in self.tallies.values()) / scored} if scored else {}
        outcomes: dict[str, int] = {}
        for tally in self.tallies.values():
            for outcome, count in tally.outcomes.items():
                outcomes[outcome.value] = outcomes.get(outcome.value, 0) + count
        return {**score, **dict(sorted(outcomes.items()))}

    def _add(self, trajectory: Trajectory) -> None:
        self.tallies.setdefault(trajectory.environment, OutcomeTally()).add(trajectory)

    def _line(self) -> str:
        seconds = self._clock() - self._begun
        return progress_line(self.done, self.total, "episodes", self.done - self._before, seconds, self.metrics())

    def __enter__(self) -> Self:
        if self._drawn:
            self._bars = bars()
            self._bars.add_task(self._line(), total=self.total, completed=self.done)
            self._bars.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bars is not None:
            self._bars.stop()


def progress_line(
    done: float, total: float | None, unit: str, new: float, seconds: float, metrics: Mapping[str, float]
) -> str:
    """Such as `12 of 40 episodes · 30 a minute · 0:00:56 left · score 0.520 · solved 6 · failed 6`: the counts first, since lines get cut.

    :param new: how much of `done` was done in the last `seconds`.
    """
    parts = [f"{done:,.0f} {unit}" if total is None else f"{done:,.0f} of {total:,.0f} {unit}"]
    if new > 0 and seconds > 0:
        parts.append(f"{60 * new / seconds:,.0f} a minute")
        if total is not None:
            parts.append(f"{timedelta(seconds=int(max(0.0, total - done) * seconds / new))} left")
    parts += [
        f"{name} {value:,}" if isinstance(value, int) else f"{name} {value:.3f}" for name, value in metrics.items()
    ]
    return plain(" · ".join(parts))


def bars(console: Console | None = None) -> Bars:
    """A display whose rows are the time, the task's description cut at the edge, and a bar where there is room."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn
    from rich.progress import Task as Row
    from rich.text import Text

    class Line(ProgressColumn):
        def render(self, task: Row) -> Text:
            passed = timedelta(seconds=int(task.elapsed or 0))
            return Text(f"{passed}  {task.description}", no_wrap=True, overflow="ellipsis")

    console = console or Console(stderr=True)
    columns = [BarColumn(bar_width=24), Line()] if console.width >= _WIDE else [Line()]
    return Progress(*columns, console=console, transient=True)
