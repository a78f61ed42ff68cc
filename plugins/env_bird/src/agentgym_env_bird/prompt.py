"""What the agent reads: the question with the schema, and results as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from attrs import evolve

from agentgym_env_bird.pool import Pool
from agentgym_env_bird.sandbox import Result
from agentgym_env_bird.schema import Schema, quoted
from agentgym_env_bird.tasks import Item

_CELL = 80
_COLUMNS = 30


def opening(item: Item, schema: Schema, *, evidence: bool) -> str:
    """The first observation: the database, the question and, if asked for, its hint."""
    question = item.question
    parts = [f"Database: {question.database} (SQLite)", schema.text, f"Question: {question.text}"]
    if evidence and question.evidence:
        parts.append(f"Hint: {question.evidence}")
    return "\n\n".join(parts)


def with_samples(pool: Pool, path: str, schema: Schema, count: int) -> Schema:
    """The schema with so many values of each column, the first ones that differ; read once a process."""
    known = _samples(pool, path, count, schema) if count else {}
    return evolve(schema, samples=known) if known else schema


@lru_cache(maxsize=64)
def _cached_samples(path: str, count: int) -> dict[tuple[str, str], Sequence[str]]:
    return {}


def _samples(pool: Pool, path: str, count: int, schema: Schema) -> Mapping[tuple[str, str], Sequence[str]]:
    found = _cached_samples(path, count)
    for table in schema.tables:
        for column in table.columns:
            if (table.name, column.name) not in found:
                name = quoted(column.name)
                result = pool.run(
                    path,
                    f"SELECT DISTINCT {name} FROM {quoted(table.name)} WHERE {name} IS NOT NULL LIMIT {count}",  # noqa: S608 - names of the schema, quoted
                )
                found[(table.name, column.name)] = [literal(row[0]) for row in result.rows]
    return found


def literal(value: Any) -> str:
    """A value as it would stand in SQL, cut to a readable length."""
    if isinstance(value, str):
        text = "'" + value.replace("'", "''") + "'"
        return text if len(text) <= _CELL else text[: _CELL - 4] + "...'"
    return cell(value)


def cell(value: Any) -> str:
    """A value as it stands in a table."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        value = f"x'{value[:_CELL].hex()}'"
    text = (
        str(value).replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
        if isinstance(value, str)
        else str(value)
    )
    return text if len(text) <= _CELL else text[: _CELL - 3] + "..."


def table(result: Result, show: int) -> str:
    """A result for the agent: how many rows, and the first of them; or what went wrong."""
    if result.error:
        return f"SQL error: {result.error}"
    count = len(result.rows)
    if not count:
        return "The query gives no rows."
    lines = [f"{count:,} row{'s' if count > 1 else ''}{f', the first {show}' if count > show else ''}:"]
    lines.append(" | ".join(cell(name) for name in result.columns[:_COLUMNS]))
    lines += [" | ".join([cell(value) for value in row[:_COLUMNS]]) for row in result.rows[:show]]
    if len(result.columns) > _COLUMNS:
        lines.append(f"({len(result.columns) - _COLUMNS} further columns)")
    return "\n".join(lines)
