"""On the package's databases SQLite's functions for dates and times are its own, but for the present time (`attacks_by_end/refused`)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from agentgym_env_bird.clock import ClosedClock
from agentgym_env_bird.config import BirdConfig
from agentgym_env_bird.pool import Pool

MODIFIERS = ["+1 day", "start of month", "weekday 0", "utc", "localtime", "unixepoch", "nonsense", None, 3]


def test_words_that_look_alike_are_no_times(pool: Pool) -> None:
    sql = "SELECT 'now', date('2020-01-31', '+1 day'), strftime('now', '2020-01-01'), strftime()"
    assert pool.run("bundled:gym", sql, show=1).rows == [("now", "2020-02-01", "now", None)]


def test_official_data_have_a_clock() -> None:
    with closing(Pool(msgspec.structs.replace(BirdConfig().limits, clock=True))) as pool:
        assert pool.run("bundled:gym", "SELECT date('now') = CURRENT_DATE", show=1).rows == [(1,)]


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
    modifiers=st.lists(st.sampled_from(MODIFIERS), max_size=4),
)
def test_other_times_are_sqlites_own(name: str, time: object, modifiers: list[object]) -> None:
    sql = f"SELECT {name}({', '.join('?' * (1 + len(modifiers)))})"
    with (
        closing(sqlite3.connect(":memory:")) as plain,
        closing(sqlite3.connect(":memory:")) as closed,
        closing(ClosedClock()) as clock,
    ):
        clock.install(closed)
        expected = plain.execute(sql, (time, *modifiers)).fetchone()
        # Twice: what is remembered is the same.
        assert [closed.execute(sql, (time, *modifiers)).fetchone() for _ in range(2)] == [expected, expected]
