"""More than three hundred statements that mean harm, in a process of their own: none writes, none runs on, none ends the process."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("attacks.py")


def checksums(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every case's end, and the files before and after."""
    folder = tmp_path_factory.mktemp("attacked")
    with closing(sqlite3.connect(folder / "victim.sqlite")) as connection:
        connection.executescript(
            "CREATE TABLE victim (id INTEGER PRIMARY KEY, name TEXT); CREATE VIEW seen AS SELECT 1;"
        )
        connection.executemany("INSERT INTO victim VALUES (?, ?)", [(n, f"name {n}") for n in range(1, 301)])
        connection.execute("CREATE INDEX victim_name ON victim (name)")
        connection.commit()
    before = checksums(folder)
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {**json.loads(done.stdout), "before": before, "after": checksums(folder)}


def test_no_file_is_written_changed_or_gone(played: dict[str, Any]) -> None:
    assert len({sql for _, sql, *_ in played["ends"]}) > 300
    assert played["after"] == played["before"]
    assert list(played["before"]) == ["victim.sqlite"]


@pytest.mark.parametrize(
    ("group", "how"),
    [
        ("denied", r"(?!stopped|fault)."),
        ("stopped", r"stopped: (?!.*seconds)"),
        ("slow", r"fault: .*did not end within 1 seconds"),
        ("refused", r".*(longer than|NUL|no SQL|present time)"),
        ("bounded", r"(?!fault)"),
    ],
)
def test_each_ends_as_it_has_to(played: dict[str, Any], group: str, how: str) -> None:
    ends = [(sql, error, rows) for found, sql, error, rows, _ in played["ends"] if found == group]
    assert len(ends) >= 4
    assert [end for end in ends if not re.match(how, end[1], re.DOTALL)] == []
    assert [end for end in ends if end[1] and end[2]] == []


def test_an_honest_query_is_answered_after_each(played: dict[str, Any]) -> None:
    assert [sql for _, sql, _, _, honest in played["ends"] if not honest] == []


def test_memory_stays_within_its_limit(played: dict[str, Any]) -> None:
    assert played["peak"] < 400, f"{played['peak']} MB"
