from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from attrs import evolve

from agentgym_core.cli import main
from agentgym_core.store import Run
from agentgym_core.types import Message, Outcome, Trajectory
from agentgym_data.diff import Parting, diff

Make = Callable[..., Trajectory]


def _run(folder: Path, episodes: Sequence[Trajectory]) -> Run:
    with Run.create(folder) as run:
        for episode in episodes:
            run.append(episode)
    return Run.open(folder)


def test_runs_that_say_the_same_are_alike_whoever_played(tmp_path: Path, make_trajectory: Make) -> None:
    episodes = [make_trajectory(number) for number in range(3)]
    others = [
        evolve(episode, key=evolve(episode.key, policy="other"), seconds=9.0, messages=(Message("user", "x"),) * 6)
        for episode in reversed(episodes)
    ]
    found = diff(_run(tmp_path / "a", episodes), _run(tmp_path / "b", others))
    assert found.alike
    assert found.same == 3


def test_the_first_difference_is_told(tmp_path: Path, make_trajectory: Make) -> None:
    whole = make_trajectory(0)
    changed = evolve(whole, turns=(whole.turns[0], evolve(whole.turns[1], observation="Not there.")))
    shorter = evolve(make_trajectory(1), turns=whole.turns[:1], outcome=Outcome.TRUNCATED, success=False)
    opened = make_trajectory(2, opening="Elsewhere.")
    ended = make_trajectory(3, Outcome.FAILED, 1.0)
    a = _run(tmp_path / "a", [make_trajectory(number) for number in range(5)])
    b = _run(tmp_path / "b", [changed, shorter, opened, ended, make_trajectory(9)])
    found = diff(a, b)
    assert (found.same, found.only_a, found.only_b, found.alike) == (0, 1, 1, False)
    turns = {parting.task: parting.turn for parting in found.partings}
    assert turns == {"lmrlgym_maze_0": 1, "lmrlgym_maze_1": 1, "lmrlgym_maze_2": -1, "lmrlgym_maze_3": 2}
    there = {"action": "move down", "observation": "There.", "score": 1.0, "ended": True}
    assert found.partings[0] == Parting(
        "maze-v1", "lmrlgym_maze_0", 0, 1, there, {**there, "observation": "Not there."}
    )
    assert found.partings[1].b == {"outcome": "truncated", "score": 1.0}


def test_the_command_tells_where_runs_part(
    tmp_path: Path, make_trajectory: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(tmp_path / "a", [make_trajectory(0)])
    _run(tmp_path / "b", [make_trajectory(0, opening="y" * 500)])
    command = ["data", "diff", str(tmp_path / "a"), str(tmp_path / "b")]
    assert main(command) == 1
    out = capsys.readouterr().out
    assert "part at the start" in out
    assert "0 the same, 1 differ, 0 only in A, 0 only in B" in out
    assert max(map(len, out.splitlines())) < 120
    assert main([*command, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["partings"][0]["turn"] == -1
    assert main(["data", "diff", str(tmp_path / "a"), str(tmp_path / "a")]) == 0
