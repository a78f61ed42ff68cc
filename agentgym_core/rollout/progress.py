"""A progress bar with rate, running score and outcomes; silent if not shown on a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from agentgym_core.rollout._tally import OutcomeTally
from agentgym_core.terminal import plain
from agentgym_core.types import Trajectory

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


class Progress:
    """Give its `update` to a rollout as `on_episode`. A context manager.

    :param total: the number of episodes, None where it is not known.
    :param shown: whether to draw; by default where standard error is a terminal.
    """

    def __init__(self, total: int | None = None, *, label: str = "episodes", shown: bool | None = None) -> None:
        self.total = total
        self.label = label
        self.shown = sys.stderr.isatty() if shown is None else shown
        self._tally = OutcomeTally()
        self._bar: Bar | None = None

    def update(self, trajectory: Trajectory) -> None:
        """Count one episode."""
        self._tally.add(trajectory)
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], advance=1, status=self.status())

    def status(self) -> str:
        """The running score and the outcomes, such as `score 0.520 · failed 9 · solved 12`."""
        score = self._tally.mean_score
        outcomes = sorted((outcome.value, count) for outcome, count in self._tally.outcomes.items())
        said = "score -" if score is None else f"score {score:.3f}"
        return " · ".join([said, *(f"{name} {count}" for name, count in outcomes)])

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
            self._bar.add_task(plain(self.label), total=self.total, status="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
