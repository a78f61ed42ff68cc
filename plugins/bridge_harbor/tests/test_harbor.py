"""Folders of tasks that Harbor takes, and their parts at work without a container."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agentgym_bridge_harbor.game import Game
from agentgym_core.cli import main
from agentgym_core.errors import EnvironmentFault
from agentgym_core.types import Step

pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")

RULES = (
    "unknown-config-field",
    "unused-harborignore",
    "root-agent",
    "shared-verifier",
    "overlapping-artifacts",
    "artifact-log-overlap",
    "unpinned-python-dependency",
    "verifier-runtime-install",
    "verifier-network-download",
    "agent-image-test-leak",
)
"""Those of `harbor lint` that ask Docker nothing."""

MODELS = """
import sys, warnings
warnings.simplefilter("ignore")
from pathlib import Path
from harbor.models.task.task import Task
for folder in sys.argv[1:]:
    task = Task(Path(folder))
    assert task.instruction.strip()
    assert task.paths.discovered_test_path and task.paths.discovered_solve_path
    print(task.name)
"""


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tasks of TextCraft."""
    out = tmp_path_factory.mktemp("harbor") / "tasks"
    assert main(["export-harbor", "textcraft", "--limit", "2", "--out", str(out)]) == 0
    return out


def folders(tasks: Path) -> list[Path]:
    return sorted(path.parent for path in tasks.glob("*/task.toml"))


@contextmanager
def playing(folder: Path, record: Path, **more: str) -> Iterator[dict[str, str]]:
    """The game of a task, as its container starts it; gives the variables for what runs beside it."""
    compose = json.loads((folder / "environment" / "docker-compose.yaml").read_text(encoding="utf-8"))
    told = {name: value.replace("$$", "$") for name, value in compose["services"]["game"]["environment"].items()}
    here = {"AGENTGYM_PORT": "0", "AGENTGYM_RECORD": str(record), **more}
    command = [sys.executable, "-m", "agentgym_bridge_harbor.game"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **told, **here}) as game:
        try:
            assert game.stdout is not None
            path = f"{folder / 'environment'}{os.pathsep}{os.environ['PATH']}"
            logs = str(record.parent)
            address = game.stdout.readline().strip()
            assert address.startswith("http://")
            yield {
                **os.environ,
                "AGENTGYM_GAME": address,
                "AGENTGYM_RECORD": str(record),
                "AGENTGYM_LOGS": logs,
                "PATH": path,
            }
        finally:
            game.terminate()


def run(*command: Any, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


def test_the_solution_earns_the_whole_reward_and_nothing_done_earns_none(tasks: Path, tmp_path: Path) -> None:
    for folder in folders(tasks):
        for solve, reward in ((True, {"reward": 1.0, "success": 1.0}), (False, {"reward": 0.0, "success": 0.0})):
            record = tmp_path / folder.name / str(solve) / "episode.json"
            with playing(folder, record) as env:
                shown = run("act", env=env)
                assert "Goal: craft" in shown.stdout
                if solve:
                    solved = run("sh", folder / "solution" / "solve.sh", env=env)
                    assert solved.returncode == 0, solved.stderr
                    assert "The episode is over." in run("act", "inventory", env=env).stdout
                tested = run("sh", folder / "tests" / "test.sh", env=env)
            assert tested.returncode == 0, tested.stderr
            assert json.loads((record.parent / "reward.json").read_text()) == reward


def test_an_episode_has_so_many_actions(tasks: Path, tmp_path: Path) -> None:
    with playing(folders(tasks)[0], tmp_path / "episode.json", AGENTGYM_ROUNDS="2") as env:
        assert "over" not in run("act", "inventory", env=env).stdout
        assert "The episode is over." in run("act", "$(touch here) 'quoted\" words", env=env).stdout
    told = json.loads((tmp_path / "episode.json").read_text())
    assert (told["outcome"], told["rounds"], told["score"]) == ("truncated", 2, 0.0)


def test_a_fault_has_no_reward(tasks: Path, tmp_path: Path) -> None:
    class Failing:
        def reset(self, task: str) -> str:
            return "here"

        def step(self, action: str) -> Step:
            raise EnvironmentFault("the engine is gone")

    game = Game(Failing(), "one", 5, tmp_path / "episode.json")  # type: ignore[arg-type]
    assert "failed" in game.act("go")
    env = {**os.environ, "AGENTGYM_RECORD": str(tmp_path / "episode.json"), "AGENTGYM_LOGS": str(tmp_path)}
    tested = run("sh", folders(tasks)[0] / "tests" / "test.sh", env=env)
    assert tested.returncode != 0
    assert "the engine is gone" in tested.stderr
    assert not (tmp_path / "reward.json").exists()
    # A record that never came is no reward either.
    lost = run("sh", folders(tasks)[0] / "tests" / "test.sh", env={**env, "AGENTGYM_RECORD": str(tmp_path / "none")})
    assert lost.returncode != 0
    assert not (tmp_path / "reward.json").exists()


def test_what_a_folder_says(tasks: Path) -> None:
    for folder in folders(tasks):
        told = tomllib.loads((folder / "task.toml").read_text(encoding="utf-8"))
        assert told["metadata"]["split"] == "eval"
        assert told["metadata"]["fingerprint"]
        assert told["verifier"]["environment_mode"] == "separate"
        assert told["agent"]["user"] == "agent"
        # No text that the agent's container holds tells the solution or the score.
        held = "".join(path.read_text(encoding="utf-8") for path in (folder / "environment").iterdir())
        moves = (folder / "solution" / "solve.sh").read_text(encoding="utf-8").splitlines()[2:]
        assert moves
        assert not any(move.removeprefix("act ") in held for move in moves)


@pytest.mark.slow
def test_harbor_takes_them(tasks: Path, peer: Callable[[str], Path]) -> None:
    python = peer("harbor-0.26")
    made = run(python, "-c", MODELS, *folders(tasks), env=dict(os.environ))
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines() == [f"agentgym/{folder.name}" for folder in folders(tasks)]
    rules = [word for rule in RULES for word in ("--select", rule)]
    linted = run(python.parent / "harbor", "lint", *rules, *folders(tasks), env=dict(os.environ))
    assert linted.returncode == 0, linted.stdout + linted.stderr
    # It does look: a field that there is not is found.
    broken = folders(tasks)[0] / "task.toml"
    text = broken.read_text(encoding="utf-8")
    broken.write_text(text.replace("[verifier]", "[verifier]\nretires = 3"), encoding="utf-8")
    try:
        linted = run(python.parent / "harbor", "lint", *rules, broken.parent, env=dict(os.environ))
    finally:
        broken.write_text(text, encoding="utf-8")
    assert linted.returncode == 1
    assert "retires" in linted.stdout
