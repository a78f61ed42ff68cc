"""The package's own databases: schemas and questions as SQL files beside the code that draws their rows."""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from attrs import frozen

from agentgym_env_bird.schema import Schema, schema_of_ddl

TRAIN = ("airline", "clinic", "farm", "gym", "housing", "library", "parts", "school")
EVAL = ("bakery", "festival", "museum", "transit")
"""Databases, by split: no database has questions in both."""

_DATA = "agentgym_env_bird.databases"


@frozen
class Question:
    """A question about a database. `number` counts from 1; `level` is simple, moderate or hard."""

    database: str
    number: int
    level: str
    text: str
    evidence: str
    gold: str


@cache
def ddl(database: str) -> str:
    """The CREATE TABLE statements of a database."""
    return resources.files(_DATA).joinpath(f"{database}.schema.sql").read_text(encoding="utf-8")


@cache
def schema(database: str) -> Schema:
    """The schema of a database, with its notes."""
    return schema_of_ddl(ddl(database))


@cache
def questions(database: str) -> tuple[Question, ...]:
    """The questions about a database, in the order of their file.

    An entry is `-- level: question`, perhaps `-- evidence: hint`, then SQL up to the next blank line.
    """
    text = resources.files(_DATA).joinpath(f"{database}.questions.sql").read_text(encoding="utf-8")
    found: list[Question] = []
    for entry in text.strip().split("\n\n"):
        comments = [line[3:] for line in entry.splitlines() if line.startswith("-- ")]
        lines = [line for line in entry.splitlines() if not line.startswith("-- ")]
        level, _, question = comments[0].partition(": ")
        evidence = comments[1].removeprefix("evidence: ") if len(comments) > 1 else ""
        gold = "\n".join(lines).strip().removesuffix(";")
        found.append(Question(database, len(found) + 1, level, question, evidence, gold))
    return tuple(found)


def rows(database: str) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The rows of a database, table by table; the same on every machine."""
    module = importlib.import_module(f"{_DATA}.{database}")
    tables: Iterator[tuple[str, list[tuple[Any, ...]]]] = module.rows(random.Random(f"bird {database} 1"))
    return tables
