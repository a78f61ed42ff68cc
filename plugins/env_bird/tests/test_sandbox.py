"""One query under its limits, and connections that are used again."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.errors import EnvironmentFault
from agentgym_env_bird.build import database_path
from agentgym_env_bird.config import BirdConfig
from agentgym_env_bird.limits import CTE_REFERENCES
from agentgym_env_bird.pool import Pool
from agentgym_env_bird.sandbox import Connection
from agentgym_env_bird.statement import _may_copy, _references, objection, read, sorts, split
from agentgym_env_bird.trim import Trim
from agentgym_env_bird.watchdog import WATCHDOG

LIMITS = BirdConfig().limits
COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {0}) SELECT COUNT(*) FROM n"


def test_an_instruction_limit_cuts_at_the_same_place_every_time(pool: Pool) -> None:
    """How many rows can be counted under a limit does not depend on what the connection ran before."""
    path = database_path("gym")
    few = evolve(LIMITS, instructions=200_000)

    def most() -> int:
        low, high = 1, 100_000
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if pool.run(path, COUNT.format(middle), few).error else (middle, high)
        return low

    first = most()
    pool.run(path, COUNT.format(1234))
    assert most() == first
    result = pool.run(path, COUNT.format(first + 1), few)
    assert result.error == "stopped: the query takes more than 200,000 instructions"


def test_ticks_count_ten_thousand_instructions(pool: Pool) -> None:
    path = database_path("gym")
    ticks = [pool.run(path, COUNT.format(number)).ticks for number in (10, 20_000, 40_000)]
    assert ticks[0] == 0
    assert 1.9 < ticks[2] / ticks[1] < 2.1


def test_the_watchdog_ends_what_the_instruction_count_would_not() -> None:
    """Few instructions that are slow each: long before the handler is asked again, the time is over."""
    slow = evolve(LIMITS, instructions=10**12, seconds=0.3, value=200_000)
    with_time = Pool(slow)
    try:
        text = "hex(zeroblob(90000))"
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        sql = f"{numbers} SELECT i FROM n WHERE instr({text} || i, substr({text}, 1, 60000) || '1x') > 0"
        result = with_time.run(database_path("gym"), sql)
        assert result.error == "stopped: the query takes more than 0.3 seconds"
        assert result.ticks == 0
        assert with_time.run(database_path("gym"), "SELECT 1").rows == [(1,)]
    finally:
        with_time.close()


def test_an_interrupt_that_meant_the_query_before_changes_nothing() -> None:
    """The watchdog may be a moment late: the query that it hits is run again, and counted from nothing."""
    connection = Connection(database_path("gym"), LIMITS)
    expected = connection.run(COUNT.format(20_000))
    late = 2

    def tick() -> int:
        nonlocal late
        if late:
            late -= 1
            connection.interrupt()
        return connection._tick()

    connection._connection.set_progress_handler(tick, 10_000)
    assert connection.run(COUNT.format(20_000)) == expected
    assert late == 0
    connection.close()


@pytest.mark.parametrize("name", ["trim", "ltrim", "rtrim"])
@given(
    value=st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text("ab 0é\u4e2d", max_size=9),
    characters=st.none() | st.integers(0, 99) | st.text("ab 0é\u4e2d", max_size=40),
)
def test_trimming_is_sqlites(name: str, value: object, characters: object) -> None:
    with closing(sqlite3.connect(":memory:")) as plain:
        expected = plain.execute(f"SELECT {name}(?, ?)", (value, characters)).fetchone()
        text = plain.execute("SELECT CAST(? AS TEXT)", (value,)).fetchone()[0]
        trim = Trim(lambda given: text if given is value else str(given), left=name != "rtrim", right=name != "ltrim")
        assert trim(value, characters) == expected[0]


def test_trimming_is_part_of_a_query(pool: Pool) -> None:
    sql = "SELECT trim('xxaxx', 'x'), ltrim(1.50, '1'), rtrim(x'6178', 'x'), trim(' a '), trim(NULL, 'a'), typeof(trim(12, 1))"
    assert pool.run(database_path("gym"), sql).rows == [("a", ".5", "a", "a", None, "text")]


def test_the_watchdog_lives_as_long_as_pools_do() -> None:
    def alive() -> bool:
        return any(thread.name == "bird-watchdog" for thread in threading.enumerate())

    before = WATCHDOG._users
    one, other = Pool(LIMITS), Pool(LIMITS)
    assert alive()
    one.close()
    one.close()
    assert alive()
    other.close()
    assert WATCHDOG._users == before
    assert alive() is bool(before)


def test_rows_and_bytes_are_limited(pool: Pool) -> None:
    path = database_path("gym")
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {0}) SELECT {1} FROM n"
    few = evolve(LIMITS, rows=50)
    assert len(pool.run(path, numbers.format(50, "i"), few).rows) == 50
    assert pool.run(path, numbers.format(51, "i"), few).error == "stopped: the result has more than 50 rows"
    small = evolve(LIMITS, bytes=1 << 20)
    wide = "hex(zeroblob(5000))"
    assert pool.run(path, numbers.format(3000, wide), small).error == "stopped: the result is larger than 1 megabytes"
    assert pool.run(path, numbers.format(2, wide), small).error == ""


def test_too_much_memory_ends_the_query_alone(tmp_path: Path) -> None:
    """The limit on SQLite's memory is the process's and is set once; so this looks at it in a process of its own."""
    import subprocess
    import sys

    program = """
