"""More than four hundred statements that mean harm: none writes, none runs on, none ends its worker but those that only that can end.

The cases stand in `attacks_by_end`, a line each, in files whose names say how they have to end: `denied` by the authorizer or the parser,
`stopped` at a limit, `refused` for what is asked, or `bounded`: any end, as long as there is one. What is `slow` takes minutes within one
instruction, so that its worker has to be ended. Long cases are written with Jinja.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from jinja2 import Environment, StrictUndefined

from agentgym_core.errors import EnvironmentFault
from agentgym_env_bird.config import BirdConfig
from agentgym_env_bird.pool import Pool
from agentgym_env_bird.statement import read

ENDS = {
    "denied": r"(?!stopped|fault).",
    "stopped": r"stopped: (?!.*seconds)",
    "slow": r"fault: .*did not end within 1 seconds",
    "refused": r".*(longer than|NUL|no SQL|present time)",
    "bounded": r"(?!fault)",
}


def each(text: str, values: Iterable[int], between: str = ", ") -> str:
    """A text for each value, joined."""
    return between.join(text.format(value) for value in values)


def chain(body: str, length: int) -> str:
    """A WITH clause that SQLite copies for each of exponentially many references: its limit on memory stops it."""
    parts = ["a0 AS (SELECT 1 AS x)", *(f"a{n} AS ({body.format(a=f'a{n - 1}')})" for n in range(1, length))]
    return f"WITH {', '.join(parts)} SELECT COUNT(*) FROM a{length - 1}"


def many(call: str, times: int) -> str:
    """One row that calls a function many times on long values: nothing interrupts it."""
    long = "hex(zeroblob(9000))"
    return (
        f"SELECT {', '.join([call] * times)} FROM (SELECT {long} AS a, substr(replace({long}, '0', '1'), 1, 1600) || '0' AS b, "
        f"'[' || replace(substr({long}, 1, 9000), '0', '1,') || '1]' AS c, replace(substr({long}, 1, 1200), '0', '%J') AS d)"
    )


def cases() -> list[tuple[str, str]]:
    """Every case with its group."""
    jinja = Environment(undefined=StrictUndefined)
    jinja.globals |= {"each": each, "chain": chain, "many": many, "range": range, "BIG": "hex(zeroblob(9000))"}
    jinja.globals["NUMBERS"] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    found = []
    for group in ENDS:
        text = Path(__file__).with_name("attacks_by_end").joinpath(f"{group}.sql.jinja").read_text(encoding="utf-8")
        found += [(group, jinja.from_string(line).render()) for line in text.splitlines()]
    return found


class End(NamedTuple):
    """How a case ended, and whether an honest query was answered after it."""

    group: str
    sql: str
    error: str
    rows: int
    honest: bool


class Played(NamedTuple):
    """Every case's end, the files of the folder before and after, and the most memory that a worker held, in megabytes."""

    ends: list[End]
    before: dict[str, bytes]
    after: dict[str, bytes]
    peak: int


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Every case, one after the other, by workers whose working folder is that of the database."""
    folder = tmp_path_factory.mktemp("attacked")
    path = str(folder / "victim.sqlite")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE victim (id INTEGER PRIMARY KEY, name TEXT); CREATE VIEW seen AS SELECT 1;"
        )
        connection.executemany("INSERT INTO victim VALUES (?, ?)", [(n, f"name {n}") for n in range(1, 301)])
        connection.execute("CREATE INDEX victim_name ON victim (name)")
        connection.commit()
    before = files(folder)
    config = BirdConfig(instructions=200_000, seconds=120, rows=5_000, megabytes=8, memory=64)
    ends, peak = [], 0
    with (
        pytest.MonkeyPatch.context() as patch,
        closing(Pool(config.limits)) as patient,
        closing(Pool(config.model_copy(update={"seconds": 1.0}).limits)) as impatient,
    ):
        patch.chdir(folder)
        for group, sql in cases():
            pool = impatient if group == "slow" else patient
            try:
                result = pool.run(path, read(sql), show=1)
                error, rows = result.error, result.count
            except EnvironmentFault as fault:
                error, rows = f"fault: {fault}", 0
            honest = pool.run(path, "SELECT COUNT(*), MIN(name) FROM victim", show=1)
            ends.append(End(group, sql, error, rows, honest.rows == [(300, "name 1")]))
        for worker in patient.idle:
            status = Path(f"/proc/{worker.pid}/status")
            if status.exists():
                peak = max(peak, int(status.read_text().split("VmHWM:")[1].split()[0]) // 1024)
    return Played(ends, before, files(folder), peak)


def test_no_file_is_written_changed_or_gone(played: Played) -> None:
    assert len({end.sql for end in played.ends}) > 400
    assert played.after == played.before
    assert list(played.before) == ["victim.sqlite"]


@pytest.mark.parametrize("group", ENDS)
def test_each_ends_as_it_has_to(played: Played, group: str) -> None:
    ends = [end for end in played.ends if end.group == group]
    assert len(ends) >= 4
    assert [end for end in ends if not re.match(ENDS[group], end.error, re.DOTALL)] == []
    assert [end for end in ends if end.error and end.rows] == []


def test_an_honest_query_is_answered_after_each(played: Played) -> None:
    assert [end.sql for end in played.ends if not end.honest] == []


def test_memory_stays_within_its_limit(played: Played) -> None:
    assert played.peak < 400, f"{played.peak} MB"
