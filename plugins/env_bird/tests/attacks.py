"""SQL that must do no harm. Run as a program: `python attacks.py FOLDER` plays every case on FOLDER/victim.sqlite and prints JSON.

A case has a group, which says how it has to end: `denied` by the authorizer or the parser, `stopped` at a limit, `refused` for what it
asks, or `bounded`: any end, as long as there is one. What is `slow` takes minutes within one instruction, so that its worker has to be
ended. Cases no longer than a line stand in files of the groups' names.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

FIFTY = ", ".join(["(1)"] * 50)
TEN = " UNION ALL ".join(["SELECT id FROM victim"] * 10)
BIG = "hex(zeroblob(9000))"
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "

STOPPED = [
    f"SELECT COUNT(*) FROM {' CROSS JOIN '.join(f'victim v{n}' for n in range(10))}",
    f"SELECT COUNT(*) FROM {', '.join(f'(VALUES {FIFTY}) t{n}' for n in range(12))}",
    f"SELECT COUNT(*) FROM {' JOIN '.join(f'(SELECT id FROM victim UNION ALL SELECT id FROM victim) t{n}' for n in range(20))}",
]

DENIED = [
    "WITH a AS (SELECT 1) SELECT 1 FROM " + ", ".join(["a"] * 20) + ") AS (" * 2500,
    "WITH " + "a AS (" * 2500 + "SELECT 1 FROM a, a, a, a, a, a, a, a, a, a, a, a, a, a",
    "SELECT json_patch('{}', '" + '{"a":' * 900 + "1" + "}" * 900 + "')",
    "SELECT json_array(" + ", ".join(["hex(zeroblob(5000))"] * 50) + ")",
    f"SELECT 'aaaa' LIKE '{'%a' * 200}'",
    f"SELECT 'aaaa' GLOB '{'*a' * 200}'",
    f"SELECT {'(' * 5000}1{')' * 5000}",
    f"SELECT {'-' * 0}{' + '.join(['1'] * 3000)}",
    f"SELECT {'NOT ' * 3000}1",
    f"SELECT {'(SELECT ' * 400}1{')' * 400}",
    f"SELECT {', '.join(['1'] * 3000)}",
    " UNION ALL ".join(["SELECT 1"] * 600),
    f"SELECT max({', '.join(['1'] * 500)})",
    f"SELECT COUNT(*) FROM {', '.join(f'victim v{n}' for n in range(80))}",
    "\ud800",
    "SELECT '\udfff'",
    "SELECT json('" + "[" * 9000 + "]" * 9000 + "')",
]


def _chain(body: str, length: int) -> str:
    parts = ["a0 AS (SELECT 1 AS x)", *(f"a{n} AS ({body.format(a=f'a{n - 1}')})" for n in range(1, length))]
    return f"WITH {', '.join(parts)} SELECT COUNT(*) FROM a{length - 1}"


COPIED = [
    _chain("SELECT 1 AS x FROM {a}, {a}", 40),
    _chain("SELECT x FROM {a} UNION ALL SELECT x FROM {a}", 30),
    _chain("SELECT (SELECT MAX(x) FROM {a}) + (SELECT MIN(x) FROM {a}) AS x", 30),
    _chain("SELECT x FROM {a} WHERE x IN (SELECT x FROM {a})", 30),
    _chain('SELECT 1 AS x FROM "{a}", `{a}`', 30),
    _chain("SELECT 1 AS x FROM [{a}], '{a}' AS z", 30),
    _chain("SELECT 1 AS x FROM {a} /* { */, {a}".replace("{ ", "{{ "), 30),
    _chain("SELECT 1 AS x FROM {a} JOIN {a} USING (x)", 30)
    .replace("WITH", "WITH RECURSIVE")
    .replace("AS (", "AS NOT MATERIALIZED ("),
    _chain("SELECT 1 AS x FROM {a}, {a}", 30).replace("a0 AS", "a0(x) AS"),
    "EXPLAIN " + _chain("SELECT 1 AS x FROM {a}, {a}", 40),
]
"""WITH clauses that SQLite copies for each of exponentially many references: its limit on memory stops them."""

REFUSED = [
    f"SELECT {'1' * 30000}",
    f"SELECT '{'x' * 30000}'",
    "SELECT 1\x00; DELETE FROM victim",
    "\x00",
    "",
    " \n\t ",
    "```sql\n```",
    "SELECT date('now')",
    "SELECT strftime('%s', ' NOW ')",
    "SELECT datetime()",
    "SELECT strftime('%Y')",
    "SELECT julianday()",
    "SELECT datetime('n' || 'ow')",
    "SELECT date(x'6e6f77'), time(char(110, 111, 119))",
    "SELECT unixepoch(replace('nxw', 'x', 'o')) FROM victim",
]


def _many(call: str, times: int) -> str:
    """One row that calls a function many times on long values: nothing interrupts it."""
    long = "hex(zeroblob(9000))"
    return (
        f"SELECT {', '.join([call] * times)} FROM (SELECT {long} AS a, substr(replace({long}, '0', '1'), 1, 1600) || '0' AS b, "
        f"'[' || replace(substr({long}, 1, 9000), '0', '1,') || '1]' AS c, replace(substr({long}, 1, 1200), '0', '%J') AS d)"
    )


BOUNDED = [
    _many("rtrim(b, a || b)", 450),
    "WITH "
    + ", ".join(f"b{n} AS (SELECT * FROM b{n + 1})" for n in range(500))
    + ", b500 AS (SELECT 1) SELECT * FROM b0",
    "SELECT " + ", ".join(["instr(hex(zeroblob(9000)), hex(zeroblob(4500)) || '1')"] * 150),
    "SELECT " + " || ".join(["replace(name, 'a', 'b')"] * 150) + " FROM victim",
    "SELECT 1" + " " * 30000,
    "SELECT hex(zeroblob(9000)) LIKE '" + "%0" * 90 + "1'",
    "SELECT hex(zeroblob(9000)) LIKE '" + "%_" * 90 + "1'",
    "SELECT hex(zeroblob(9000)) GLOB '" + "*0" * 90 + "1'",
    "SELECT hex(zeroblob(9000)) GLOB '" + "*[0-9]" * 30 + "x'",
    f"SELECT * FROM {' JOIN '.join(f'(SELECT id FROM victim UNION ALL SELECT id FROM victim) t{n}' for n in range(12))} LIMIT 1",
    f"SELECT 1 WHERE {' OR '.join(f'{n} = {n + 1}' for n in range(150))}",
    f"SELECT 1 IN ({', '.join(map(str, range(3000)))})",
    f"SELECT CASE {' '.join(f'WHEN {n} = 0 THEN {n}' for n in range(1, 400))} END",
    f"SELECT COUNT(*) FROM {' JOIN '.join(f'victim v{n} USING (id)' if n else 'victim v0' for n in range(60))}",
    _many("json_extract(c, '$[#-1]', '$[#-2]')", 300),
    _many("c -> '$[#-1]'", 450),
    _many("json_valid(c || ' ')", 450),
    _many("length(upper(a)) + length(quote(a))", 300),
    _many("length(strftime(d, '2000-01-01'))", 450),
    _many("CAST(a || 1 AS REAL) + round(a, 20)", 400),
    _many("a || b", 450),
    "SELECT json_replace(json_array(1), " + ", ".join(["'$[0]', 1"] * 49) + ")",
    (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 4000) "
        "SELECT MAX(length(g)) FROM (SELECT group_concat('a') OVER (ORDER BY i ROWS BETWEEN 2000 PRECEDING AND CURRENT ROW) AS g FROM n)"
    ),
    f"SELECT * FROM {' JOIN '.join(f'({TEN}) t{n}' for n in range(8))} LIMIT 1",
    f"SELECT {', '.join(f'COUNT(DISTINCT id + {n})' for n in range(400))} FROM victim",
    f"SELECT ({', '.join(['1'] * 2000)}) = ({', '.join(['1'] * 2000)})",
    f"SELECT CASE {' '.join(f'WHEN id = {n} THEN {n}' for n in range(700))} END FROM victim",
]


SLOW = [
    _many("trim(a, b)", 450),
    _many("ltrim(a, b)", 450),
    _many("rtrim(a, b)", 450),
    _many("length(trim(a, b || '1'))", 450),
]


def _lines(group: str) -> list[str]:
    """The cases of a group that stand in a file, a line each."""
    text = Path(__file__).with_name(f"{group}.sql").read_text(encoding="utf-8")
    written = [line.replace("$NUMBERS ", NUMBERS).replace("$BIG", BIG) for line in text.splitlines()]
    return [line.replace("\\n", "\n").replace("\\r", "\r") for line in written]


CASES = [
    *((group, sql) for group in ("denied", "stopped", "bounded") for sql in _lines(group)),
    *(("denied", sql) for sql in DENIED),
    *(("stopped", sql) for sql in (*STOPPED, *COPIED)),
    *(("refused", sql) for sql in REFUSED),
    *(("bounded", sql) for sql in BOUNDED),
    *(("slow", sql) for sql in SLOW),
]


def main(folder: Path) -> None:
    """Play every case; after each, an honest query must still be answered."""
    from agentgym_core.errors import EnvironmentFault
    from agentgym_env_bird.config import BirdConfig
    from agentgym_env_bird.pool import Pool
    from agentgym_env_bird.statement import read

    config = BirdConfig(instructions=200_000, seconds=120, rows=5_000, megabytes=8, memory=64)
    path = str(folder / "victim.sqlite")
    patient, impatient = Pool(config.limits), Pool(config.model_copy(update={"seconds": 1.0}).limits)
    ends, peak = [], 0
    for group, sql in CASES:
        pool = impatient if group == "slow" else patient
        try:
            result = pool.run(path, read(sql), show=1)
            end = [result.error, result.count]
        except EnvironmentFault as fault:
            end = [f"fault: {fault}", 0]
        honest = pool.run(path, "SELECT COUNT(*), MIN(name) FROM victim", show=1)
        ends.append([group, ascii(sql[:120]), *end, honest.rows == [(300, "name 1")]])
    for worker in patient._idle:
        status = Path(f"/proc/{worker._process.pid}/status")
        if status.exists():
            peak = max(peak, int(status.read_text().split("VmHWM:")[1].split()[0]) // 1024)
    patient.close()
    impatient.close()
    print(json.dumps({"ends": ends, "peak": peak}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
