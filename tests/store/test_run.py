from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgym_core.errors import StoreError, StoreLocked
from agentgym_core.store import Run, decode, encode, new_manifest
from agentgym_core.types import Outcome, Trajectory

Make = Callable[..., Trajectory]


def test_a_run_gives_back_what_was_put_in(tmp_path: Path, make_trajectory: Make) -> None:
    episodes = [make_trajectory(number) for number in range(5)]
    with Run.create(tmp_path / "run", {"seeds": {"rollout": 7}}) as run:
        for episode in episodes:
            run.append(episode)
        assert list(run.trajectories()) == episodes
    again = Run.open(tmp_path / "run")
    assert list(again) == episodes
    assert len(again) == 5
    assert again.manifest["seeds"] == {"rollout": 7}
    assert again.info.id == run.id != ""


def test_a_run_of_nothing_is_empty(tmp_path: Path) -> None:
    Run.create(tmp_path).close()
    run = Run.open(tmp_path)
    assert list(run.trajectories()) == []
    assert run.finished() == set()


def test_the_last_record_of_a_key_counts(tmp_path: Path, make_trajectory: Make) -> None:
    lost = make_trajectory(1, Outcome.INFRASTRUCTURE_FAULT, None)
    with Run.create(tmp_path) as run:
        run.append(lost)
        run.append(make_trajectory(2))
        assert run.finished() == {make_trajectory(2).key.digest}
        run.append(make_trajectory(1))
        assert [(t.key.seed, t.outcome) for t in run.trajectories()] == [(2, Outcome.SOLVED), (1, Outcome.SOLVED)]
        assert run.ends() == [(t.id, t.outcome) for t in run.trajectories()]
        assert run.finished() == {make_trajectory(1).key.digest, make_trajectory(2).key.digest}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_lost_and_cancelled_episodes_run_again(tmp_path: Path, make_trajectory: Make, outcome: Outcome) -> None:
    with Run.create(tmp_path) as run:
        run.append(make_trajectory(0, outcome, None))
        again = outcome in (Outcome.INFRASTRUCTURE_FAULT, Outcome.CANCELLED)
        assert (run.finished() == set()) is again


def test_the_manifest_says_what_made_the_run(tmp_path: Path) -> None:
    with Run.create(tmp_path, new_manifest(components={"policy": "expert-v1"}, configuration={"a": 1})) as run:
        run.annotate(outcome="done")
    found = json.loads((tmp_path / "manifest.json").read_text())
    assert found["schema_version"] == 1
    assert found["distributions"]["agentgym-core"]
    assert found["components"] == {"policy": "expert-v1"}
    assert found["outcome"] == "done"
    assert {"created", "python", "platform", "plugin_failures", "seeds"} <= set(found)
    assert not list(tmp_path.glob(".manifest*"))


def test_secrets_stay_out_of_the_manifest() -> None:
    configuration = {
        "policy": {"api_key": "sk-1", "max_tokens": 5, "headers": [{"Authorization": "Bearer x"}]},
        "token": "t",
    }
    found = new_manifest(configuration=configuration)["configuration"]
    assert found == {
        "policy": {"api_key": "***", "max_tokens": 5, "headers": [{"Authorization": "***"}]},
        "token": "***",
    }


def test_a_second_run_in_a_folder_is_refused(tmp_path: Path, make_trajectory: Make) -> None:
    with Run.create(tmp_path) as run:
        run.append(make_trajectory())
    with pytest.raises(StoreError, match="holds a run already"):
        Run.create(tmp_path)
    assert len(Run.open(tmp_path)) == 1


def test_a_second_writer_is_told_who_holds_the_run(tmp_path: Path, make_trajectory: Make) -> None:
    with Run.create(tmp_path) as run:
        with pytest.raises(StoreLocked, match=f"process {os.getpid()} is writing"):
            Run.open(tmp_path, write=True)
        run.append(make_trajectory())
        assert len(Run.open(tmp_path)) == 1
    with Run.open(tmp_path, write=True) as second:
        second.append(make_trajectory(1))
    assert len(Run.open(tmp_path)) == 2


def test_a_run_open_for_reading_does_not_write(tmp_path: Path, make_trajectory: Make) -> None:
    Run.create(tmp_path).close()
    run = Run.open(tmp_path)
    with pytest.raises(StoreError, match="not open for writing"):
        run.append(make_trajectory())
    with pytest.raises(StoreError, match="not open for writing"):
        run.annotate(a=1)


