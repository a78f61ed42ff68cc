"""The package's own databases and questions: what they are, and that each reference query says what it should."""

from __future__ import annotations

import importlib
import random
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agentgym_env_bird import own
from agentgym_env_bird.config import BirdConfig
from agentgym_env_bird.sandbox import Connection
from agentgym_env_bird.schema import Schema, quoted, schema_of_ddl
from agentgym_env_bird.statement import is_ordered

DATABASES = (*own.TRAIN, *own.EVAL)


def schema(database: str) -> Schema:
    return schema_of_ddl(own.ddl(database))


def rows(database: str) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    """The rows of a database, table by table."""
    with closing(own.load(database)) as connection:
        for table in schema(database).tables:
            yield table.name, connection.execute(f"SELECT * FROM {quoted(table.name)}").fetchall()


def test_there_are_twelve_databases_and_three_hundred_questions() -> None:
    assert len(DATABASES) == len(set(DATABASES)) == 12
    assert {database: len(own.questions(database)) for database in DATABASES} == dict.fromkeys(DATABASES, 25)
    levels = Counter(question.level for database in DATABASES for question in own.questions(database))
    assert set(levels) == {"simple", "moderate", "hard"}
    assert min(levels.values()) >= 90


def test_no_question_and_no_query_comes_twice() -> None:
    questions = [question for database in DATABASES for question in own.questions(database)]
    assert len({(question.database, question.text) for question in questions}) == 300
    assert len({question.gold for question in questions}) >= 295


@pytest.mark.parametrize("database", DATABASES)
def test_every_reference_query_gives_rows(database: str) -> None:
    with closing(Connection(own.location(database), BirdConfig().limits)) as connection:
        for question in own.questions(database):
            result = connection.run(question.gold)
            assert result.error == "", question
            assert result.rows, question
            assert result.rows not in ([(0,)], [(None,)]), question
            assert len(result.rows) <= 100, question


@pytest.mark.parametrize("database", DATABASES)
def test_no_answer_hangs_on_the_order_of_rows(database: str) -> None:
    """On a copy whose rows were put in in another order, without indexes and read backwards, every answer is the same set."""
    with closing(own.load(database)) as plain, closing(sqlite3.connect(":memory:")) as copy:
        copy.executescript(
            "\n".join(line for line in own.ddl(database).splitlines() if not line.startswith("CREATE INDEX"))
        )
        for table, entries in rows(database):
            shuffled = random.Random(7).sample(entries, len(entries))
            copy.executemany(f"INSERT INTO {quoted(table)} VALUES ({', '.join('?' * len(entries[0]))})", shuffled)
        copy.execute("PRAGMA reverse_unordered_selects = ON")
        for question in own.questions(database):
            expected = plain.execute(question.gold).fetchall()
            found = copy.execute(question.gold).fetchall()
            assert set(found) == set(expected), question
            if is_ordered(question.gold):
                assert found == expected, question


@pytest.mark.parametrize("database", DATABASES)
def test_values_that_a_query_names_are_told(database: str) -> None:
    """Whatever text a reference query compares with stands in the question, the hint, the schema, or a pattern made of them."""
    known = schema(database).text.lower()
    for question in own.questions(database):
        told = f"{known} {question.text} {question.evidence}".lower()
        for literal in re.findall(r"'([^']*)'", question.gold):
            words = re.findall(r"[^\W\d_]{3,}", literal.lower())
            assert all(word in told for word in words), (question, literal)


def test_databases_are_dirty() -> None:
    """There is something to trip over in each: missing values, texts in several cases or with blanks, dates and numbers as text."""
    for database in DATABASES:
        nulls, cased = 0, 0
        for _, entries in rows(database):
            for column in zip(*entries, strict=True):
                nulls += None in column
                texts = {value for value in column if isinstance(value, str)}
                cased += len({text.strip().lower() for text in texts}) < len(texts)
        assert nulls >= 3, database
        assert nulls + cased >= 5, database


@pytest.mark.parametrize("database", DATABASES)
def test_foreign_keys_hold_and_are_many(database: str) -> None:
    with closing(own.load(database)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    columns = [column for table in schema(database).tables for column in table.columns]
    assert sum(bool(column.target) for column in columns) >= 4
    assert len(schema(database).tables) >= 5
    assert sum(bool(column.note) for column in columns) >= 6


def test_hard_questions_are_hard() -> None:
    """They use what simple ones do not: windows, subqueries, recursion, sets, several joins."""
    hard = [
        set(re.findall(r"\w+", q.gold.lower()))
        for database in DATABASES
        for q in own.questions(database)
        if q.level == "hard"
    ]
    counts = {
        word: sum(word in words for words in hard) for word in ("over", "with", "recursive", "exists", "having", "join")
    }
    assert counts["over"] >= 25
    assert counts["with"] >= 15
    assert counts["recursive"] >= 4
    assert counts["having"] >= 15
    assert counts["join"] >= 60


def test_the_shipped_rows_are_those_that_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = Path(__file__).resolve().parents[3] / "scripts"
    if not (scripts / "bird_databases").is_dir():
        pytest.skip("the code that draws the rows is not here")
    monkeypatch.syspath_prepend(str(scripts))
    rows_sql = importlib.import_module("bird_databases.__main__").rows_sql
    folder = Path(own.__file__).with_name("databases")
    texts = {database: (folder / f"{database}.rows.sql").read_text(encoding="utf-8") for database in DATABASES}
    assert texts == {database: rows_sql(database) for database in DATABASES}
    assert sum(len(text.encode()) for text in texts.values()) < 1 << 20
