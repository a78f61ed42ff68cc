"""Splits and ids: questions of the package's own databases, or of the official folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from attrs import frozen

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.types import Task, digest
from agentgym_env_bird import official, own
from agentgym_env_bird.own import Question
from agentgym_env_bird.schema import Schema, schema_of_ddl, schema_of_file

Tasks = Mapping[str, Sequence[Task]]


@frozen(eq=False)
class Item:
    """What a task carries: a question, and how to get at the database that it is about."""

    question: Question
    locate: Callable[[str], str]
    look: Callable[[str], Schema]

    @property
    def location(self) -> str:
        """Where a query finds the database."""
        return self.locate(self.question.database)

    @property
    def schema(self) -> Schema:
        """The database's schema."""
        return self.look(self.question.database)


def splits_of(data: Path | None) -> Tasks:
    """Every split with its tasks.

    :raises ConfigError: `data` is not the official folder.
    """
    return _own() if data is None else _official(data)


def tasks_of(data: Path | None, split: str) -> Sequence[Task]:
    """The tasks of a split.

    :raises TaskNotFound: there is no such split.
    """
    splits = splits_of(data)
    if split not in splits:
        raise unknown_split("bird", split, list(splits))
    return splits[split]


@lru_cache(maxsize=1)
def _own() -> Tasks:
    """Levels are mixed, databases take turns: a first hundred tasks is a fair sample."""
    found = {}
    for split, databases in (("train", own.TRAIN), ("eval", own.EVAL)):
        lists = [own.questions(database) for database in databases]
        longest = max(len(entries) for entries in lists)
        dealt = [entries[place] for place in range(longest) for entries in lists if place < len(entries)]
        by_id = {f"bird-{question.database}-{question.number}": question for question in dealt}
        found[split] = TaskList(tuple(by_id), _maker(by_id, split))
    return found


@cache
def _own_schema(database: str) -> Schema:
    return schema_of_ddl(own.ddl(database))


def _maker(by_id: Mapping[str, Question], split: str) -> Callable[[str], Task]:
    def make(id: str) -> Task:
        question = by_id[id]
        content = digest([own.ddl(question.database), question.text, question.gold])
        return Task(id, split, question.level, content, Item(question, own.location, _own_schema))

    return make


@lru_cache(maxsize=4)
def _official(root: Path) -> Tasks:
    found = {}
    for split, part in official.parts(root).items():
        by_id = {f"sqlgym_{question.number}": question for question in part.questions}
        found[split] = TaskList(tuple(by_id), _official_maker(by_id, part))
    return found


def _official_maker(by_id: Mapping[str, Question], part: official.Part) -> Callable[[str], Task]:
    def look(database: str) -> Schema:
        return _schema_of_file(part.path(database))

    def make(id: str) -> Task:
        question = by_id[id]
        content = digest(["bird", question.database, question.text, question.gold])
        return Task(id, part.split, question.level or "bird", content, Item(question, part.path, look))

    return make


@lru_cache(maxsize=128)
def _schema_of_file(path: str) -> Schema:
    return schema_of_file(path)
