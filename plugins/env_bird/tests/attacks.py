"""SQL that must do no harm. Run as a program: `python attacks.py FOLDER` plays every case on FOLDER/victim.sqlite and prints JSON.

The cases stand in `attacks_by_end`, a line each, in files whose names say how they have to end: `denied` by the authorizer or the parser,
`stopped` at a limit, `refused` for what is asked, or `bounded`: any end, as long as there is one. What is `slow` takes minutes within one
instruction, so that its worker has to be ended. Long cases are written with Jinja.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, StrictUndefined

GROUPS = ("denied", "stopped", "refused", "bounded", "slow")


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
    for group in GROUPS:
        text = Path(__file__).with_name("attacks_by_end").joinpath(f"{group}.sql.jinja").read_text(encoding="utf-8")
        found += [(group, jinja.from_string(line).render()) for line in text.splitlines()]
    return found


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
    for group, sql in cases():
        pool = impatient if group == "slow" else patient
        try:
            result = pool.run(path, read(sql), show=1)
            end = [result.error, result.count]
        except EnvironmentFault as fault:
            end = [f"fault: {fault}", 0]
        honest = pool.run(path, "SELECT COUNT(*), MIN(name) FROM victim", show=1)
        ends.append([group, ascii(sql[:120]), *end, honest.rows == [(300, "name 1")]])
    for worker in patient.idle:
        status = Path(f"/proc/{worker.pid}/status")
        if status.exists():
            peak = max(peak, int(status.read_text().split("VmHWM:")[1].split()[0]) // 1024)
    patient.close()
    impatient.close()
    print(json.dumps({"ends": ends, "peak": peak}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
