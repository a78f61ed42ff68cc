"""What ends early leaves its stage open and says so; the same call goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agentgym_core import StopRun
from agentgym_core.algorithm import Algorithm, AlgorithmResult, Context
from agentgym_core.cli import main
from agentgym_core.hooks import hookimpl
from agentgym_core.pipeline import Pipeline, read
from agentgym_core.plugins import plugins
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.store import Run

FILE = """
folder = "{folder}"
seed = 7

[rollout]
concurrency = 1

[policies.teacher]
id = "expert"

[[tasks.narrow]]
environment = "counting"
limit = 4

[[stages]]
name = "demos"
kind = "collect"
policy = "teacher"
tasks = "narrow"

[[stages]]
name = "student"
kind = "train"
algorithm = "tally"
source = "demos"
"""


def written(tmp_path: Path) -> Path:
    file = tmp_path / "run.toml"
    file.write_text(FILE.format(folder=tmp_path / "kept"), encoding="utf-8")
    return file


class Stops:
    """Ends the run at the n-th call of one hook, and notes how it ended."""

    def __init__(self, hook: str, at: int = 1) -> None:
        self.hook, self.at = hook, at
        self.ends: list[str] = []

    def _called(self, hook: str) -> None:
        self.at -= hook == self.hook
        if hook == self.hook and self.at <= 0:
            raise StopRun("seen enough")

    @hookimpl
    def agentgym_run_started(self, run: Any) -> None:
        self._called("run_started")

    @hookimpl
    def agentgym_episode_finished(self, run: Any, trajectory: Any) -> None:
        self._called("episode_finished")

    @hookimpl
    def agentgym_progress(self, stage: str) -> None:
        self._called("progress")

    @hookimpl
    def agentgym_iteration_finished(self, iteration: int) -> None:
        self._called("iteration_finished")

    @hookimpl
    def agentgym_run_finished(self, run: Any, outcome: str) -> None:
        self.ends.append(outcome)
        self._called("run_finished")


@contextmanager
def watched_by(observer: Stops) -> Iterator[Stops]:
    with plugins().observed(observer, "test"):
        yield observer


@pytest.mark.parametrize(
    ("hook", "at"), [("run_started", 1), ("run_started", 2), ("episode_finished", 2), ("progress", 1), ("progress", 3)]
)
def test_an_observer_that_stops_leaves_the_stage_open(tmp_path: Path, hook: str, at: int) -> None:
    file = written(tmp_path)
    with watched_by(Stops(hook, at)) as observer, pytest.raises(StopRun, match="seen enough"):
        Pipeline(read(file)).run()
    assert set(observer.ends) == {"stopped"}
    assert not list((tmp_path / "kept").glob("stages/*/result.json"))
    results = Pipeline(read(file)).run()
    assert results["demos"] == {"trajectories": 4}
    assert results["student"]["metrics"]["episodes"] == 4
    with Run.open(tmp_path / "kept" / "stages" / "demos" / "run") as run:
        assert len(list(run)) == 4


def test_the_command_says_that_it_was_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path)
    with watched_by(Stops("episode_finished")):
        assert main(["run", str(file)]) == 3
    told = capsys.readouterr()
    assert "stopped: seen enough" in told.err
    assert "the same command" in told.err
    assert "done" not in told.out
    assert main(["run", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["demos"] == {"trajectories": 4}


def test_who_stops_after_the_end_changes_nothing(tmp_path: Path) -> None:
    with watched_by(Stops("run_finished")) as observer:
        assert Pipeline(read(written(tmp_path))).run()["demos"] == {"trajectories": 4}
    assert observer.ends[-1] == "finished"


def test_the_end_of_an_iteration_is_a_good_end(
    tmp_path: Path, toy_world: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def once(self: Algorithm, context: Context, data: Any = ()) -> AlgorithmResult:
        context.iteration_finished(0, {"score": 1.0})
        return AlgorithmResult({})

    monkeypatch.setattr(toy_world, "run", once)
    with watched_by(Stops("iteration_finished")):
        assert main(["run", str(written(tmp_path))]) == 3
    told = capsys.readouterr().err
    assert "stopped: seen enough" in told
    assert "traceback" not in told.lower()
    assert not (tmp_path / "kept" / "stages" / "student" / "result.json").exists()
    assert main(["run", str(written(tmp_path))]) == 0


class Person(Policy):
    """Acts so many times, then quits."""

    def __init__(self, patience: int) -> None:
        self.patience = patience

    async def act(self, request: Request) -> Reply:
        if not self.patience:
            raise StopRun("the person quits")
        self.patience -= 1
        return request.write("add 9")


def test_a_person_who_quits_leaves_the_stage_open(tmp_path: Path) -> None:
    file = written(tmp_path)
    with pytest.raises(StopRun, match="the person quits"):
        Pipeline(read(file), policies={"teacher": Person(1)}).run()
    assert not list((tmp_path / "kept").glob("stages/*/result.json"))
    assert Pipeline(read(file), policies={"teacher": Person(9)}).run()["demos"] == {"trajectories": 4}


@pytest.mark.parametrize("verb", ["collect", "eval"])
def test_collect_and_eval_say_it_too(
    tmp_path: Path, verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    line = [verb, "counting", "--split", "train", "--out", "kept", "--concurrency", "1"]
    with watched_by(Stops("episode_finished")):
        assert main(line) == 3
    told = " ".join(capsys.readouterr().out.split())
    assert "seen enough" in told
    assert "--resume" in told
    assert main([*line, "--resume"]) == 0


def test_seeds_that_were_stopped_are_not_called_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Ended:
        returncode = 3

    monkeypatch.setattr("agentgym_core.cli.seeds.subprocess.run", lambda *_, **__: Ended)
    assert main(["run", str(written(tmp_path)), "--seeds", "1,2"]) == 3
    told = capsys.readouterr().err
    assert "seed 1: stopped" in told
    assert "2 of 2 seeds" in told
