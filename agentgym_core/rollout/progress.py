"""A progress bar with rate, running score and outcomes; silent if not shown on a terminal."""

from __future__ import annotations

import sys
from collections import Counter
from types import TracebackType
from typing import TYPE_CHECKING, Self

from agentgym_core.terminal import plain
from agentgym_core.types import Trajectory

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


class Progress:
    """Give its `update` to a rollout as `on_episode`. A context manager.

    :param total: the number of episodes, None where it is not known.
    :param shown: whether to draw; by default where standard error is a terminal.
    """

    def __init__(self, total: int | None = None, *, label: str = "episodes", shown: bool | None = None) -> None:
        self.total = total
        self.label = label
        self.shown = sys.stderr.isatty() if shown is None else shown
        self.outcomes: Counter[str] = Counter()
        self.scored = 0
        self.score_sum = 0.0
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def update(self, trajectory: Trajectory) -> None:
        """Count one episode."""
        self.outcomes[trajectory.outcome.value] += 1
        if trajectory.score is not None:
            self.scored += 1
            self.score_sum += trajectory.score
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=1, status=self.status())

    def status(self) -> str:
        """The running score and the outcomes, such as `score 0.52 · solved 12 · failed 9`."""
        score = f"score {self.score_sum / self.scored:.3f}" if self.scored else "score -"
        return " · ".join([score, *(f"{name} {count}" for name, count in sorted(self.outcomes.items()))])

    def __enter__(self) -> Self:
        if self.shown:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                ProgressColumn,
                TextColumn,
                TimeRemainingColumn,
            )
            from rich.progress import Task as Row
            from rich.text import Text

            class Rate(ProgressColumn):
                def render(self, task: Row) -> Text:
                    return Text(f"{60 * (task.finished_speed or task.speed or 0):,.0f}/min")

            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                Rate(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[status]}", markup=False),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(plain(self.label), total=self.total, status="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