def test_what_cannot_be_stored_leaves_the_run_as_it_was(tmp_path: Path, make_trajectory: Make) -> None:
    with Run.create(tmp_path) as run:
        run.append(make_trajectory(1))
        with pytest.raises(StoreError, match="no JSON value"):
            run.append(make_trajectory(2, info={"x": object()}))
        run.append(make_trajectory(3))
        assert [t.key.seed for t in run] == [1, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schema_version": 99}', "written in layout 99"),
        ('{"schema_version": "1"}', "no schema_version"),
        ("[]", "no schema_version"),
        ('{"schema_ver', "not valid JSON"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "not valid JSON"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(StoreError, match=message):
        Run.open(tmp_path)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    for path, message in ((tmp_path, "has no manifest.json"), (tmp_path / "none", "no such folder")):
        with pytest.raises(StoreError, match=message):
            Run.open(path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="is a file"):
        Run.open(tmp_path / "file")
    with pytest.raises(StoreError, match="cannot be made"):
        Run.create(tmp_path / "file" / "run")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.data())
def test_a_run_cut_anywhere_keeps_every_whole_record(
    tmp_path_factory: pytest.TempPathFactory, make_trajectory: Make, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("run")
    lines = [encode(make_trajectory(number)) + b"\n" for number in range(3)]
    cut = data.draw(st.integers(0, sum(map(len, lines))))
    Run.create(folder).close()
    whole = b"".join(lines)
    (folder / "trajectories.jsonl").write_bytes(whole[:cut])
    kept = whole[:cut].count(b"\n")
    reader = Run.open(folder)
    assert [t.key.seed for t in reader] == list(range(kept))
    assert (folder / "trajectories.jsonl").read_bytes() == whole[:cut]
    with Run.open(folder, write=True) as run:
        finished = len(run)
        # A record that lacks nothing but its newline is whole.
        assert finished in (kept, kept + 1)
        run.append(make_trajectory(99))
        assert [t.key.seed for t in run] == [*range(finished), 99]
        torn = folder / "trajectories.jsonl.torn"
        aside = torn.read_bytes()[:-1] if torn.exists() else b""
        assert run.torn_bytes == len(aside)
    left = (folder / "trajectories.jsonl").read_bytes()
    assert left.startswith(whole[: sum(map(len, lines[:finished]))])
    if aside:
        assert whole[:cut].endswith(aside)


def test_a_torn_tail_longer_than_a_block_is_set_aside(
    tmp_path: Path, make_trajectory: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with Run.create(tmp_path) as run:
        run.append(make_trajectory())
    tail = b'{"id": "' + b"x" * 200_000
    with (tmp_path / "trajectories.jsonl").open("ab") as file:
        file.write(tail)
    with caplog.at_level(logging.WARNING):
        assert len(list(Run.open(tmp_path))) == 1
    assert "line 2 is unfinished and was ignored" in caplog.text
    with Run.open(tmp_path, write=True) as run:
        assert run.torn_bytes == len(tail)
    assert (tmp_path / "trajectories.jsonl.torn").read_bytes() == tail + b"\n"


def test_a_corrupt_line_is_named_and_can_be_passed_over(tmp_path: Path, make_trajectory: Make) -> None:
    with Run.create(tmp_path) as run:
        for number in range(3):
            run.append(make_trajectory(number))
    path = tmp_path / "trajectories.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"\0" * 50 + b"\n" + lines[2])
    reads: list[Callable[[Run], Any]] = [lambda run: list(run.trajectories()), Run.finished, Run.ends]
    for read in reads:
        with pytest.raises(StoreError, match=r"trajectories\.jsonl, line 2: not valid JSON"):
            read(Run.open(tmp_path))
        lenient = Run.open(tmp_path, skip_corrupt=True)
        assert len(read(lenient)) == 2
        assert lenient.skipped == 1


def test_threads_write_whole_lines(tmp_path: Path, make_trajectory: Make) -> None:
    with Run.create(tmp_path) as run:

        def write(start: int) -> None:
            for number in range(start, start + 50):
                run.append(make_trajectory(number))

        threads = [threading.Thread(target=write, args=(start,)) for start in range(0, 400, 50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(t.key.seed for t in Run.open(tmp_path)) == list(range(400))


def test_reading_holds_one_episode_at_a_time(tmp_path: Path, make_trajectory: Make) -> None:
    import tracemalloc

    with Run.create(tmp_path, sync_seconds=None) as run:
        for number in range(200):
            run.append(make_trajectory(number, opening="x" * 50_000))
    run = Run.open(tmp_path)
    tracemalloc.start()
    assert sum(len(t.opening) for t in run) == 200 * 50_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


LIMITED = """
import resource, sys
from agentgym_core.errors import StoreError
from agentgym_core.store import Run, decode
line = sys.stdin.buffer.read()
episode = decode(line)
run = Run.create(sys.argv[1], sync_seconds=None)
resource.setrlimit(resource.RLIMIT_FSIZE, (len(line) * 5 // 2, resource.RLIM_INFINITY))
for count in range(10):
    try:
        run.append(episode)
    except StoreError as error:
        print(count, error)
        break
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
run.append(episode)
run.close()
"""


def test_a_full_disk_is_a_clear_error_and_loses_nothing(tmp_path: Path, make_trajectory: Make) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        input=encode(make_trajectory()),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith(b"2 ")
    assert b"could not be written: File too large; what was there is intact" in done.stdout
    assert b"free some space" in done.stdout
    lines = (tmp_path / "trajectories.jsonl").read_bytes().splitlines()
    assert [decode(line) for line in lines] == [make_trajectory()] * 3


def test_a_manifest_on_a_full_disk_keeps_the_old_one(tmp_path: Path) -> None:
    with Run.create(tmp_path) as run:
        before = (tmp_path / "manifest.json").read_bytes()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        try:
            with pytest.raises(StoreError, match=r"manifest\.json: cannot be written"):
                run.annotate(note="x" * 1000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert (tmp_path / "manifest.json").read_bytes() == before
        assert "note" not in run.manifest
        assert not list(tmp_path.glob(".manifest*"))


def test_a_disk_that_fills_up_is_not_taken_for_written(
    tmp_path: Path, make_trajectory: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Run.create(tmp_path) as run:
        run.append(make_trajectory(1))
        write = os.write
        calls = []

        def full(file: int, data: memoryview) -> int:
            calls.append(1)
            if len(calls) == 2:
                raise OSError(28, "No space left on device")
            return write(file, data[:20])

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            with pytest.raises(StoreError, match="No space left"):
                run.append(make_trajectory(2))
        run.append(make_trajectory(3))
        assert [t.key.seed for t in run] == [1, 3]


def test_short_writes_are_completed(tmp_path: Path, make_trajectory: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:7]))
    with Run.create(tmp_path) as run:
        run.append(make_trajectory(1))
    assert list(Run.open(tmp_path)) == [make_trajectory(1)]


def test_a_failing_disk_is_reported_on_close_and_the_lock_is_freed(
    tmp_path: Path, make_trajectory: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run.create(tmp_path)
    run.append(make_trajectory())

    def broken(file: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(StoreError, match="the disk did not take"):
            run.close()
    Run.open(tmp_path, write=True).close()


def test_frozen_episodes_are_told_apart_by_their_whole_key(tmp_path: Path, make_trajectory: Make) -> None:
    first = make_trajectory()
    changes: list[dict[str, Any]] = [{name: "x"} for name in ("weights", "sampling", "prompt_style", "policy")]
    others = [evolve(first, key=evolve(first.key, **change)) for change in [*changes, {"sample": 1}]]
    with Run.create(tmp_path) as run:
        for episode in (first, *others):
            run.append(episode)
        assert len(run) == 6


@pytest.fixture(params=[0o077, 0o022, 0o002])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_files_have_the_mode_that_the_umask_leaves(tmp_path: Path, make_trajectory: Make, umask: int) -> None:
    with Run.create(tmp_path / "run") as run:
        run.append(make_trajectory(1))
        run.annotate(more=1)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "run").iterdir()}
    assert set(modes) >= {"manifest.json", "trajectories.jsonl"}
    assert set(modes.values()) == {0o666 & ~umask}


def test_what_a_killed_writer_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    Run.create(tmp_path).close()
    left = tmp_path / ".manifest.json.1a2b3c4d"
    left.write_text("half of a mani")
    Run.open(tmp_path).close()
    assert left.exists(), "reading changes nothing"
    with Run.open(tmp_path, write=True):
        assert not left.exists()
        assert Run.open(tmp_path).manifest["id"]
