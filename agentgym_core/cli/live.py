"""What is shown while a pipeline runs: on a terminal one line for each stage that is under way, elsewhere a line now and then."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attrs import define

from agentgym_core.hooks import hookimpl
from agentgym_core.plugins import plugins
from agentgym_core.rollout.progress import LINE_SECONDS, bars, progress_line
from agentgym_core.terminal import plain, say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


@contextmanager
def live(
    *, shown: bool | None = None, console: Console | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[str], None]]:
    """Show how far the stages that run in this block have come; what is yielded prints a line between them.

    :param shown: whether to draw; by default where standard error is a terminal, and elsewhere there are lines.
    """
    if shown is False:
        yield lambda line: say(line, file=sys.stderr)
        return
    display = bars(console) if shown or sys.stderr.isatty() else None
    stages = _Stages(display, clock)
    with plugins().observed(stages, "agentgym.cli.live"):
        if display is None:
            yield stages.say
            stages.end()
        else:
            with display:
                yield stages.say
                stages.end()


@define
class _Row:
    """A stage that is under way: where it stood when it began, and where it stands."""

    thread: int
    begun: float
    first: int
    bar: Any = None
    line: str = ""
    brief: str = ""


class _Stages:
    """An observer that keeps a row for the stage under way and for those that it belongs to.

    A stage that is over leaves its row and one line that stays: where it came to.
    """

    def __init__(self, display: Progress | None, clock: Callable[[], float]) -> None:
        self._display, self._clock = display, clock
        self._rows: dict[str, _Row] = {}
        self._told = clock()
        self._lock = threading.Lock()

    @hookimpl
    def agentgym_progress(self, stage: str, done: int, total: int, unit: str, metrics: Mapping[str, float]) -> None:
        """Move a stage's row, and drop the rows of stages of the same thread that are over."""
        with self._lock:
            self._drop(stage)
            now = self._clock()
            row = self._rows.setdefault(stage, _Row(threading.get_ident(), now, done))
            row.line = progress_line(done, total, unit, done - row.first, now - row.begun, metrics)
            row.brief = progress_line(done, total, unit, 0, 0, metrics)
            if self._display is not None:
                depth = sum(stage.startswith(f"{other}/") for other in self._rows)
                shown = f"{'  ' * depth}{plain(stage.rpartition('/')[2])}  {row.line}"
                if row.bar is None:
                    row.bar = self._display.add_task(shown)
                self._display.update(row.bar, description=shown, completed=done, total=total)
            elif now - self._told >= LINE_SECONDS:
                self._told = now
                self._print(f"{stage}: {row.line}")

    def say(self, line: str) -> None:
        """Print a line, below those of the stages of this thread that are over."""
        with self._lock:
            self._drop("")
            self._print(line)

    def end(self) -> None:
        """Everything is over."""
        self._drop(None)

    def _drop(self, stage: str | None) -> None:
        here = threading.get_ident()
        # Threads run stages of their own: a report ends the stages of its own thread that it is not part of.
        over = [
            name
            for name, row in self._rows.items()
            if stage is None or (row.thread == here and not f"{stage}/".startswith(f"{name}/"))
        ]
        for name in reversed(over):
            row = self._rows.pop(name)
            if self._display is not None:
                self._display.remove_task(row.bar)
            self._print(f"{name}: {row.brief}")

    def _print(self, text: str) -> None:
        if self._display is None:
            say(text, file=sys.stderr)
        else:
            self._display.console.print(plain(text), markup=False, highlight=False)
