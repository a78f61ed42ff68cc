"""One query under its limits, and what is read of statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agentgym_core.errors import EnvironmentFault
from agentgym_env_bird.config import BirdConfig
from agentgym_env_bird.pool import Pool
from agentgym_env_bird.sandbox import Connection
from agentgym_env_bird.statement import is_ordered, objection, read, table_names

LIMITS = BirdConfig().limits
COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {0}) SELECT COUNT(*) FROM n"
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {0}) SELECT {1} FROM n"


@pytest.fixture
def gym() -> Iterator[Connection]:
    with closing(Connection("bundled:gym", LIMITS)) as connection:
        yield connection


def test_an_instruction_limit_cuts_at_the_same_place_every_time(gym: Connection) -> None:
    """How many rows can be counted under a limit does not depend on what the connection ran before."""
    few = replace(LIMITS, instructions=200_000)

    def most() -> int:
        low, high = 1, 100_000
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if gym.run(COUNT.format(middle), few).error else (middle, high)
        return low

    first = most()
    gym.run(COUNT.format(1234))
    assert most() == first
    result = gym.run(COUNT.format(first + 1), few)
    assert result.error == "stopped: the query takes more than 200,000 instructions"


def test_ticks_count_ten_thousand_instructions(gym: Connection) -> None:
    ticks = [gym.run(COUNT.format(number)).ticks for number in (10, 20_000, 40_000)]
    assert ticks[0] == 0
    assert 1.9 < ticks[2] / ticks[1] < 2.1


def test_rows_and_bytes_are_limited(gym: Connection) -> None:
    few = replace(LIMITS, rows=50)
    assert len(gym.run(NUMBERS.format(50, "i"), few).rows) == 50
    assert gym.run(NUMBERS.format(51, "i"), few).error == "stopped: the result has more than 50 rows"
    small = replace(LIMITS, bytes=1 << 20)
    wide = "hex(zeroblob(5000))"
    assert gym.run(NUMBERS.format(3000, wide), small).error == "stopped: the result is larger than 1 megabytes"
    assert gym.run(NUMBERS.format(2, wide), small).error == ""


def test_large_results_come_through_whole(pool: Pool) -> None:
    result = pool.run("bundled:gym", NUMBERS.format(90, "i, x'00ff', 1.5, NULL, hex(zeroblob(4000))"), show=80)
    assert result.count == 90
    assert result.rows == [(number, b"\x00\xff", 1.5, None, "0" * 8000) for number in range(1, 81)]


def test_a_file_that_is_no_database_is_the_environments_fault(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("no database" * 100)
    for path in (tmp_path / "text.sqlite", tmp_path / "missing.sqlite", tmp_path):
        with pytest.raises(EnvironmentFault, match="cannot be read as an SQLite database"):
            pool.run(str(path), "SELECT 1")
    assert not (tmp_path / "missing.sqlite").exists()


def test_odd_paths_are_paths_and_odd_texts_are_read_with_marks(tmp_path: Path) -> None:
    """A question mark or a percent sign in a path is no part of the address."""
    path = tmp_path / "a?mode=rwc&x=%41#b.sqlite"
    with closing(sqlite3.connect(path)) as made:
        made.executescript("CREATE TABLE t (a); INSERT INTO t VALUES (CAST(x'ff41' AS TEXT)), ('é')")
    with closing(Connection(str(path), LIMITS)) as connection:
        assert connection.run("SELECT a FROM t").rows == [("\ufffdA",), ("é",)]
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


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


@given(text=st.text(alphabet="`sqlSELECT \n1;'\"[]()-/*é\0\ud800", max_size=60))
def test_reading_never_fails(text: str) -> None:
    sql = read(text)
    assert sql == sql.strip()
    assert objection(sql) or sql.encode()
    is_ordered(sql)
    table_names(sql)


@pytest.mark.parametrize(
    ("sql", "ordered", "tables"),
    [
        ("SELECT a FROM t ORDER BY a", True, {"t"}),
        ("SELECT a FROM t order\n  by /* x */ a LIMIT 1", True, {"t"}),
        ("SELECT a FROM (SELECT a FROM T ORDER BY a)", False, {"t"}),
        ("SELECT ROW_NUMBER() OVER (ORDER BY a) FROM `a b` JOIN [c] USING (x)", False, {"a b", "c"}),
        ("SELECT 'x ORDER BY y FROM u' FROM t -- ORDER BY a", False, {"t"}),
        ("WITH w AS (SELECT 1 FROM t) SELECT * FROM w UNION SELECT 2 ORDER BY 1", True, {"t", "w"}),
        ("SELECT nonsense FROM ( ORDER BY", False, set()),
    ],
)
def test_order_and_tables_of_references_are_known(sql: str, ordered: bool, tables: set[str]) -> None:
    assert is_ordered(sql) is ordered
    assert table_names(sql) == tables
