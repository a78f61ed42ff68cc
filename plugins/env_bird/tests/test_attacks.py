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


def cases(group: str) -> list[str]:
    """Every case of a group."""
    jinja = Environment(undefined=StrictUndefined)
    jinja.globals |= {"each": each, "chain": chain, "many": many, "range": range, "BIG": "hex(zeroblob(9000))"}
    jinja.globals["NUMBERS"] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    text = Path(__file__).with_name("attacks_by_end").joinpath(f"{group}.sql.jinja").read_text(encoding="utf-8")
    return [jinja.from_string(line).render() for line in text.splitlines()]


def end_of(pool: Pool, path: str, sql: str) -> str:
    """What is said of a statement in the end; with an error come no rows."""
    try:
        result = pool.run(path, read(sql), show=1)
    except EnvironmentFault as fault:
        return f"fault: {fault}"
    assert not (result.error and result.count), sql
    return result.error


@pytest.mark.parametrize("group", ENDS)
def test_each_ends_as_it_has_to(group: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An honest query is answered after each, memory stays within its limit, and no file is written, changed or gone."""
    victim = tmp_path / "victim.sqlite"
    with closing(sqlite3.connect(victim)) as connection:
        connection.executescript(
            "CREATE TABLE victim (id INTEGER PRIMARY KEY, name TEXT); CREATE VIEW seen AS SELECT 1;"
        )
        connection.executemany("INSERT INTO victim VALUES (?, ?)", [(n, f"name {n}") for n in range(1, 301)])
        connection.execute("CREATE INDEX victim_name ON victim (name)")
        connection.commit()
    before = victim.read_bytes()
    monkeypatch.chdir(tmp_path)
    seconds = 1 if group == "slow" else 120
    config = BirdConfig(instructions=200_000, seconds=seconds, rows=5_000, megabytes=8, memory=64)
    with closing(Pool(config.limits)) as pool:
        for sql in cases(group):
            end = end_of(pool, str(victim), sql)
            assert re.match(ENDS[group], end, re.DOTALL), (sql, end)
            honest = pool.run(str(victim), "SELECT COUNT(*), MIN(name) FROM victim", show=1)
            assert honest.rows == [(300, "name 1")], sql
        status = Path(f"/proc/{pool.idle[0].pid}/status")
        if status.exists():
            assert int(status.read_text().split("VmHWM:")[1].split()[0]) < 400 << 10
    assert list(tmp_path.iterdir()) == [victim]
    assert victim.read_bytes() == before


def test_there_are_as_many_as_is_said() -> None:
    assert len({sql for group in ENDS for sql in cases(group)}) > 400
