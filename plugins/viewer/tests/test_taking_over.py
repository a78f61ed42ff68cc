"""What is kept from one start to the next changes how long a start takes, and never what it says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from attrs import asdict
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.store import Run, encode
from agentgym_core.store.manifest import write_manifest
from agentgym_core.types import Outcome
from agentgym_testing.trajectories import _episode
from agentgym_viewer.workbench import command, database, place, reading
from agentgym_viewer.workbench.index import Index
from agentgym_viewer.workbench.place import UNUSED, Place
from agentgym_viewer.workbench.queries import damaged_lines, search, unread_reasons
from agentgym_viewer.workbench.rows import rows_of

Whole = Callable[..., Index]
Until = Callable[..., None]
WORDS = ("walrus", "zebra", "heron")


def said(index: Index) -> dict[str, Any]:
    """All that an index says of its runs."""
    connection = index.database.connection()
    names = {run.number: run.name for run in index.runs.values()}
    found: dict[str, Any] = {
        run.name: {
            "rows": list(rows_of(connection, run.number)),
            "tally": asdict(run.tally),
            "damaged": damaged_lines(connection, run.number),
            "unread": unread_reasons(connection, run.number),
            "read": (run.line, run.offset, run.damaged, run.first, run.last, run.read),
        }
        for run in index.runs.values()
    }
    for word in WORDS:
        listed, turns = search(connection, word, list(names))
        found[word] = sorted((names[each.run], each.line, each.turn) for each in listed), turns
    return found


def trajectories(folder: Path) -> Path:
    return folder / "trajectories.jsonl"


def line(number: int, **more: Any) -> bytes:
    made = _episode(
        f"t{number % 5}", (number % 3) / 2, text=WORDS[number % 3], kind=f"k{number % 2}", started=1e9, **more
    )
    return encode(made) + b"\n"


# What may happen to a run between two starts. Each is given the run's folder and a number that no other call is given.


def appended(folder: Path, number: int) -> None:
    """Gone on with; of every five episodes one is a retry of an earlier one."""
    with open(trajectories(folder), "ab") as file:
        file.write(line(number))


def torn(folder: Path, number: int) -> None:
    with open(trajectories(folder), "ab") as file:
        file.write(line(number)[:50])


def damaged(folder: Path, number: int) -> None:
    with open(trajectories(folder), "ab") as file:
        file.write(b"nonsense\n")


def replaced(folder: Path, number: int) -> None:
    (folder / "other").write_bytes(line(number) * 2)
    os.replace(folder / "other", trajectories(folder))


def written_over(folder: Path, number: int) -> None:
    """Other episodes in the same file, which is no shorter."""
    trajectories(folder).write_bytes(line(number) * 9)


def edited(folder: Path, number: int) -> None:
    """One letter within the first line, the length and the time of change as before."""
    path = trajectories(folder)
    before, text = path.stat(), path.read_bytes()
    path.write_bytes(text.replace(b"seen", b"sawn", 1))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def shortened(folder: Path, number: int) -> None:
    with open(trajectories(folder), "r+b") as file:
        file.truncate(trajectories(folder).stat().st_size // 2)


def copied(folder: Path, number: int) -> None:
    """Another file with the same content."""
    shutil.copy(trajectories(folder), folder / "other")
    os.replace(folder / "other", trajectories(folder))


def emptied(folder: Path, number: int) -> None:
    trajectories(folder).write_bytes(b"")


def removed(folder: Path, number: int) -> None:
    shutil.rmtree(folder)


def renamed(folder: Path, number: int) -> None:
    folder.rename(folder.with_name(f"renamed-{number}"))


def relabelled(folder: Path, number: int) -> None:
    """The rows of its episodes are others now: their suite and their limit come from the manifest."""
    told = {"environments": {"maze-v1": {"suite": f"s{number}", "max_rounds": number}}}
    write_manifest(folder, {**Run.open(folder).manifest, "evaluation": told})


def unlabelled(folder: Path, number: int) -> None:
    (folder / "manifest.json").unlink()


CHANGES = [
    *(appended, torn, damaged, replaced, written_over, edited, shortened, copied, emptied, removed, renamed),
    *(relabelled, unlabelled),
]


@pytest.mark.timeout(900)
@settings(deadline=None, max_examples=20)
@given(st.lists(st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 1)), max_size=4), min_size=1, max_size=4))
def test_a_start_says_what_a_start_without_anything_kept_says(
    whole: Whole, starts: list[list[tuple[Any, int]]]
) -> None:
    number = 100
    with TemporaryDirectory() as temporary:
        folder, cache = Path(temporary) / "runs", Path(temporary) / "cache"
        for name in ("a", "b"):
            with Run.create(folder / name) as run:
                run.append(_episode("t0", 0.0, text=WORDS[0]))
                run.append(_episode("t1", 1.0, text=WORDS[1], outcome=Outcome.POLICY_FAULT))
        for changes in [[], *starts]:
            for change, which in changes:
                number += 1
                there = folder / "ab"[which]
                if (there / "manifest.json").exists() and trajectories(there).exists():
                    change(there, number)
            with closing(whole(folder, cache)) as kept, closing(whole(folder)) as fresh:
                assert said(kept) == said(fresh)


def test_nothing_is_read_again_that_is_the_same(whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Run.create(tmp_path / "runs" / "a") as run:
        run.append(_episode("a"))
        run.append(_episode("b"))
    whole(tmp_path / "runs", tmp_path / "cache").close()
    read: list[bytes] = []
    real = reading.read_line
    monkeypatch.setattr(reading, "read_line", lambda line: read.append(line) or real(line))
    index = Index(tmp_path / "runs", cache=tmp_path / "cache")
    with closing(index):
        index.look_again()
        assert index.share == 1.0
        assert [run.tally.episodes for run in index.runs.values()] == [2]
        appended(tmp_path / "runs" / "a", 7)
    with closing(whole(tmp_path / "runs", tmp_path / "cache")) as index:
        assert [run.tally.episodes for run in index.runs.values()] == [3]
    assert len(read) == 1


def test_a_file_that_changed_is_not_shown_before_it_is_known_to_be_the_same(whole: Whole, tmp_path: Path) -> None:
    with Run.create(tmp_path / "runs" / "a") as run:
        run.append(_episode("a", text="walrus"))
    whole(tmp_path / "runs", tmp_path / "cache").close()
    copied(tmp_path / "runs" / "a", 0)
    index = Index(tmp_path / "runs", cache=tmp_path / "cache")
    with closing(index):
        index.look_again()
        assert said(index)["a"]["rows"] == []
        assert said(index)["walrus"] == ([], 0)
        assert index.share == 0.0
        index.read_on()
        assert len(said(index)["a"]["rows"]) == 1
        assert index.share == 1.0


def test_a_file_that_is_written_over_while_it_is_followed_is_read_anew(whole: Whole, tmp_path: Path) -> None:
    with Run.create(tmp_path / "runs" / "a") as run:
        run.append(_episode("a", text="walrus"))
    with closing(whole(tmp_path / "runs")) as index:
        written_over(tmp_path / "runs" / "a", 101)
        index._look(quiet=True)
        while index.read_on():
            pass
        with closing(whole(tmp_path / "runs")) as fresh:
            assert said(index) == said(fresh)


KILLED = """
import os, sys
from pathlib import Path
from agentgym_viewer.workbench import index, reading
made = index.Index(Path(sys.argv[1]), cache=Path(sys.argv[2]))
made.look_again()
index.SLICE = 0.0
for _ in range(3):
    made.read_on()
