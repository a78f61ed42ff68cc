"""On the package's databases no query tells the present time, however it is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_env_bird.clock import REFUSAL, ClosedClock
from agentgym_env_bird.config import BirdConfig
from agentgym_env_bird.pool import Pool

NOW = [
    "'now'",
    "'NOW'",
    "'n' || 'ow'",
    "x'6e6f77'",
    "CAST(x'6e6f77' AS TEXT)",
    "char(110, 111, 119)",
    "replace('nxw', 'x', 'o')",
    "substr('know', 2)",
    "lower('NoW')",
    "trim(' now ')",
    "'now' || char(0) || 'x'",
    "(SELECT group_concat(letter, '') FROM (SELECT 'n' AS letter UNION ALL SELECT 'o' UNION ALL SELECT 'w'))",
    "json_extract('[\"now\"]', '$[0]')",
    "printf('%s%s', 'no', 'w')",
]
CALLS = ["date({})", "time({}, '+1 day')", "datetime({})", "julianday({})", "unixepoch({})", "strftime('%Y', {})"]
MODIFIERS = st.sampled_from(
    ["+1 day", "start of month", "weekday 0", "utc", "localtime", "unixepoch", "nonsense", None, 3]
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Pool]:
    pool = Pool(BirdConfig().limits)
    yield pool
    pool.close()


@pytest.mark.parametrize("call", CALLS)
def test_the_present_time_is_refused_however_it_is_written(shared: Pool, call: str) -> None:
    for now in NOW:
        assert shared.run("bundled:gym", f"SELECT {call.format(now)}").error == REFUSAL, now
    column = f"SELECT {call.format('word')} FROM (SELECT substr('know', column1) AS word FROM (VALUES (1), (2)))"
    assert shared.run("bundled:gym", column).error == REFUSAL


@pytest.mark.parametrize(
    "sql", ["date()", "time ( )", '"datetime"()', "julianday(/* x */)", "[unixepoch](\n)", "strftime('%Y')"]
)
def test_no_argument_means_the_present_time(shared: Pool, sql: str) -> None:
    assert shared.run("bundled:gym", f"SELECT {sql}").error == REFUSAL


def test_what_only_tells_the_time_is_not_authorized(shared: Pool) -> None:
    for name in ("CURRENT_DATE", "current_time", "CURRENT_TIMESTAMP"):
        assert "not authorized" in shared.run("bundled:gym", f"SELECT {name}").error


def test_words_that_look_alike_are_no_times(shared: Pool) -> None:
    sql = "SELECT 'now', date('2020-01-31', '+1 day'), strftime('now', '2020-01-01'), strftime()"
    assert shared.run("bundled:gym", sql, show=1).rows == [("now", "2020-02-01", "now", None)]


def test_official_data_have_a_clock() -> None:
    pool = Pool(msgspec.structs.replace(BirdConfig().limits, clock=True))
    try:
        assert pool.run("bundled:gym", "SELECT date('now') = CURRENT_DATE", show=1).rows == [(1,)]
    finally:
        pool.close()


@given(
    name=st.sampled_from(["date", "time", "datetime", "julianday", "unixepoch"]),
    time=st.one_of(
        st.none(),
        st.integers(-(10**9), 10**9),
        st.floats(-1e7, 1e7),
        st.dates().map(str),
        st.datetimes().map(str),
        st.text("0123456789-: nowT.", max_size=20).filter(lambda text: text.strip() != "now"),
    ),
    modifiers=st.lists(MODIFIERS, max_size=4),
)
def test_other_times_are_sqlites_own(name: str, time: object, modifiers: list[object]) -> None:
    marks = ", ".join("?" * (1 + len(modifiers)))
    sql = f"SELECT {name}({marks})"
    with closing(sqlite3.connect(":memory:")) as plain, closing(sqlite3.connect(":memory:")) as closed:
        clock = ClosedClock(20_000)
        clock.install(closed)
        expected = plain.execute(sql, (time, *modifiers)).fetchone()
        # Twice: what is remembered is the same.
        assert [closed.execute(sql, (time, *modifiers)).fetchone() for _ in range(2)] == [expected, expected]
        clock.close()
