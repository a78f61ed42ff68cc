"""The index of a folder: it says what the runs say, follows them, and changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from agentgym_core.evaluation.report import summarize
from agentgym_core.evaluation.rows import as_json, row
from agentgym_core.store import Run, encode
from agentgym_core.types import Outcome, Trajectory, Turn
from agentgym_testing.trajectories import MakeEpisode
from agentgym_viewer.workbench import figures, queries
from agentgym_viewer.workbench import index as index_module
from agentgym_viewer.workbench.discovery import Discovery
from agentgym_viewer.workbench.filters import ORDERS, Filter
from agentgym_viewer.workbench.index import Index
from agentgym_viewer.workbench.queries import listed, search
from agentgym_viewer.workbench.rows import rows_of

Whole = Callable[..., Index]
Write = Callable[..., Path]
Until = Callable[..., None]


@pytest.fixture
def follow() -> Iterator[Callable[[Path], Index]]:
    """Follows folders for as long as the test runs."""
    opened: list[Index] = []

    def start(folder: Path) -> Index:
        index = Index(folder)
        opened.append(index)
        index.start()
        return index

    yield start
    for index in opened:
        index.close()


def only(index: Index) -> Any:
    (run,) = index.runs.values()
    return run


def several(episode: MakeEpisode) -> list[Trajectory]:
    unread = evolve(episode("torn", 0.0), turns=(Turn(1, None, "what?", error="no action in it", notes=("n",)),))
    return [
        *(
            episode(f"t{n}", [0.0, 0.5, 1.0][n % 3], kind=f"k{n % 2}", environment=["maze-v1", "wordle-v2"][n % 2])
            for n in range(12)
        ),
        episode("fault", outcome=Outcome.POLICY_FAULT, text="boom"),
        episode("cut", outcome=Outcome.CANCELLED, truncation="budget"),
        unread,
    ]


def test_statistics_from_the_index_are_those_of_the_run(
    whole: Whole, tmp_path: Path, episode: MakeEpisode, write: Write
) -> None:
    folder = write(tmp_path / "run", *several(episode))
    index = whole(tmp_path)
    with closing(index):
        run = only(index)
        connection = index.database.connection()
        stored = Run.open(folder)
        assert list(rows_of(connection, run.number)) == [row(each, labels=run.labels) for each in stored.trajectories()]
        assert as_json(summarize(rows_of(connection, run.number), labels=run.labels)) == as_json(
            summarize(stored.trajectories(), labels=run.labels)
        )
        assert run.tally.episodes == len(stored)
        assert run.tally.outcomes["policy_fault"] == 1


def test_a_large_run_has_the_same_rates_by_another_interval(
    whole: Whole, tmp_path: Path, episode: MakeEpisode, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "run", *several(episode))
    index = whole(tmp_path)
    with closing(index):
        exact = figures.figures(index.database.connection(), only(index))
        monkeypatch.setattr(figures, "WHOLE", 0)
        quick = figures.figures(index.database.connection(), only(index))
    assert exact.report is not None
    assert quick.report is None
    for one, two in zip(exact.parts, quick.parts, strict=True):
        assert (one.environment, one.suite, one.player, one.episodes, one.scored) == (
            two.environment,
            two.suite,
            two.player,
            two.episodes,
            two.scored,
        )
        assert one.success == two.success
        assert one.reward.value == pytest.approx(two.reward.value)
        assert one.rounds == pytest.approx(two.rounds)


def test_of_several_episodes_with_one_key_the_last_counts(
    whole: Whole, tmp_path: Path, episode: MakeEpisode, write: Write
) -> None:
    write(tmp_path / "run", episode("a", 0.0), episode("b", 1.0), episode("a", 1.0))
    index = whole(tmp_path)
    with closing(index):
        run = only(index)
        assert (run.tally.episodes, run.tally.solved, run.tally.mean_score) == (2, 2, 1.0)
        shown, total = listed(index.database.connection(), run.number, Filter(order="first"))
        assert [each.line for each in shown] == [2, 3]
        assert total == 2
        shown, turns = search(index.database.connection(), "go", [run.number])
        assert [each.line for each in shown] == [3, 2]
        # What precedes the first turn, and two turns, of each that stands.
        assert turns == 6
        assert search(index.database.connection(), "go", []) == ([], 0)


def test_damaged_lines_are_counted_and_lose_nothing(
    whole: Whole, tmp_path: Path, episode: MakeEpisode, write: Write
) -> None:
    folder = write(tmp_path / "run", episode("a"), episode("b"))
    path = folder / "trajectories.jsonl"
    first, second = path.read_bytes().splitlines(keepends=True)
    edited = second.replace(b"go seen", b"no seen", 1)
    path.write_bytes(first + b"\xff\x00not json\n" + edited + b"{}\n" + second + first[:40])
    index = whole(tmp_path)
    with closing(index):
        run = only(index)
        found = queries.damaged_lines(index.database.connection(), run.number)
    assert [line for line, _ in found] == [2, 3, 4]
    assert "checksum" in found[1][1]
    assert (run.tally.episodes, run.damaged) == (2, 3)
    assert path.read_bytes().endswith(first[:40])


def test_it_follows_a_run_that_is_written_and_never_locks_it(
    tmp_path: Path, episode: MakeEpisode, follow: Callable[[Path], Index], until: Until
) -> None:
    index = follow(tmp_path)
    with Run.create(tmp_path / "deep" / "er" / "run") as run:
        run.annotate(status="running")
        run.append(episode("a", text="walrus"))
        until(lambda: len(index.runs) == 1 and only(index).tally.episodes == 1, "the first episode")
        state = only(index)
        assert (state.name, state.state()) == ("deep/er/run", "running")
        half = encode(episode("b", text="zebra"))
        with open(run.path, "ab") as file:
            file.write(half[:50])
            file.flush()
            run_of = index.database.connection
            assert search(run_of(), "zebra", [state.number])[1] == 0
            file.write(half[50:] + b"\n")
        until(lambda: state.tally.episodes == 2, "the second")
        until(lambda: search(index.database.connection(), "zebra", [state.number])[1] > 0, "its text")
        run.annotate(status="finished")
    until(lambda: state.state() == "finished", "the end")
    # Another writer may come at once.
    with Run.open(tmp_path / "deep" / "er" / "run", write=True) as again:
        again.append(episode("c"))
    until(lambda: state.tally.episodes == 3, "what came later")


def test_a_file_that_is_replaced_is_read_anew(
    tmp_path: Path, episode: MakeEpisode, write: Write, follow: Callable[[Path], Index], until: Until
) -> None:
    folder = write(tmp_path / "run", episode("a"), episode("b", text="walrus"))
    index = follow(tmp_path)
    until(lambda: only(index).tally.episodes == 2, "both")
    other = tmp_path / "other.jsonl"
    other.write_bytes(encode(episode("c", 0.0)) + b"\n")
    os.replace(other, folder / "trajectories.jsonl")
    until(lambda: only(index).tally.episodes == 1, "the other file")
    assert search(index.database.connection(), "walrus", [only(index).number]) == ([], 0)
    (folder / "trajectories.jsonl").write_bytes(b"")
    until(lambda: only(index).tally.episodes == 0, "nothing")


def test_runs_that_go_are_forgotten(
    tmp_path: Path, episode: MakeEpisode, write: Write, follow: Callable[[Path], Index], until: Until
) -> None:
    write(tmp_path / "a", episode("a"))
    folder = write(tmp_path / "b", episode("b"))
    index = follow(tmp_path)
    until(lambda: index.backlog == 0, "all")
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    until(lambda: [run.name for run in index.runs.values()] == ["a"], "one is gone")


def test_a_run_says_that_it_runs_only_while_something_does(
    whole: Whole, tmp_path: Path, episode: MakeEpisode, write: Write
) -> None:
    folder = write(tmp_path / "run", episode("a"))
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"finished"', '"running"'))
    (folder / ".lock.pid").write_text("2147480000\n")
    index = whole(tmp_path)
    with closing(index):
        run = only(index)
        assert run.state(run.changed + 1) == "running"
        assert run.state(run.changed + 1000) == "lost"
        (folder / ".lock.pid").write_text(f"{os.getpid()}\n")
        assert run.state(run.changed + 1000) == "running"
        os.utime(folder / ".lock.pid", (1, 1))
        assert run.state(run.changed + 1000) == "lost"
        manifest.write_text("{")
        assert run.look_at_manifest()
        assert "not valid JSON" in run.trouble


def test_folders_are_looked_through_without_following_links(tmp_path: Path, episode: MakeEpisode, write: Write) -> None:
    write(tmp_path / "pipe" / "stages" / "collect" / "run", episode("a"))
    (tmp_path / "pipe" / "pipeline.json").write_text("{}")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    write(tmp_path / ".hidden" / "run")
    discovery = Discovery(tmp_path)
    learner = tmp_path / "pipe" / "stages" / "learn"
    learner.mkdir()
    (learner / "made_from").write_text("x")
    (learner / "losses.jsonl").write_text("")
    for folder in (tmp_path, *filter(Path.is_dir, tmp_path.rglob("*"))):
        os.utime(folder, (1, 1))
    found = discovery.look()
    assert found.runs == [tmp_path / "pipe" / "stages" / "collect" / "run"]
    assert found.pipelines == [tmp_path / "pipe"]
    assert found.learners == [learner]
    assert sorted(found.changed) == sorted([*found.runs, *found.pipelines, learner])
    assert discovery.look() == evolve(found, changed=[])


def test_what_comes_within_a_tick_of_a_look_is_found_by_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    discovery = Discovery(tmp_path)
    assert discovery.look().runs == []
    before = folder.stat().st_mtime_ns
    (folder / "trajectories.jsonl").write_text("")
    # As a clock of 4 ms tells it: the folder changed, and its time of change is the same.
    os.utime(folder, ns=(before, before))
    assert discovery.look().runs == [folder]


def test_a_page_finds_what_began_after_the_last_look(
    tmp_path: Path, episode: MakeEpisode, write: Write, follow: Callable[[Path], Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "FOLDERS", 1e6)
    index = follow(tmp_path)
    folder = write(tmp_path / "new", episode("a"))
    assert not index.runs
    index.look_once_more()
    assert only(index).folder == folder


def test_filters_find_what_fits_and_no_more(whole: Whole, tmp_path: Path, episode: MakeEpisode, write: Write) -> None:
    made = several(episode)
    write(tmp_path / "run", *made)
    index = whole(tmp_path)
    with closing(index):
        connection, number = index.database.connection(), only(index).number

        def tasks(**chosen: Any) -> set[str]:
            found, total = listed(connection, number, Filter(**chosen))
            assert total == len(found)
            return {each.task for each in found}

        every = {each.key.task for each in made}
        assert tasks() == every
        assert tasks(environment="wordle-v2") == {e.key.task for e in made if e.key.environment == "wordle-v2"}
        assert tasks(kind="k1") == {e.key.task for e in made if e.kind == "k1"}
        assert tasks(kind="(none)") == {e.key.task for e in made if not e.kind}
        assert tasks(outcome="solved") == {e.key.task for e in made if e.outcome is Outcome.SOLVED}
        assert tasks(low=0.4, high=0.6) == {e.key.task for e in made if e.score == 0.5}
        assert tasks(unread=True) == tasks(error="no action in it") == {"torn"}
        assert tasks(text="boom") == {"fault"}
        assert tasks(text="t1") == {"t1", "t10", "t11"}
        assert tasks(text="go 1", outcome="solved") == {e.key.task for e in made if e.outcome is Outcome.SOLVED}
        assert tasks(text='" AND (') == set()
        assert queries.unread_reasons(connection, number) == [("no action in it", 1, 1)]
        for order in ORDERS:
            assert tasks(order=order) == every


def test_pairs_are_those_of_both_runs(whole: Whole, tmp_path: Path, episode: MakeEpisode, write: Write) -> None:
    write(tmp_path / "a", *(episode(f"t{n}", float(n % 2)) for n in range(6)), episode("only a"))
    write(tmp_path / "b", *(episode(f"t{n}", 1.0, policy="other") for n in range(6)), episode("only b"))
    index = whole(tmp_path)
    with closing(index):
        numbers = {run.name: run.number for run in index.runs.values()}
        connection = index.database.connection()
        rows, total, gained, lost = queries.pairs(connection, numbers["a"], numbers["b"], differ=True)
        assert ({each[2] for each in rows}, total, gained, lost) == ({"t0", "t2", "t4"}, 3, 3, 0)
        assert queries.pairs(connection, numbers["a"], numbers["b"], differ=False)[1] == 6
        assert queries.of_task(connection, numbers["b"], "maze-v1", "t3", 5) is not None
        assert queries.of_task(connection, numbers["b"], "maze-v1", "only a", 0) is None


def test_what_counts_as_read_is_in_the_database(write: Write, episode: MakeEpisode, tmp_path: Path) -> None:
    write(tmp_path / "run", *several(episode))
    with closing(Index(tmp_path)) as index:
        index.look_again()
        pending: list[tuple[bool, bool]] = []

        def watch(statement: str) -> None:
            # SQLite tells of a statement before it is carried out.
            if statement == "COMMIT":
                pending.append((index.backlog > 0, index.share < 1.0))

        index.database.connection().set_trace_callback(watch)
        while index.read_on():
            pass
        assert pending
        assert set(pending) == {(True, True)}
        assert (index.backlog, index.share) == (0, 1.0)