from agentgym_env_bird.build import database_path
from agentgym_env_bird.config import BirdConfig
from agentgym_env_bird.pool import Pool
pool = Pool(BirdConfig(memory=64).limits)
numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
print(pool.run(database_path("gym"), f"{numbers} SELECT DISTINCT hex(zeroblob(9000)) || i FROM n LIMIT 1 OFFSET 900000").error)
print(pool.run(database_path("gym"), "SELECT COUNT(*) FROM plans").rows)
pool.close()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "stopped: the query needs too much memory\n[(5,)]\n"


def test_a_file_that_is_no_database_is_the_environments_fault(tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("no database" * 100)
    for path in (tmp_path / "text.sqlite", tmp_path / "missing.sqlite", tmp_path):
        with pytest.raises(EnvironmentFault, match="cannot be read as an SQLite database"):
            Connection(str(path), LIMITS)
    assert not (tmp_path / "missing.sqlite").exists()


def test_odd_paths_are_paths(tmp_path: Path) -> None:
    """A question mark or a percent sign in a path is no part of the address."""
    path = tmp_path / "a?mode=rwc&x=%41#b.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection_ = Connection(str(path), LIMITS)
    assert connection_.run("SELECT COUNT(*) FROM t").rows == [(0,)]
    connection_.close()
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_text_that_is_no_unicode_is_read_with_marks(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as connection:
        connection.executescript("CREATE TABLE t (a); INSERT INTO t VALUES (CAST(x'ff41' AS TEXT)), ('é')")
    connection_ = Connection(str(tmp_path / "t.sqlite"), LIMITS)
    assert connection_.run("SELECT a FROM t").rows == [("\ufffdA",), ("é",)]
    assert connection_.run("SELECT a FROM t WHERE a = 'é'").rows == [("é",)]
    connection_.close()


def test_connections_are_used_again_and_few_are_kept(pool: Pool, tmp_path: Path) -> None:
    for number in range(90):
        with closing(sqlite3.connect(tmp_path / f"{number}.sqlite")) as connection:
            connection.executescript(f"CREATE TABLE t (a); INSERT INTO t VALUES ({number})")
    for number in [*range(90), *range(0, 90, 7)]:
        assert pool.run(str(tmp_path / f"{number}.sqlite"), "SELECT a FROM t").rows == [(number,)]
    assert sum(len(group) for group in pool._idle.values()) == pool._open <= 64
    pool.close()
    assert pool._open == 0


def test_threads_share_a_pool(pool: Pool) -> None:
    expected = {
        name: pool.run(database_path(name), "SELECT COUNT(*) FROM sqlite_master").rows for name in ("gym", "farm")
    }
    wrong: list[object] = []

    def work() -> None:
        for _ in range(60):
            for name, rows in expected.items():
                found = pool.run(database_path(name), "SELECT COUNT(*) FROM sqlite_master")
                if found.rows != rows:
                    wrong.append(found)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("SELECT 1", "SELECT 1"),
        ("  SELECT 1;\n", "SELECT 1;"),
        ("```sql\nSELECT 1\n```", "SELECT 1"),
        ("```SQL SELECT 1 ```", "SELECT 1"),
        ("Try:\n```sql\nSELECT 1\n```\nbetter:\n```sql\nSELECT\n  2\n```\nDone.", "SELECT\n  2"),
        ("```\nSELECT 1\n```", "SELECT 1"),
        ("```sqlite\nSELECT 1\n```", "SELECT 1"),
        ("```sql\nSELECT 1", "SELECT 1"),
        ("sql SELECT 1", "SELECT 1"),
        ("SQL: SELECT 1", "SELECT 1"),
        ("sqlite\nWITH a AS (SELECT 1) SELECT * FROM a", "WITH a AS (SELECT 1) SELECT * FROM a"),
        ("SELECT sql FROM sqlite_master", "SELECT sql FROM sqlite_master"),
        ("SELECT 'sql (x)'", "SELECT 'sql (x)'"),
        ("", ""),
        ("``````", ""),
    ],
)
def test_sql_is_read_out_of_replies(text: str, sql: str) -> None:
    assert read(text) == sql


