"""What a database looks like: real identifiers, types and keys, as the prompt shows them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cached_property
from operator import itemgetter

from attrs import Factory, frozen

from agentgym_core.errors import EnvironmentFault
from agentgym_env_bird import own
from agentgym_env_bird.sandbox import open_database

# Names that need no quotes, if they are no keywords.
_PLAIN = re.compile(r"[A-Za-z_]\w*\Z")
# A column in CREATE TABLE whose line ends with a note: its name, quoted or not, and what comes after `--`.
_NOTE = re.compile(r"^\s*(?:\"([^\"]+)\"|(\w+))\s+[A-Z][^\n]*?,?\s*--\s*(.+?)\s*$", re.MULTILINE)
# CREATE TABLE with its name, quoted or not, and all its lines.
_TABLE = re.compile(r"CREATE TABLE (?:\"([^\"]+)\"|(\w+))\s*\((.*?)\n\)", re.DOTALL)
_KEYWORDS = frozenset(
    """
    add all alter and as autoincrement between by case cast check collate column commit constraint create current_date current_time
    current_timestamp default deferrable delete distinct drop else end escape except exists foreign from group having in index
    insert intersect into is isnull join limit not nothing notnull null on or order primary raise references returning select set
    table then to transaction union unique update using values when where
    """.split()  # noqa: SIM905 - a list would be a hundred lines
)
"""Words of SQLite that stand for themselves without quotes, and not for a column or table of that name. SQLite takes its other words,
such as `date`, as names too."""


@frozen
class Column:
    """A column. `note` says how its values are written, `target` is the table and column that it refers to."""

    name: str
    type: str
    key: bool = False
    note: str = ""
    target: str = ""


@frozen
class Table:
    """A table with its columns in order."""

    name: str
    columns: tuple[Column, ...]


@frozen
class Schema:
    """A database's tables in order."""

    tables: tuple[Table, ...]
    samples: Mapping[tuple[str, str], Sequence[str]] = Factory(dict)

    def find(self, name: str) -> Table | None:
        """The table of a name, whatever its case and quotes."""
        wanted = name.strip().strip("\"`[]'").lower()
        return next((table for table in self.tables if table.name.lower() == wanted), None)

    @cached_property
    def text(self) -> str:
        """All tables, for a prompt."""
        return "\n\n".join(self.describe(table) for table in self.tables)

    def describe(self, table: Table) -> str:
        """One table, for a prompt."""
        keys = [column.name for column in table.columns if column.key]
        lines = [f"Table {quoted(table.name)}"]
        for column in table.columns:
            words = [quoted(column.name), column.type]
            if column.key:
                words.append("primary key" if len(keys) == 1 else "part of the primary key")
            if column.target:
                words.append(f"refers to {column.target}")
            line = "  " + ", ".join(word for word in (" ".join(words[:2]).rstrip(), *words[2:]) if word)
            if column.note:
                line += f" -- {column.note}"
            values = self.samples.get((table.name, column.name))
            if values:
                line += f" [such as {', '.join(values)}]"
            lines.append(line)
        return "\n".join(lines)


def quoted(name: str) -> str:
    """An identifier as it must stand in SQL."""
    if _PLAIN.match(name) and name.lower() not in _KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def schema_of(location: str) -> Schema:
    """The schema of the database at a location.

    :raises EnvironmentFault: there is no file, or it is no database.
    """
    if name := own.name_at(location):
        return schema_of_ddl(own.ddl(name))
    try:
        with closing(open_database(location)) as connection:
            return _read(connection, {})
    except sqlite3.Error as error:
        raise EnvironmentFault(f"{location}: cannot be read as an SQLite database: {error}") from error


def schema_of_ddl(ddl: str) -> Schema:
    """The schema that CREATE TABLE statements make; comments at the ends of lines are the columns' notes."""
    notes = {}
    for table in _TABLE.finditer(ddl):
        for column in _NOTE.finditer(table[3]):
            notes[(table[1] or table[2], column[1] or column[2])] = column[3]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(ddl)
        return _read(connection, notes)


def _read(connection: sqlite3.Connection, notes: Mapping[tuple[str, str], str]) -> Schema:
    listing = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"
    )
    names = [row[0] for row in connection.execute(listing)]
    # The rows of a table are: place, name, type, whether NULL is refused, default, place in the primary key from 1 or 0.
    found = {name: connection.execute(f"PRAGMA table_info({quoted(name)})").fetchall() for name in names}
    keys = {name: [row[1] for row in sorted(rows, key=itemgetter(5)) if row[5]] for name, rows in found.items()}
    tables = []
    for name in names:
        targets = {}
        for row in connection.execute(f"PRAGMA foreign_key_list({quoted(name)})").fetchall():
            table, source, column = row[2], row[3], row[4]
            if column is None:
                key = keys.get(table) or ["rowid"]
                column = key[min(row[1], len(key) - 1)]
            targets[source.lower()] = f"{quoted(table)}.{quoted(column)}"
        columns = tuple(
            Column(row[1], row[2], bool(row[5]), notes.get((name, row[1]), ""), targets.get(row[1].lower(), ""))
            for row in found[name]
        )
        tables.append(Table(name, columns))
    return Schema(tuple(tables))
