"""What the agent reads: the question with the schema, and results as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve, frozen

from agentgym_env_bird.pool import Pool
from agentgym_env_bird.protocol import Result
from agentgym_env_bird.schema import Schema, quoted
from agentgym_env_bird.tasks import Item

_CELL = 80
_COLUMNS = 30


def opening(item: Item, schema: str, *, evidence: bool) -> str:
    """The first observation: the database, the question and, if asked for, its hint.

    :param schema: the schema's text.
    """
    question = item.question
    hint = f"\n\nHint: {question.evidence}" if evidence and question.evidence else ""
    return f"Database: {question.database} (SQLite)\n\n{schema}\n\nQuestion: {question.text}{hint}"


@frozen(eq=False)
class Shown:
    """A schema as it is shown, and its text."""

    schema: Schema
    text: str


class Schemas:
    """Schemas with so many values of each column, the first ones that differ; each database is read once."""

    def __init__(self, pool: Pool, count: int) -> None:
        self._pool = pool
        self._count = count
        self._known: dict[str, Shown] = {}

    def show(self, item: Item) -> Shown:
        """The schema of the item's database."""
        path = item.location
        found = self._known.get(path)
        if found is None:
            schema = item.schema
            if self._count:
                schema = evolve(schema, samples=self._samples(path, schema))
            found = self._known[path] = Shown(schema, schema.text)
        return found

    def _samples(self, path: str, schema: Schema) -> dict[tuple[str, str], Sequence[str]]:
        found: dict[tuple[str, str], Sequence[str]] = {}
        for table in schema.tables:
            for column in table.columns:
                name = quoted(column.name)
                result = self._pool.run(
                    path,
                    f"SELECT DISTINCT {name} FROM {quoted(table.name)} WHERE {name} IS NOT NULL LIMIT {self._count}",  # noqa: S608 - names of the schema, quoted
                    show=self._count,
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
    kind = value.__class__
    if kind is str:
        if len(value) <= _CELL and "\\" not in value and "\n" not in value and "\r" not in value:
            return str(value)
    elif kind is int or kind is float:
        return str(value)
    elif value is None:
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
    count = result.count
    if not count:
        return "The query gives no rows."
    head = f"{count:,} row{'s' if count > 1 else ''}{f', the first {show}' if count > show else ''}:"
    lines = [head, *[" | ".join(map(cell, row[:_COLUMNS])) for row in (result.columns, *result.rows[:show])]]
    if len(result.columns) > _COLUMNS:
        lines.append(f"({len(result.columns) - _COLUMNS} further columns)")
    return "\n".join(lines)
