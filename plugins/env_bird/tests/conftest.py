"""What the tests of this plugin share."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agentgym_env_bird.config import BirdConfig
from agentgym_env_bird.pool import Pool
from agentgym_testing.players import play, source_fixture

__all__ = ["play"]

source = source_fixture("bird")


@pytest.fixture
def pool() -> Iterator[Pool]:
    """A pool under the default limits."""
    made = Pool(BirdConfig().limits)
    yield made
    made.close()


def write_part(folder: Path, split: str, records: list[dict[str, Any]]) -> None:
    """One split of the official layout, with a small database `club`."""
    databases = folder / f"{split}_databases" / "club"
    databases.mkdir(parents=True)
    (folder / f"{split}.json").write_text(json.dumps(records), encoding="utf-8")
    with closing(sqlite3.connect(databases / "club.sqlite")) as connection:
        connection.executescript(
            """
            CREATE TABLE Team ("Team ID" INTEGER PRIMARY KEY, "order" TEXT, town TEXT);
            CREATE TABLE Player (id INTEGER PRIMARY KEY, name TEXT, team INTEGER REFERENCES Team, born TEXT);
            INSERT INTO Team VALUES (1, 'a', 'Rome'), (2, 'b', NULL);
            INSERT INTO Player VALUES (1, 'Ann', 1, '1990'), (2, 'Bo', 1, NULL), (3, 'Cy', 2, '1991'), (4, CAST(x'ff41' AS TEXT), 2, '');
            """
        )


RECORDS: list[dict[str, Any]] = [
    {"db_id": "club", "question": "How many players are there?", "evidence": "", "SQL": "SELECT COUNT(*) FROM Player"},
    {
        "db_id": "club",
        "question": "Who plays for Rome?",
        "evidence": "Rome refers to town = 'Rome'",
        "SQL": "SELECT T1.name FROM Player AS T1 INNER JOIN Team AS T2 ON T1.team = T2.`Team ID` WHERE T2.town = 'Rome'",
        "difficulty": "moderate",
        "question_id": 1,
    },
    {"db_id": "club", "question": "A defect", "evidence": "", "SQL": "SELECT nonsense FROM Player"},
    {"db_id": "movies_4", "question": "Another", "evidence": "", "SQL": "SELECT 1"},
    {"db_id": "club", "question": "All names?", "evidence": None, "SQL": "SELECT name FROM Player"},
]


@pytest.fixture
def official(tmp_path: Path) -> Path:
    """A small stand-in for the official folder: the same records as train and dev."""
    for split in ("train", "dev"):
        write_part(tmp_path / split, split, RECORDS)
    return tmp_path
