"""What the agent reads: the question with the schema, and results as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from agentgym_env_bird.own import Question
from agentgym_env_bird.pool import Pool
from agentgym_env_bird.protocol import Result
from agentgym_env_bird.schema import Schema, quoted

_CELL = 80
_COLUMNS = 30


def opening(question: Question, schema: Schema, *, evidence: bool) -> str:
    """The first observation: the database, the question and, if asked for, its hint."""
    hint = f"\n\nHint: {question.evidence}" if evidence and question.evidence else ""
    return f"Database: {question.database} (SQLite)\n\n{schema.text}\n\nQuestion: {question.text}{hint}"


def with_samples(schema: Schema, pool: Pool, location: str, count: int) -> Schema:
    """The schema with so many values of each column, the first ones that differ."""
    found: dict[tuple[str, str], Sequence[str]] = {}
    for table in schema.tables:
        for column in table.columns:
            name = quoted(column.name)
            sql = f"SELECT DISTINCT {name} FROM {quoted(table.name)} WHERE {name} IS NOT NULL LIMIT {count}"  # noqa: S608 - names of the schema, quoted
            result = pool.run(location, sql, show=count)
            found[(table.name, column.name)] = [literal(row[0]) for row in result.rows]
    return evolve(schema, samples=found)


def literal(value: Any) -> str:
    """A value as it would stand in SQL, cut to a readable length."""
    if isinstance(value, str):
        text = "'" + value.replace("'", "''") + "'"
        return text if len(text) <= _CELL else text[: _CELL - 4] + "...'"
    return cell(value)


def cell(value: Any) -> str:
    """A value as it stands in a table: in one line, cut to a readable length."""
    if value is None:
        return "NULL"
    text = f"x'{value[:_CELL].hex()}'" if isinstance(value, bytes) else str(value)
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return text if len(text) <= _CELL else text[: _CELL - 3] + "..."


def table(result: Result, show: int) -> str:
    """A result for the agent: how many rows, and the first of them; or what went wrong."""
    if result.error:
        return f"SQL error: {result.error}"
    count = result.count
    if not count:
        return "The query gives no rows."
    head = f"{count:,} row{'s' if count > 1 else ''}{f', the first {show}' if count > show else ''}:"
    lines = [head, *[" | ".join(map(cell, row[:_COLUMNS])) for row in (result.columns, *result.rows[:show])]]
    if len(result.columns) > _COLUMNS:
        lines.append(f"({len(result.columns) - _COLUMNS} further columns)")
    return "\n".join(lines)
