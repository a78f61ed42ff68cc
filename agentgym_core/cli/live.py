"""What a terminal shows while a pipeline runs: one line for each stage that is under way; silent if not shown on a terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentgym_core.hooks import hookimpl
from agentgym_core.plugins import plugins
from agentgym_core.terminal import plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


@contextmanager
def live(*, shown: bool | None = None, console: Console | None = None) -> Iterator[None]:
    """Show how far the stages that run in this block have come.

    :param shown: whether to draw; by default where standard error is a terminal.
    """
    if not (sys.stderr.isatty() if shown is None else shown):
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("{task.fields[status]}", markup=False),
        console=console or Console(stderr=True),
        transient=True,
    )
    stages = _Stages(bars)
    with bars, plugins().observed(stages, "agentgym.cli.live"):
        yield
        stages.end()


class _Stages:
    """An observer that keeps a bar for the stage under way and for those that it belongs to.

    A stage that is over leaves its bar and one line that stays: where it came to.
    """

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, tuple[TaskID, int]] = {}
        self._lock = threading.Lock()

    @hookimpl
    def agentgym_progress(self, stage: str, done: int, total: int, unit: str, metrics: Mapping[str, float]) -> None:
        """Move a stage's bar, and drop the bars of stages of the same thread that are over."""
        with self._lock:
            self._drop(stage)
            if stage not in self._tasks:
                indent = "  " * sum(stage.startswith(f"{other}/") for other in self._tasks)
                name = indent + plain(stage.rpartition("/")[2])
                bar = self._bars.add_task(name, total=total, status="", unit=plain(unit))
                self._tasks[stage] = bar, threading.get_ident()
            self._bars.update(
                self._tasks[stage][0], completed=done, total=total, status=status(metrics), unit=plain(unit)
            )

    def end(self) -> None:
        """Everything is over."""
        self._drop(None)

    def _drop(self, stage: str | None) -> None:
        here = threading.get_ident()
        # Threads run stages of their own: a report ends the stages of its own thread that it is not part of.
        over = [
            name
            for name, (_, thread) in self._tasks.items()
            if stage is None or (thread == here and not f"{stage}/".startswith(f"{name}/"))
        ]
        for name in reversed(over):
            number, _ = self._tasks.pop(name)
            task = next(task for task in self._bars.tasks if task.id == number)
            told = task.fields["status"]
            words = f"{plain(name)}: {task.completed:,.0f} of {task.total or 0:,.0f} {task.fields['unit']}"
            self._bars.console.print(f"{words} · {told}" if told else words, markup=False, highlight=False)
            self._bars.remove_task(number)


def status(metrics: Mapping[str, float]) -> str:
    """Metrics on one line, such as `score 0.52 · solved 12`."""
    return " · ".join(
        f"{plain(name)} {value:,}" if isinstance(value, int) else f"{plain(name)} {value:.3f}"
        for name, value in metrics.items()
    )