@given(text=st.text(alphabet="`sqlSELECT \n1;'\"[]()-/*é", max_size=60))
def test_reading_never_fails(text: str) -> None:
    sql = read(text)
    assert sql == sql.strip()
    objection(sql, clock=False)
    split(sql)
    sorts(sql)


@pytest.mark.parametrize(
    ("sql", "ordered"),
    [
        ("SELECT a FROM t ORDER BY a", True),
        ("SELECT a FROM t order\n/* x */ by a LIMIT 1", True),
        ("SELECT a FROM (SELECT a FROM t ORDER BY a)", False),
        ("SELECT ROW_NUMBER() OVER (ORDER BY a) FROM t", False),
        ("SELECT 'x ORDER BY y' FROM t -- ORDER BY a", False),
    ],
)
def test_only_the_outer_order_counts(sql: str, ordered: bool) -> None:
    assert sorts(sql) is ordered


def test_reasonable_with_clauses_pass(pool: Pool) -> None:
    steps = ", ".join(f"s{n} AS (SELECT s{n - 1}.x + 1 AS x FROM s{n - 1} WHERE s{n - 1}.x > 0)" for n in range(1, 30))
    sql = f"WITH s0 AS (SELECT 1 AS x), {steps} SELECT s29.x FROM s29 JOIN s28 ON s28.x < s29.x"
    assert pool.run(database_path("gym"), sql).rows == [(30,)]


@given(
    bodies=st.lists(
        st.lists(st.tuples(st.sampled_from([", ", " JOIN ", ",", "/**/,"]), st.integers(0, 12)), max_size=12),
        min_size=1,
        max_size=12,
    )
)
def test_what_is_not_counted_would_pass(bodies: list[list[tuple[str, int]]]) -> None:
    """The quick look at a statement lets nothing through that the count refuses."""
    tables = ["t" + "".join(f"{how}a{which % max(n, 1)}" for how, which in body) for n, body in enumerate(bodies)]
    clauses = ", ".join(f"a{n} AS (SELECT 1 FROM {table})" for n, table in enumerate(tables))
    sql = f"WITH {clauses} SELECT 1 FROM a{len(bodies) - 1}, {tables[-1]}"
    if not _may_copy(sql.lower()):
        assert _references(split(sql)) <= CTE_REFERENCES


def test_with_clauses_are_counted_as_sqlite_copies_them() -> None:
    def chain(length: int) -> str:
        parts = ", ".join(f"a{n}(x) AS (SELECT 1 FROM a{n - 1}, a{n - 1})" for n in range(1, length))
        return f"WITH a0(x) AS (SELECT 1), {parts} SELECT * FROM a{length - 1}"

    refused = [length for length in range(2, 20) if objection(chain(length), clock=True)]
    assert refused == list(range(refused[0], 20))
    assert 2 ** (refused[0] - 1) <= 4 * CTE_REFERENCES


def test_the_present_time_is_for_official_data(source: Callable[..., object]) -> None:
    official = Pool(evolve(LIMITS, clock=True))
    try:
        for sql in ("SELECT date('now') = CURRENT_DATE", "SELECT datetime() >= '2020-01-01'"):
            assert official.run(database_path("gym"), sql).rows == [(1,)]
    finally:
        official.close()
    assert objection("SELECT date('2020-01-01', '+1 day'), 'now or never'", clock=False) is None
    for sql in (
        "date(\n)",
        "date ( )",
        '"date"()',
        "date/* x */()",
        "time(/* */)",
        "[datetime]( )",
        "julianday(\n--x\n)",
    ):
        assert objection(f"SELECT {sql} FROM t", clock=False), sql
    assert objection("SELECT ROW_NUMBER() OVER () FROM dates", clock=False) is None
