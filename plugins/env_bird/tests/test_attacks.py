"""More than three hundred statements that mean harm, in a process of their own: none writes, none runs on, none ends the process."""

from __future__ import annotations

import hashlib
import json
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


def test_there_are_more_than_two_hundred(played: dict[str, Any]) -> None:
    assert len({sql for _, sql, *_ in played["ends"]}) > 300


def test_no_file_is_written_changed_or_gone(played: dict[str, Any]) -> None:
    assert played["after"] == played["before"]
    assert list(played["before"]) == ["victim.sqlite"]


def test_what_is_forbidden_is_denied(played: dict[str, Any]) -> None:
    for group, sql, error, rows, _ in played["ends"]:
        if group == "denied":
            assert error, sql
            assert not error.startswith("stopped"), (sql, error)
            assert rows == 0, sql


def test_what_runs_on_is_stopped_at_a_limit(played: dict[str, Any]) -> None:
    for group, sql, error, rows, _ in played["ends"]:
        if group == "stopped":
            assert error.startswith("stopped: "), (sql, error)
            assert "seconds" not in error, (sql, error)
            assert rows == 0, sql


def test_what_takes_too_long_in_one_instruction_is_a_fault_and_no_result(played: dict[str, Any]) -> None:
    slow = [(sql, error) for group, sql, error, _, _ in played["ends"] if group == "slow"]
    assert len(slow) >= 4
    for sql, error in slow:
        assert error.startswith("fault: "), (sql, error)
        assert "did not end within 1 seconds" in error


def test_what_asks_for_too_much_is_refused(played: dict[str, Any]) -> None:
    for group, sql, error, _, _ in played["ends"]:
        if group == "refused":
            assert any(part in error for part in ("longer than", "NUL", "no SQL", "present time")), (
                sql,
                error,
            )


def test_an_honest_query_is_answered_after_each(played: dict[str, Any]) -> None:
    assert [sql for _, sql, _, _, honest in played["ends"] if not honest] == []


def test_memory_stays_within_its_limit(played: dict[str, Any]) -> None:
    assert played["peak"] < 400, f"{played['peak']} MB"
