"""Write the rows of every database as SQL into the package, where they are shipped. The same code draws the same rows on any machine."""

from __future__ import annotations

import importlib
import random
from pathlib import Path
from typing import Any

from agentgym_env_bird import own

FOLDER = Path(own.__file__).with_name("databases")


def rows_sql(database: str) -> str:
    """The INSERT statements of a database, a line a row."""
    module = importlib.import_module(f"bird_databases.{database}")
    statements = []
    for table, rows in module.rows(random.Random(f"bird {database} 1")):
        values = ",\n".join(f"({', '.join(map(literal, row))})" for row in rows)
        statements.append(f'INSERT INTO "{table}" VALUES\n{values};\n')
    return "".join(statements)


def literal(value: Any) -> str:
    """A value as SQL writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, int | float):
        return repr(value)
    raise TypeError(f"no literal for {value!r}")


def main() -> None:
    """Write all of them, and say how large they are together."""
    size = 0
    for database in (*own.TRAIN, *own.EVAL):
        text = rows_sql(database)
        (FOLDER / f"{database}.rows.sql").write_text(text, encoding="utf-8")
        size += len(text.encode())
    print(f"{len(own.TRAIN) + len(own.EVAL)} databases, {size / 2**20:.2f} MiB of rows in {FOLDER}")


if __name__ == "__main__":
    main()