real = reading.note
def note(*arguments):
    real(*arguments)
    os.kill(os.getpid(), 9)
reading.note = note
made.read_on()
"""


def test_a_start_after_a_kill_goes_on_where_it_was(whole: Whole, tmp_path: Path) -> None:
    with Run.create(tmp_path / "runs" / "a") as run:
        for number in range(20):
            run.append(_episode(f"t{number}", text="walrus"))
    words = [sys.executable, "-c", KILLED, str(tmp_path / "runs"), str(tmp_path / "cache")]
    assert subprocess.run(words, check=False, timeout=600).returncode == -9
    index = Index(tmp_path / "runs", cache=tmp_path / "cache")
    index.look_again()
    assert [run.line for run in index.runs.values()] == [3]
    index.close()
    with closing(whole(tmp_path / "runs", tmp_path / "cache")) as kept, closing(whole(tmp_path / "runs")) as fresh:
        assert said(kept) == said(fresh)


def spoilt(file: Path, how: str) -> None:
    text = bytearray(file.read_bytes())
    if how == "empty":
        text = bytearray()
    elif how == "cut":
        text = text[: len(text) // 2]
    elif how == "no database":
        text = bytearray(b"something else")
    elif how == "pages":
        text[4096 * 3 :] = b"\xa5" * (len(text) - 4096 * 3)
    file.write_bytes(text)


@pytest.mark.parametrize("how", ["empty", "cut", "no database", "pages"])
def test_what_cannot_be_read_is_thrown_away(whole: Whole, tmp_path: Path, how: str) -> None:
    with Run.create(tmp_path / "runs" / "a") as run:
        for number in range(200):
            run.append(_episode(f"t{number}", text="walrus"))
    whole(tmp_path / "runs", tmp_path / "cache").close()
    (file,) = (tmp_path / "cache").glob("*/index.sqlite")
    spoilt(file, how)
    with closing(whole(tmp_path / "runs", tmp_path / "cache")) as kept, closing(whole(tmp_path / "runs")) as fresh:
        assert said(kept) == said(fresh)
    index = Index(tmp_path / "runs", cache=tmp_path / "cache")
    with closing(index):
        index.look_again()
        assert index.share == 1.0


@pytest.mark.parametrize("told", ["{", "{}", '{"seal": 5}'])
def test_a_record_that_is_none_is_thrown_away(whole: Whole, tmp_path: Path, told: str) -> None:
    with Run.create(tmp_path / "runs" / "a") as run:
        run.append(_episode("a"))
    index = whole(tmp_path / "runs", tmp_path / "cache")
    index.database.connection().execute("UPDATE run SET read = ?", (told,))
    index.close()
    with closing(whole(tmp_path / "runs", tmp_path / "cache")) as index:
        assert [run.tally.episodes for run in index.runs.values()] == [1]


def test_what_other_code_made_is_thrown_away(whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Run.create(tmp_path / "runs" / "a") as run:
        run.append(_episode("a"))
    whole(tmp_path / "runs", tmp_path / "cache").close()
    monkeypatch.setattr(database, "version", lambda: "another")
    index = Index(tmp_path / "runs", cache=tmp_path / "cache")
    with closing(index):
        index.look_again()
        assert index.share == 0.0


def test_forgotten_text_does_not_pile_up(whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_SPENT", 3)
    for number in range(5):
        with Run.create(tmp_path / "runs" / f"r{number}") as run:
            run.append(_episode("a", text="walrus"))
        whole(tmp_path / "runs", tmp_path / "cache").close()
        shutil.rmtree(tmp_path / "runs" / f"r{number}")
    with closing(whole(tmp_path / "runs", tmp_path / "cache")) as index:
        assert index.database.connection().execute("SELECT count(*) FROM said").fetchone()[0] < 9


def test_a_database_that_breaks_while_pages_are_served_is_made_anew(serving: Any, until: Until, tmp_path: Path) -> None:
    from agentgym_viewer.workbench.settings import WorkbenchSettings

    with Run.create(tmp_path / "runs" / "a") as run:
        for number in range(300):
            run.append(_episode(f"t{number}", text="walrus"))
    with serving(tmp_path / "runs", WorkbenchSettings(port=0, cache=str(tmp_path / "cache"))) as bench:
        bench.settle()
        address = f"/run/{bench.id('a')}/episodes?q=walrus"
        assert "300 episodes" in bench.get(address).text
        (file,) = (tmp_path / "cache").glob("*/index.sqlite")
        bench.index.database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with open(file, "r+b") as spoil:
            spoil.write(b"\xa5" * file.stat().st_size)
        # What a page has in memory it may still say; what it says is right, or that it failed.
        with Run.open(tmp_path / "runs" / "a", write=True) as run:
            run.append(_episode("late", text="walrus"))
        until(lambda: "301 episodes" in bench.get(address).text, "the new database")
        assert not file.exists()


def test_of_two_workbenches_the_second_keeps_nothing(whole: Whole, tmp_path: Path) -> None:
    with Run.create(tmp_path / "runs" / "a") as run:
        run.append(_episode("a", text="walrus"))
    with (
        closing(whole(tmp_path / "runs", tmp_path / "cache")) as first,
        closing(whole(tmp_path / "runs", tmp_path / "cache")) as second,
    ):
        assert said(first) == said(second)
        assert len(list((tmp_path / "cache").glob("*/index.sqlite"))) == 1
    assert len(list((tmp_path / "cache").glob("*/index.sqlite"))) == 1


def test_a_cache_that_cannot_be_made_is_done_without(whole: Whole, tmp_path: Path) -> None:
    with Run.create(tmp_path / "runs" / "a") as run:
        run.append(_episode("a"))
    (tmp_path / "cache").write_text("a file")
    with closing(whole(tmp_path / "runs", tmp_path / "cache")) as index:
        assert [run.tally.episodes for run in index.runs.values()] == [1]


def test_what_was_not_used_for_long_is_removed_unless_it_is_held(tmp_path: Path) -> None:
    held, left = Place.held(tmp_path / "cache", tmp_path / "a"), Place.held(tmp_path / "cache", tmp_path / "b")
    assert held is not None
    assert left is not None
    left.release()
    (tmp_path / "cache" / "of somebody else").mkdir()
    for each in (held, left):
        lock = each.index.with_name("lock")
        os.utime(lock, (lock.stat().st_mtime - UNUSED - 1,) * 2)
    third = Place.held(tmp_path / "cache", tmp_path / "c")
    assert third is not None
    assert {each.name for each in (tmp_path / "cache").iterdir()} == {
        *(each.index.parent.name for each in (held, third)),
        "of somebody else",
    }
    assert third.index.parent.stat().st_mode & 0o77 == 0
    for each in (held, third):
        each.release()


def test_the_command_keeps_it_in_the_users_cache_and_not_beside_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import argparse

    parser = argparse.ArgumentParser()
    command.configure(parser)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert command._settings(parser.parse_args([])).cache == str(tmp_path / "agentgym" / "ui")
    assert command._settings(parser.parse_args(["--host", "0.0.0.0"])).cache == str(tmp_path / "agentgym" / "ui")
    assert command._settings(parser.parse_args(["--no-cache"])).cache == ""
    for value in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        assert place.cache() == tmp_path / "home" / ".cache" / "agentgym" / "ui"
