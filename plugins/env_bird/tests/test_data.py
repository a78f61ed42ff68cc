"""The package's own databases and questions: what they are, and that each reference query says what it should."""

from __future__ import annotations

import multiprocessing
import random
import re
import sqlite3
import stat
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from agentgym_env_bird import build, own
from agentgym_env_bird.pool import Pool
from agentgym_env_bird.schema import quoted
from agentgym_env_bird.statement import sorts, split

DATABASES = (*own.TRAIN, *own.EVAL)


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
def test_every_reference_query_gives_rows(database: str, pool: Pool) -> None:
    for question in own.questions(database):
        result = pool.run(build.database_path(database), question.gold)
        assert result.error == "", question
        assert result.rows, question
        assert result.rows not in ([(0,)], [(None,)]), question
        assert len(result.rows) <= 100, question


@pytest.mark.parametrize("database", DATABASES)
def test_no_answer_hangs_on_the_order_of_rows(database: str, pool: Pool) -> None:
    """On a copy whose rows were put in in another order, without indexes and read backwards, every answer is the same set."""
    with closing(sqlite3.connect(":memory:")) as copy:
        copy.executescript(
            "\n".join(line for line in own.ddl(database).splitlines() if not line.startswith("CREATE INDEX"))
        )
        for table, rows in own.rows(database):
            shuffled = random.Random(7).sample(rows, len(rows))
            copy.executemany(f"INSERT INTO {quoted(table)} VALUES ({', '.join('?' * len(rows[0]))})", shuffled)
        copy.execute("PRAGMA reverse_unordered_selects = ON")
        for question in own.questions(database):
            expected = pool.run(build.database_path(database), question.gold).rows
            found = copy.execute(question.gold).fetchall()
            assert set(found) == set(expected), question
            if sorts(question.gold):
                assert found == expected, question


@pytest.mark.parametrize("database", DATABASES)
def test_values_that_a_query_names_are_told(database: str) -> None:
    """Whatever text a reference query compares with stands in the question, the hint, the schema, or a pattern made of them."""
    known = own.schema(database).text.lower()
    for question in own.questions(database):
        told = f"{known} {question.text} {question.evidence}".lower()
        for literal in re.findall(r"'([^']*)'", question.gold):
            words = re.findall(r"[^\W\d_]{3,}", literal.lower())
            assert all(word in told for word in words), (question, literal)


def test_databases_are_dirty() -> None:
    """There is something to trip over in each: missing values, texts in several cases or with blanks, dates and numbers as text."""
    for database in DATABASES:
        nulls, cased = 0, 0
        for _, rows in own.rows(database):
            for column in zip(*rows, strict=True):
                nulls += None in column
                texts = {value for value in column if isinstance(value, str)}
                cased += len({text.strip().lower() for text in texts}) < len(texts)
        assert nulls >= 3, database
        assert nulls + cased >= 5, database


@pytest.mark.parametrize("database", DATABASES)
def test_foreign_keys_hold_and_are_many(database: str) -> None:
    with closing(sqlite3.connect(f"file:{build.database_path(database)}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    columns = [column for table in own.schema(database).tables for column in table.columns]
    assert sum(bool(column.target) for column in columns) >= 4
    assert len(own.schema(database).tables) >= 5
    assert sum(bool(column.note) for column in columns) >= 6


def test_hard_questions_are_hard() -> None:
    """They use what simple ones do not: windows, subqueries, recursion, sets, several joins."""
    hard = [set(split(q.gold)) for database in DATABASES for q in own.questions(database) if q.level == "hard"]
    counts = {
        word: sum(word in words for words in hard) for word in ("over", "with", "recursive", "exists", "having", "join")
    }
    assert counts["over"] >= 25
    assert counts["with"] >= 15
    assert counts["recursive"] >= 4
    assert counts["having"] >= 15
    assert counts["join"] >= 60


def test_building_again_gives_the_same_content(tmp_path: Path) -> None:
    for name in ("clinic", "transit"):
        build.write(name, tmp_path / f"{name}.sqlite")
        assert build.content_digest(tmp_path / f"{name}.sqlite") == build.content_digest(
            Path(build.database_path(name))
        )
    assert build.content_digest(tmp_path / "clinic.sqlite") != build.content_digest(tmp_path / "transit.sqlite")


def test_the_cache_is_built_once_and_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTGYM_CACHE", str(tmp_path))
    place = build.folder()
    assert place.parent == tmp_path / "bird"
    files = sorted(path.name for path in place.iterdir())
    assert files == sorted([*(f"{name}.sqlite" for name in DATABASES), "manifest.json"])
    assert all(stat.S_IMODE((place / f"{name}.sqlite").stat().st_mode) == 0o444 for name in DATABASES)
    before = (place / "farm.sqlite").stat().st_ino
    monkeypatch.setattr(build, "_FOUND", {})
    assert build.folder() == place
    assert (place / "farm.sqlite").stat().st_ino == before
    (place / "farm.sqlite").chmod(0o644)
    (place / "farm.sqlite").write_bytes(b"damaged")
    monkeypatch.setattr(build, "_FOUND", {})
    assert build.folder() == place
    assert (place / "farm.sqlite").read_bytes().startswith(b"SQLite format 3")
    assert [path.name for path in (tmp_path / "bird").iterdir()] == [place.name]


def test_without_a_cache_folder_it_builds_in_a_temporary_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("AGENTGYM_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(build, "_FOUND", {})
    assert (build.folder() / "gym.sqlite").is_file()


def _built(cache: str) -> str:
    import os

    os.environ["AGENTGYM_CACHE"] = cache
    build._FOUND.clear()
    return build.content_digest(build.folder() / "museum.sqlite")


def test_processes_that_build_at_once_agree(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as workers:
        found = workers.map(_built, [str(tmp_path)] * 3)
    assert len(set(found)) == 1
    assert len([path for path in (tmp_path / "bird").iterdir() if not path.name.startswith(".")]) == 1
    assert not [path for path in (tmp_path / "bird").iterdir() if path.name.startswith(".")]
