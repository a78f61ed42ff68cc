from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from agentgym_core.errors import ConfigError
from agentgym_core.evaluation import EpisodeRow, as_json, compare, summarize
from agentgym_core.evaluation.rows import row, rows
from agentgym_core.types import EpisodeKey, Outcome, Trajectory
from agentgym_viewer.leaderboard import LeaderboardEntry, leaderboard, share_of_gap
from agentgym_viewer.leaderboard_page import leaderboard_page
from agentgym_viewer.leaderboard_table import print_leaderboard

MakeEpisode = Callable[..., Trajectory]


@pytest.fixture
def played(episode: MakeEpisode) -> Callable[..., list[Trajectory]]:
    """A run that solves the first so many of twenty tasks in each environment."""

    def play(tasks: int = 20, *, policy: str = "p", **solved: int) -> list[Trajectory]:
        return [
            episode(f"t{number}", float(number < wins), environment=f"{name}-v1", policy=policy)
            for name, wins in solved.items()
            for number in range(tasks)
        ]

    return play


Played = Callable[..., list[Trajectory]]


def _row(task: str, solved: bool) -> EpisodeRow:
    key = EpisodeKey("maze-v1", "", task, 0)
    outcome = Outcome.SOLVED if solved else Outcome.FAILED
    return row(Trajectory(key.digest, key, "eval", outcome, score=float(solved), success=solved))


def entry(name: str, *runs: Iterable[Trajectory], at: int | None = None) -> LeaderboardEntry:
    return LeaderboardEntry(name, tuple(tuple(rows(run, None, None)) for run in runs), at)


def test_one_run_holds_several_environments_and_each_has_its_column(played: Played) -> None:
    run = played(maze=10, wordle=5)
    found = leaderboard([entry("BC", run)])
    report = summarize(run)
    assert found.columns == ("maze", "wordle")
    (only,) = found.rows
    assert [only.cells[name].success for name in found.columns] == [group.metrics.success for group in report.groups]
    assert only.success == report.overall[0].macro_success
    assert only.success.value == 0.375


def test_training_seeds_are_averaged_and_tasks_stay_the_clusters(played: Played) -> None:
    found = leaderboard([entry("BC", played(maze=10, policy="a"), played(maze=20, policy="b"))])
    cell = found.rows[0].cells["maze"]
    assert (cell.success.value, cell.success.tasks, cell.episodes, cell.seeds) == (0.75, 20, 40, (0.5, 1.0))
    assert found.notes == ("rows are means over up to 2 training seeds",)


def test_a_row_that_was_not_played_everywhere_has_no_mean(played: Played) -> None:
    found = leaderboard([entry("all", played(maze=10, wordle=5)), entry("some", played(maze=20))])
    assert found.rows[1].success.value is None
    assert found.rows[1].success.note == "not played: wordle"
    assert found.rows[0].success.value == 0.375


def test_configurations_of_one_environment_have_columns_of_their_own(episode: MakeEpisode) -> None:
    run = [episode(configuration=name) for name in ("small", "large")]
    assert leaderboard([entry("BC", run)]).columns == ("maze · large", "maze · small")


def test_a_difference_is_that_of_the_paired_comparison(played: Played) -> None:
    a, b = played(maze=5, wordle=5), played(maze=15, wordle=5)
    found = leaderboard([entry("control", a), entry("last", b)], differences=[("control", "last")])
    (difference,) = found.differences
    assert (difference.a, difference.b) == ("control", "last")
    assert {item.environment: item.verdict for item in difference.environments} == {
        "maze": "better",
        "wordle": "cannot tell",
    }
    plain = compare(a, b)
    assert [i.success and i.success.difference.value for i in difference.environments] == [
        i.success and i.success.difference.value for i in plain.environments
    ]


def test_seeds_of_two_rows_are_paired_and_not_taken_for_different_players(played: Played) -> None:
    a = entry("a", played(maze=5, policy="x"), played(maze=5, policy="y"))
    b = entry("b", played(maze=15, policy="x"), played(maze=10, policy="y"))
    (difference,) = leaderboard([a, b], differences=[("a", "b")]).differences
    (maze,) = difference.environments
    assert maze.pairing.by == "sample"
    assert (maze.pairing.tasks, maze.pairing.pairs) == (20, 40)
    assert maze.success is not None
    assert maze.success.difference.value == pytest.approx(0.375)


