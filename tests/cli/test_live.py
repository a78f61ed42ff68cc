from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from rich.console import Console

from agentgym_core.cli.live import live
from agentgym_core.plugins import plugins
from agentgym_core.rollout.progress import progress_line
from agentgym_core.types import RunInfo


def tell(stage: str, done: int, total: int, unit: str, **metrics: float) -> None:
    plugins().notify(
        "agentgym_progress", run=RunInfo("r"), stage=stage, done=done, total=total, unit=unit, metrics=metrics
    )


def an_evolution() -> None:
    tell("evolve", 0, 2, "iterations")
    tell("evolve/bc", 0, 30, "steps")
    tell("evolve/bc", 30, 30, "steps", loss=0.25)
    tell("evolve/explore-1", 0, 9, "episodes")
    tell("evolve/explore-1", 9, 9, "episodes", score=0.5, solved=4)
    tell("evolve", 1, 2, "iterations")


def test_each_stage_leaves_one_line_and_none_twice() -> None:
    screen = io.StringIO()
    with live(shown=True, console=Console(file=screen, force_terminal=False, width=120)):
        an_evolution()
    lines = [line.strip() for line in screen.getvalue().splitlines() if line.strip()]
    assert lines == [
        "evolve/bc: 30 of 30 steps · loss 0.250",
        "evolve/explore-1: 9 of 9 episodes · score 0.500 · solved 4",
        "evolve: 1 of 2 iterations",
    ]


def test_on_a_terminal_the_stage_stands_under_the_one_that_it_belongs_to() -> None:
    screen = io.StringIO()
    with live(shown=True, console=Console(file=screen, force_terminal=True, width=120)):
        tell("evolve", 0, 2, "iterations")
        tell("evolve/bc", 7, 30, "steps", loss=0.25)
    assert "\x1b[" in screen.getvalue()
    assert "  bc" in screen.getvalue()


def test_it_is_silent_where_it_is_told_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    with live(shown=False):
        an_evolution()
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_there_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    with live(clock=lambda: now[0]) as say:
        say("demos: collect")
        tell("demos", 0, 40, "episodes")
        for done, now[0] in ((1, 10.0), (2, 29.0), (3, 31.0), (4, 40.0), (40, 41.0)):
            tell("demos", done, 40, "episodes", score=0.5)
        say("demos: done")
    assert capsys.readouterr().err.splitlines() == [
        "demos: collect",
        "demos: 3 of 40 episodes · 6 a minute · 0:06:22 left · score 0.500",
        "demos: 40 of 40 episodes · score 0.500",
        "demos: done",
    ]


def test_a_stage_that_is_over_stands_above_what_is_said_next() -> None:
    screen = io.StringIO()
    with live(shown=True, console=Console(file=screen, force_terminal=False, width=120)) as say:
        say("demos: collect")
        tell("demos", 9, 9, "episodes")
        say("noise: collect")
        tell("noise", 3, 3, "episodes")
    lines = [line.strip() for line in screen.getvalue().splitlines() if line.strip()]
    assert lines == ["demos: collect", "demos: 9 of 9 episodes", "noise: collect", "noise: 3 of 3 episodes"]


def test_it_stops_looking_when_the_block_ends_by_an_error() -> None:
    screen = io.StringIO()
    with (
        pytest.raises(RuntimeError, match="the power is gone"),
        live(shown=True, console=Console(file=screen, force_terminal=False)),
    ):
        raise RuntimeError("the power is gone")
    an_evolution()
    assert "evolve" not in screen.getvalue()


def test_names_from_outside_are_no_markup() -> None:
    screen = io.StringIO()
    with live(shown=True, console=Console(file=screen, force_terminal=False, width=120)):
        tell("[red]x[/]", 1, 1, "episodes")
    assert "[red]x[/]: 1 of 1 episodes" in screen.getvalue()


def test_counts_are_whole_and_measures_are_not() -> None:
    line = progress_line(1300, 2000, "episodes", 1000, 60.0, {"score": 0.5, "solved": 1200})
    assert line == "1,300 of 2,000 episodes · 1,000 a minute · 0:00:42 left · score 0.500 · solved 1,200"
    assert progress_line(3, None, "episodes", 0, 0.0, {}) == "3 episodes"


@pytest.mark.parametrize("width", [60, 80, 200])
def test_what_counts_can_be_read_on_a_narrow_terminal(width: int) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=width, color_system=None)
    with live(shown=True, console=console):
        outcomes = dict.fromkeys(("environment_fault", "failed", "policy_fault", "solved", "truncated"), 1234)
        tell("evolve/explore-1", 15_084, 23_325, "episodes", score=0.5, **outcomes)
    drawn = [line for line in screen.getvalue().splitlines() if "15,084 of 23,325 episodes" in line]
    assert drawn
    assert any("explore-1" in line for line in drawn)


def test_what_runs_beside_leaves_the_bars_of_others_alone() -> None:
    screen = io.StringIO()
    with (
        live(shown=True, console=Console(file=screen, force_terminal=False, width=120)),
        ThreadPoolExecutor(1) as beside,
    ):
        tell("evolve", 0, 2, "iterations")
        for done in (0, 3, 6):
            tell("evolve/learn-1", done, 6, "steps")
            beside.submit(tell, "evolve/evaluate-0", done, 6, "episodes").result()
        assert not screen.getvalue().strip()
        beside.submit(tell, "evolve/evaluate-1", 0, 6, "episodes").result()
        assert screen.getvalue().strip() == "evolve/evaluate-0: 6 of 6 episodes"
