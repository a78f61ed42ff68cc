"""The package's own databases and questions: what they are, and that each reference query says what it should."""

from __future__ import annotations

import importlib
import random
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import TaskNotFound
from agentgym_core.types import digest
from agentgym_env_bird import own
from agentgym_env_bird.config import BirdConfig
from agentgym_env_bird.sandbox import Connection
from agentgym_env_bird.schema import Schema, quoted, schema_of_ddl
from agentgym_env_bird.statement import is_ordered

KEYWORDS = """
abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade case cast check
collate column commit conflict constraint create cross current current_date current_time current_timestamp database default
deferrable deferred delete desc detach distinct do drop each else end escape except exclude exclusive exists explain fail filter
first following for foreign from full generated glob group groups having if ignore immediate in index indexed initially inner
insert instead intersect into is isnull join key last left like limit match materialized natural no not nothing notnull null nulls
of offset on or order others outer over partition plan pragma preceding primary query raise range recursive references regexp
reindex release rename replace restrict returning right rollback row rows savepoint select set table temp temporary then ties to
transaction trigger unbounded union unique update using vacuum values view virtual when where window with without
""".split()  # noqa: SIM905 - a list would be a hundred lines

Source = Callable[..., EnvironmentSource]
DATABASES = (*own.TRAIN, *own.EVAL)


def schema(database: str) -> Schema:
    return schema_of_ddl(own.ddl(database))


def rows(database: str) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    """The rows of a database, table by table."""
    with closing(own.load(database)) as connection:
        for table in schema(database).tables:
            yield table.name, connection.execute(f"SELECT * FROM {quoted(table.name)}").fetchall()


def test_splits_levels_and_ids(source: Source) -> None:
    """300 tasks with contents of their own, in two splits that share no database; the first ones of a split are a fair sample."""
    bird = source()
    tasks = {split: list(bird.tasks(split)) for split in ("train", "eval")}
    assert len({task.fingerprint for found in tasks.values() for task in found}) == 300
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    for split, databases in (("train", own.TRAIN), ("eval", own.EVAL)):
        about = [task.data.question.database for task in tasks[split]]
        assert Counter(about) == dict.fromkeys(databases, 25)
        assert set(about[: 2 * len(databases)]) == set(databases)
        assert f"| `{split}` | {len(about)} | {', '.join(databases)} |" in readme
    levels = Counter(task.kind for found in tasks.values() for task in found)
    assert min(levels.values()) >= 90
    assert f"{levels['simple']} simple, {levels['moderate']} moderate, {levels['hard']} hard" in readme
    assert len({digest(own.ddl(database)) for database in DATABASES}) == 12
    assert len({question.gold for database in DATABASES for question in own.questions(database)}) >= 295
    assert bird.find("bird-clinic-3") == source(interactive=True, evidence=True).find("bird-clinic-3")
    for id in ("bird-clinic-26", "bird-clinic-0", "bird-clinic--1", "clinic-1", "sqlgym_0", ""):
        with pytest.raises(TaskNotFound):
            bird.find(id)


@pytest.mark.parametrize("database", DATABASES)
def test_reference_queries_give_rows_and_name_values_that_are_told(database: str) -> None:
    """Whatever text one compares with stands in the question, the hint, the schema, or a pattern made of them."""
    known = schema(database).text.lower()
    with closing(Connection(own.location(database), BirdConfig().limits)) as connection:
        for question in own.questions(database):
            result = connection.run(question.gold)
            assert result.error == "", question
            assert result.rows not in ([], [(0,)], [(None,)]), question
            assert len(result.rows) <= 100, question
            told = f"{known} {question.text} {question.evidence}".lower()
            for literal in re.findall(r"'([^']*)'", question.gold):
                words = re.findall(r"[^\W\d_]{3,}", literal.lower())
                assert all(word in told for word in words), (question, literal)


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
def test_foreign_keys_hold_and_values_are_dirty(database: str) -> None:
    """There is something to trip over: missing values, texts in several cases or with blanks, dates and numbers as text."""
    with closing(own.load(database)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    columns = [column for table in schema(database).tables for column in table.columns]
    assert sum(bool(column.target) for column in columns) >= 4
    assert sum(bool(column.note) for column in columns) >= 6
    nulls, cased = 0, 0
    for column in (column for _, entries in rows(database) for column in zip(*entries, strict=True)):
        nulls += None in column
        texts = {value for value in column if isinstance(value, str)}
        cased += len({text.strip().lower() for text in texts}) < len(texts)
    assert nulls >= 3
    assert nulls + cased >= 5


@pytest.mark.parametrize("name", [*KEYWORDS, "two words", "größe", "9lives", 'a"b', "x.y", ""])
def test_a_name_as_it_is_shown_is_that_column_and_that_table(name: str) -> None:
    shown, always = quoted(name), '"' + name.replace('"', '""') + '"'
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE {always} ({always} TEXT, b TEXT)")
        connection.execute(f"INSERT INTO {always} VALUES ('here', '2')")
        for sql in (
            f"SELECT {shown} FROM {shown}",
            f"SELECT t.{shown} FROM {shown} AS t WHERE {shown} = 'here' ORDER BY {shown}",
            f"SELECT {shown}.{shown}, max(b) FROM (SELECT 1) JOIN {shown} GROUP BY {shown}",
        ):
            assert connection.execute(sql).fetchone()[0] == "here"


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