def test_the_share_of_a_gap(played: Played) -> None:
    rows = [entry("low", played(maze=4)), entry("high", played(maze=16)), entry("mine", played(maze=10))]
    share = leaderboard(rows, gap=("low", "high")).shares["mine"]
    assert share.value == pytest.approx(0.5)
    assert share.low is not None
    assert share.high is not None
    assert 0.0 < share.low < 0.5 < share.high < 1.0
    assert leaderboard(rows, gap=("low", "high")).shares["mine"] == share


def test_no_share_of_a_gap_that_is_not_there(played: Played) -> None:
    rows = [entry("low", played(maze=10)), entry("high", played(maze=10)), entry("mine", played(maze=12))]
    assert leaderboard(rows, gap=("low", "high")).shares["mine"].note == "there is no gap to close"


def test_no_interval_of_a_share_where_the_gap_may_be_chance(played: Played) -> None:
    rows = [entry("low", played(maze=10)), entry("high", played(maze=11)), entry("mine", played(maze=12))]
    share = leaderboard(rows, gap=("low", "high")).shares["mine"]
    assert share.low is None
    assert "may be chance" in share.note


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(*[st.booleans()] * 3), min_size=2, max_size=12))
def test_a_share_lies_within_its_interval_and_its_ends_are_0_and_1(solved: list[tuple[bool, bool, bool]]) -> None:
    def side(number: int) -> list[EpisodeRow]:
        return [_row(f"t{place}", bool(three[number])) for place, three in enumerate(solved)]

    low, high, mine = (side(number) for number in range(3))
    found = share_of_gap(low, high, mine)
    if found.value is None:
        return
    if found.low is not None and found.high is not None:
        assert found.low <= found.value <= found.high
    assert share_of_gap(low, high, low).value == 0
    assert share_of_gap(low, high, high).value == 1


def test_names_must_be_there_and_differ(played: Played) -> None:
    rows = [entry("a", played(maze=1)), entry("b", played(maze=2))]
    with pytest.raises(ConfigError, match="no row 'c'"):
        leaderboard(rows, differences=[("a", "c")])
    with pytest.raises(ConfigError, match="two rows are called 'a'"):
        leaderboard([rows[0], rows[0]])


def test_the_page_has_a_curve_of_each_environment_and_loads_nothing(played: Played) -> None:
    rows = [
        entry("<b>base", played(maze=1, wordle=1)),
        *(entry(f"iteration {n}", played(maze=5 + 3 * n, wordle=5), at=n) for n in range(3)),
    ]
    page = leaderboard_page(leaderboard(rows, differences=[("<b>base", "iteration 2")], gap=("<b>base", "iteration 2")))
    assert page.count("<polyline") == 3
    assert page.count('<circle class="dot" cx') >= 9
    assert "<b>base" not in page
    assert "&lt;b&gt;base" in page
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|<script", page)
    assert "55.0 %" in page


def test_a_table_without_a_curve_is_a_page_too(played: Played) -> None:
    page = leaderboard_page(leaderboard([entry("a", played(maze=1))]))
    assert "<polyline" not in page
    assert "5.0 %" in page


def test_the_terminal_shows_the_same_figures(played: Played) -> None:
    rows = [entry("BC", played(maze=10, wordle=5), at=0), entry("[red]x[/]", played(maze=20))]
    screen = io.StringIO()
    print_leaderboard(leaderboard(rows, differences=[("BC", "[red]x[/]")], name="t"), Console(file=screen, width=160))
    said = screen.getvalue()
    assert "37.5 %" in said
    assert "[red]x[/]" in said
    assert "–" in said


def test_a_terminal_too_narrow_for_all_columns_shows_them_below_each_other(played: Played) -> None:
    names = ("textcraft", "wordle", "movie", "todo", "bird", "academia")
    board = [entry("the first row", played(**dict.fromkeys(names, 20))), entry("BC", played(**dict.fromkeys(names, 3)))]
    screen = io.StringIO()
    print_leaderboard(leaderboard(board), Console(file=screen, width=60))
    text = screen.getvalue()
    assert "\u2026" not in text
    assert max(map(len, text.splitlines())) <= 60
    # Every part has the names of the rows, and every column stands in one part.
    assert text.count("the first row") == text.count("BC") == text.count("success") > 1
    assert [text.count(name) for name in (*names, "mean")] == [1] * 7
    assert text.count("[83.9, 100.0]") == 6


def test_as_json_keeps_every_figure(played: Played) -> None:
    found = as_json(leaderboard([entry("BC", played(maze=10), at=0)]))
    assert found["rows"][0]["cells"]["maze"]["success"]["value"] == 0.5
    assert found["schema"] == "agentgym.leaderboard/1"
