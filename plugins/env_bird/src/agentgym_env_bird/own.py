"""The package's own databases: their schemas, rows and questions, all as SQL text."""

from __future__ import annotations

import sqlite3
from functools import cache
from importlib import resources

from attrs import frozen

TRAIN = ("airline", "clinic", "farm", "gym", "housing", "library", "parts", "school")
EVAL = ("bakery", "festival", "museum", "transit")
"""Databases, by split: no database has questions in both."""

_BUNDLED = "bundled:"


@frozen
class Question:
    """A question about a database. `number` counts from 1; `level` is simple, moderate or hard."""

    database: str
    number: int
    level: str
    text: str
    evidence: str
    gold: str


def location(database: str) -> str:
    """Where a query finds a database of the package."""
    return _BUNDLED + database


def name_at(location: str) -> str:
    """The database of the package at a location; empty where that is the path of a file."""
    return location.removeprefix(_BUNDLED) if location.startswith(_BUNDLED) else ""


@cache
def ddl(database: str) -> str:
    """The CREATE TABLE statements of a database."""
    return _text(f"{database}.schema.sql")


@cache
def questions(database: str) -> tuple[Question, ...]:
    """The questions about a database, in the order of their file.

    An entry is `-- level: question`, perhaps `-- evidence: hint`, then SQL up to the next blank line.
    """
    found: list[Question] = []
    for entry in _text(f"{database}.questions.sql").strip().split("\n\n"):
        comments = [line[3:] for line in entry.splitlines() if line.startswith("-- ")]
        lines = [line for line in entry.splitlines() if not line.startswith("-- ")]
        level, _, question = comments[0].partition(": ")
        evidence = comments[1].removeprefix("evidence: ") if len(comments) > 1 else ""
        gold = "\n".join(lines).strip().removesuffix(";")
        found.append(Question(database, len(found) + 1, level, question, evidence, gold))
    return tuple(found)


def load(database: str) -> sqlite3.Connection:
    """A connection to a database of the package, in memory. The caller closes it."""
    connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.executescript(f"{ddl(database)};\nBEGIN;\n{_text(f'{database}.rows.sql')}COMMIT;")
    # Statistics and a fixed layout: the planner chooses the same plan, so that rows come in the same order, wherever this runs.
    connection.executescript("ANALYZE; VACUUM;")
    return connection


def _text(name: str) -> str:
    return resources.files("agentgym_env_bird").joinpath("databases", name).read_text(encoding="utf-8")
