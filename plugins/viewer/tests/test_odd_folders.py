"""Folders as they are in earnest: files that may not be read for a while, runs that are made again, names that no file can have."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.errors import StoreError
from agentgym_core.store import Run, encode
from agentgym_testing.trajectories import MakeEpisode
from agentgym_viewer.workbench import discovery, reading
from agentgym_viewer.workbench.index import Index
from agentgym_viewer.workbench.site import url

Whole = Callable[..., Index]
Write = Callable[..., Path]


def test_a_file_that_could_not_be_read_for_a_while_is_read_whole(
    whole: Whole, tmp_path: Path, episode: MakeEpisode, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "run", episode("a"), episode("b"))

    def refused(*words: Any, **named: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(reading, "open", refused, raising=False)
        index = whole(tmp_path)
        (run,) = index.runs.values()
        assert "Permission denied" in run.barred
        # It is not waited for: what could be read is there.
        assert (index.backlog, index.share) == (0, 1.0)
        with open(folder / "trajectories.jsonl", "ab") as file:
            file.write(encode(episode("c")) + b"\n")
        index._look(quiet=True)
        assert index.read_on() == []
    with closing(index):
        index._look(quiet=True)
        while index.read_on():
            pass
        assert run.tally.episodes == 3
        assert run.barred == ""


def test_a_page_says_that_its_episodes_cannot_be_read(
    bench: Callable[..., Any], tmp_path: Path, episode: MakeEpisode, write: Write, until: Callable[..., None]
) -> None:
    folder = write(tmp_path / "run", episode("a"))
    (folder / "trajectories.jsonl").unlink()
    # Not even root reads a folder as a file.
    (folder / "trajectories.jsonl").mkdir()
    started = bench(tmp_path)
    for path in ("/", url("run", started.id("run"))):
        until(lambda path=path: "its episodes cannot be read: Is a directory" in started.get(path).text, path)


def test_a_run_that_is_made_again_has_its_own_figures(
    bench: Callable[..., Any], tmp_path: Path, episode: MakeEpisode, write: Write, until: Callable[..., None]
) -> None:
    folder = write(tmp_path / "first", *(episode(f"t{n}", 1.0) for n in range(6)))
    other = write(tmp_path / "other", *(episode(f"t{n}", 1.0) for n in range(6)))
    started = bench(tmp_path)
    page, compared = url("run", started.id("first")), url("compare", a=started.id("other"), b=started.id("first"))
    until(lambda: "100.0 %" in started.get(page).text, "its figures")
    assert "100.0" in started.get(compared).text
    assert "-100.0" not in started.get(compared).text
    version = started.index.runs[started.id("first")].version
    shutil.rmtree(folder)
    started.index.look_once_more()
    write(folder, *(episode(f"t{n}", 0.0) for n in range(6)))
    started.index.look_once_more()
    started.settle()
    # Counted as before, and still another run.
    assert started.index.runs[started.id("first")].version == version
    until(lambda: "0.0 %" in started.get(page).text and "100.0 %" not in started.get(page).text, "its own figures")
    assert "-100.0" in started.get(compared).text
    assert other.exists()


ODD = ["a\0b", "x" * 300, "../../other/stages/secret", "/", "..", "", "\ud800", "a/b"]


@pytest.mark.parametrize("name", ODD)
def test_a_stage_of_a_name_that_is_no_folders_spoils_no_page(
    name: str, bench: Callable[..., Any], tmp_path: Path, episode: MakeEpisode, write: Write
) -> None:
    secret = tmp_path / "other" / "stages" / "secret"
    secret.mkdir(parents=True)
    (secret / "result.json").write_text(json.dumps({"result": {"found": "elsewhere"}}))
    (tmp_path / "pipe").mkdir()
    stages = [{"name": name, "kind": "train"}, {"name": "plain", "kind": "train"}]
    (tmp_path / "pipe" / "pipeline.json").write_text(json.dumps({"stages": stages}))
    started = bench(tmp_path)
    listed = started.get("/")
    assert listed.status == 200
    pipe = listed.text.partition('href="/pipeline/')[2].partition('"')[0]
    page = started.get(f"/pipeline/{pipe}")
    assert page.status == 200
    assert "elsewhere" not in page.text


@pytest.mark.parametrize("what", ["stages", "stages/learn", "stages/learn/stages"])
def test_a_file_where_a_folder_should_be_spoils_no_page(what: str, bench: Callable[..., Any], tmp_path: Path) -> None:
    place = tmp_path / "pipe" / what
    place.parent.mkdir(parents=True)
    place.write_text("")
    (tmp_path / "pipe" / "pipeline.json").write_text(json.dumps({"stages": [{"name": "learn", "kind": "train"}]}))
    started = bench(tmp_path)
    assert started.get("/").status == 200


@pytest.mark.parametrize("file", ["manifest.json", "trajectories.jsonl", "pipeline.json", "losses.jsonl"])
@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"text"', "\0", "[" * 10_000])
def test_a_file_of_something_else_spoils_no_page(
    file: str, text: str, bench: Callable[..., Any], tmp_path: Path
) -> None:
    for each in (file, "manifest.json", "made_from"):
        (tmp_path / "one").mkdir(exist_ok=True)
        (tmp_path / "one" / each).write_text(text if each == file else "{}")
    started = bench(tmp_path)
    for path in ("/", f"/run/{started.id('one')}", f"/run/{started.id('one')}/about"):
        assert started.get(path).status == 200


def test_a_folder_of_somebody_else_is_named_and_shown_once_it_may_be(
    bench: Callable[..., Any],
    tmp_path: Path,
    episode: MakeEpisode,
    write: Write,
    until: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(tmp_path / "ours", episode("a"))
    write(tmp_path / "<theirs>", episode("b"))
    look = discovery.os.scandir

    def refused(path: Any) -> Any:
        if "theirs" in str(path):
            raise PermissionError(13, "Permission denied")
        return look(path)

    with monkeypatch.context() as patched:
        patched.setattr(discovery.os, "scandir", refused)
        started = bench(tmp_path)
        assert "1 folder may not be looked into by you: &lt;theirs&gt;." in started.get("/").text
        assert [run.name for run in started.index.runs.values()] == ["ours"]
    until(lambda: len(started.index.runs) == 2, "theirs may be looked into")
    assert "may not be looked into" not in started.get("/").text


def test_where_nothing_may_be_written_playing_says_what_to_do(
    bench: Callable[..., Any], door: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*words: Any, **named: Any) -> Any:
        raise StoreError("it cannot be made: Read-only file system")

    monkeypatch.setattr(Run, "create", refused)
    started = bench(tmp_path)
    body = urlencode({"environment": door})
    kind = {"content-type": "application/x-www-form-urlencoded", "origin": started.address}
    page = started.get(started.get("/play", kind, "POST", body).headers["location"]).text
    assert "Read-only file system" in page
    assert "open a folder that you may write to" in page


@given(st.lists(st.binary(max_size=9), max_size=6), st.integers(1, 5))
def test_lines_are_whole_whatever_is_read_at_once(parts: list[bytes], size: int) -> None:
    import io

    text = b"\n".join(parts)
    whole_lines = text.split(b"\n")[:-1]
    before = reading.CHUNK
    reading.CHUNK = size
    try:
        found = list(reading._lines(io.BytesIO(text), 0))  # type: ignore[arg-type]
    finally:
        reading.CHUNK = before
    assert [line for _, line in found] == [line + b"\n" for line in whole_lines]
    assert all(text[start : start + len(line)] == line for start, line in found)


def test_a_clock_that_is_wrong_makes_no_run_of_a_dead_one(
    whole: Whole, tmp_path: Path, episode: MakeEpisode, write: Write
) -> None:
    """A clock that was put back by two hours, or one of another machine that is ahead: files are changed in the future."""
    folder = write(tmp_path / "run", episode("a"), status="running")
    (folder / ".lock.pid").write_text("2147480000\n")
    file = folder / "trajectories.jsonl"
    later = time.time() + 7200
    os.utime(file, (later, later))
    index = whole(tmp_path)
    with closing(index):
        (run,) = index.runs.values()
        assert run.state() == "lost"
        # What is seen to change is written to, whatever the time.
        os.utime(file, (later + 5, later + 5))
        index._look(quiet=True)
        assert run.state() == "running"


def test_a_pace_is_one_that_a_clock_can_tell(whole: Whole, tmp_path: Path, episode: MakeEpisode, write: Write) -> None:
    """Episodes that end an hour from now were played while the clock was wrong."""
    write(tmp_path / "run", *(episode(f"t{n}", started=1e9 + 60 * n) for n in range(10)))
    index = whole(tmp_path)
    with closing(index):
        (run,) = index.runs.values()
        assert run.rate(1e9 - 3600) == pytest.approx(run.rate(1e9 + 3600))
        assert run.rate(run.last) < 70
