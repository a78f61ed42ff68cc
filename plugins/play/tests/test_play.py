from __future__ import annotations

import io
from pathlib import Path
from typing import Any, ClassVar

import pytest

from agentgym_core import Description, hookimpl
from agentgym_core.cli import main
from agentgym_core.config import ComponentConfig
from agentgym_core.environment import Environment
from agentgym_core.environments import resolve_environment
from agentgym_core.plugins import Candidate, Plugins, installed, use_plugins
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.specs import EnvironmentSpec
from agentgym_core.store import Run
from agentgym_core.types import Action, ExpertAction, Outcome, Step, Task


class DoorConfig(ComponentConfig):
    """What has to be said."""

    word: str = "open"


class Door(Environment):
    """One door: the word opens it."""

    description: ClassVar[Description] = Description(
        instruction="Get through the DOOR.", splits={"test": 2, "train": 3}, max_rounds=4, expert_score=1.0
    )

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        return f"Door of {task.id} is shut."

    def step(self, action: Action) -> Step:
        if action.text == self.config.word:
            return Step("The door is OPEN.", score=1.0, terminated=True)
        return Step(f"Nothing happens. {action.text}\x1b[2J")

    def available_actions(self) -> list[str]:
        return ["knock", self.config.word]

    def expert(self) -> ExpertAction:
        return ExpertAction("it is shut", self.config.word)


class _Announcer:
    @hookimpl
    def agentgym_environments(self) -> list[EnvironmentSpec]:
        return [EnvironmentSpec(id="door", target=f"{__name__}:Door", config=f"{__name__}:DoorConfig")]


@pytest.fixture(autouse=True)
def _door(monkeypatch: pytest.MonkeyPatch) -> Any:
    import sys

    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or _this_module())
    core = [candidate for candidate in installed() if candidate.name in ("core", "play")]
    use_plugins(
        Plugins([*core, Candidate("door", _Announcer, "door", "1")], allow=None, block=frozenset(), strict=True)
    )
    yield
    use_plugins(None)


def _this_module() -> Any:
    import types

    module = types.ModuleType(__name__)
    module.__dict__.update(globals())
    return module


def play(monkeypatch: pytest.MonkeyPatch, typed: str, *arguments: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return main(["play", "door", *arguments])


def test_an_episode_is_played_and_kept(monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert play(monkeypatch, "kick it\n2\n", "--task", "train-1", "--seed", "5", "--out", str(out)) == 0
    shown = capsys.readouterr().out
    assert shown.index("Get through the DOOR.") < shown.index("Door of train-1") < shown.index("The door is OPEN.")
    assert f"solved after 2 rounds, score 1; kept in {out}" in shown
    assert "\x1b" not in shown
    with Run.open(out) as run:
        (trajectory,) = run.trajectories()
        assert run.manifest["components"] == {"environment": "door-v1", "policy": "human-v1"}
        assert run.manifest["seeds"] == {"rollout": 5}
    assert (trajectory.outcome, trajectory.actions) == (Outcome.SOLVED, ("kick it", "open"))
    assert (trajectory.key.policy, trajectory.key.task, trajectory.split) == ("human-v1", "train-1", "train")


def test_the_demonstration_reads_like_any_other_episode(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    play(monkeypatch, "open\n", "--task", "train-1", "--seed", "5", "--out", str(tmp_path / "run"))
    with Run.open(tmp_path / "run") as run:
        (mine,) = run.trajectories()
    source = resolve_environment("door")
    summary = collect([Job(source, source.find("train-1"))], "expert", RolloutSettings(seed=5), keep=True)
    (expert,) = summary.trajectories
    assert mine.actions == expert.actions
    assert [message.role for message in mine.messages] == [message.role for message in expert.messages]
    assert mine.messages[0] == expert.messages[0]
    assert mine.messages[-1].content.endswith("Action:\nopen")


def test_a_second_episode_is_added(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for _ in range(2):
        assert play(monkeypatch, "open\n", "--task", "train-0", "--seed", "1", "--out", str(tmp_path)) == 0
    with Run.open(tmp_path) as run:
        assert [trajectory.key.sample for trajectory in run.trajectories()] == [0, 1]


@pytest.mark.parametrize("typed", ["knock\nquit\n", "knock\n", ""])
def test_quitting_is_no_fault(monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path, typed: str) -> None:
    assert play(monkeypatch, typed, "--out", str(tmp_path)) == 0
    captured = capsys.readouterr()
    assert "cancelled after" in captured.out
    assert captured.err == ""
    with Run.open(tmp_path) as run:
        (trajectory,) = run.trajectories()
    assert trajectory.outcome is Outcome.CANCELLED
    assert trajectory.score is None


def test_the_expert_helps(monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path) -> None:
    assert play(monkeypatch, "help\n?\nopen\n", "--out", str(tmp_path)) == 0
    shown = capsys.readouterr().out
    assert "what an expert would do" in shown
    assert "An expert would: open  (it is shut)" in shown


def test_settings_and_rounds(monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path) -> None:
    assert play(monkeypatch, "open\nsesame\n", "--config", "word=sesame", "--rounds", "1", "--out", str(tmp_path)) == 0
    assert "truncated (rounds) after 1 round, score 0" in capsys.readouterr().out


def test_a_task_is_drawn_from_training_by_the_seed(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> None:
    seen = set()
    for seed in range(8):
        play(monkeypatch, "", "--seed", str(seed), "--out", str(tmp_path / str(seed)))
        first = capsys.readouterr().out.splitlines()[0]
        play(monkeypatch, "", "--seed", str(seed), "--out", str(tmp_path / f"again{seed}"))
        assert capsys.readouterr().out.splitlines()[0] == first
        seen.add(first.split(",")[1])
    assert seen == {f" task train-{number} (train)" for number in range(3)}
    play(monkeypatch, "", "--split", "test", "--out", str(tmp_path / "test"))
    assert "(test)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--task", "none"], "has no task 'none'"),
        (["--split", "dev"], "has no split 'dev'"),
        (["--config", "word"], "--config word: not KEY=VALUE"),
        (["--config", "wrod=x"], "--config.wrod: unknown key, did you mean 'word'?"),
        (["--rounds", "0"], "greater than or equal to 1"),
    ],
)
def test_mistakes_get_a_line_and_leave_no_run(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path, arguments: list[str], says: str
) -> None:
    assert play(monkeypatch, "open\n", *arguments, "--out", str(tmp_path / "run")) in (1, 2)
    captured = capsys.readouterr()
    assert says in captured.err
    assert "Traceback" not in captured.err
    assert not (tmp_path / "run").exists()


def test_a_run_goes_into_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert play(monkeypatch, "open\n") == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.startswith("play-door-")
    with Run.open(folder) as run:
        assert len(list(run.trajectories())) == 1
