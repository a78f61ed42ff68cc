"""The experiment with a tiny budget, and what it says before it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NEEDED = ("torch", "agentgym_algo_bc", "agentgym_algo_grpo", "agentgym_algo_agentevol", "agentgym_policy_transformers")
TINY = (
    *(f"tasks.{name}.{place}.limit=4" for name in ("narrow", "wide", "held_out") for place in range(6)),
    *(f"stages.{name}.config.max_steps=3" for name in ("clone", "control", "large")),
    "stages.evolve.config.learner_config.max_steps=3",
    "stages.evolve.config.iterations=1",
    "stages.grpo.config.iterations=1",
    "stages.grpo.config.tasks_per_iteration=1",
    "stages.grpo.config.samples=2",
    "rollout.sampling.max_tokens=4",
    "rollout.max_rounds=2",
)


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for name in NEEDED:
        pytest.importorskip(name, reason=f"the experiment needs {name}: make setup-learn")
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import _study

    return _study


def run(tmp_path: Path, *more: str) -> str:
    changes = [word for change in TINY for word in ("--set", change)]
    places = ["--folder", str(tmp_path / "runs"), "--results", str(tmp_path / "results")]
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "experiment.py"), "--jobs", "1", *places, *changes, *more],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "COLUMNS": "200"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.timeout(900)
def test_a_finished_seed_is_a_small_file_that_another_machine_goes_on_from(study: ModuleType, tmp_path: Path) -> None:
    said = run(tmp_path, "--seeds", "1")
    assert "0 of 1 runs are done" in said
    assert "One seed ranks nothing" in said
    (file,) = (tmp_path / "results").iterdir()
    record = json.loads(file.read_text(encoding="utf-8"))
    assert [row["name"] for row in record["rows"]] == ["BC", "iteration 1", "control", "large", "grpo"]
    cost = record["cost"]
    assert cost["processor_seconds"] > 0
    assert 0 < cost["train_seconds"] + cost["generate_seconds"] < cost["wall_seconds"]
    assert min(cost["generated_tokens_per_second"], cost["trained_tokens_per_second"]) > 0
    assert file.stat().st_size < 20_000
    # On a machine that has the file alone nothing is run again, and the table is the same.
    (tmp_path / "runs").rename(tmp_path / "gone")
    again = run(tmp_path, "--seeds", "1")
    assert "1 of 1 runs are done" in again
    assert said.partition("success")[2] == again.partition("success")[2] != ""
    assert not (tmp_path / "runs").exists()
    told = run(tmp_path, "--seeds", "1,2,3", "--only-tell")
    assert "1 of 3 runs are done" in told
    assert "by what 1 that are done took" in told
    assert not study.Study(tmp_path / "results", "another set-up").done(1)
    # Gone on with in a folder where it had begun: the same rows, and no cost, since nobody knows what the first part took.
    file.unlink()
    (tmp_path / "gone").rename(tmp_path / "runs")
    run(tmp_path, "--seeds", "1")
    resumed = json.loads(file.read_text(encoding="utf-8"))
    assert resumed == {**record, "cost": {}}
    assert "a guess: none was measured yet" in run(tmp_path, "--seeds", "1,2", "--only-tell")


def test_what_so_many_seeds_can_tell_is_said_by_the_spread_of_those_that_are_done(
    study: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from agentgym_algo_agentevol.kept import KeptRow
    from agentgym_core.evaluation.rows import row
    from agentgym_core.types import EpisodeKey, Outcome, Trajectory

    def played(name: str, wins: int) -> KeptRow:
        episodes = []
        for number in range(20):
            key = EpisodeKey("maze-v1", "", f"t{number}", 0)
            outcome = Outcome.SOLVED if number < wins else Outcome.FAILED
            score = float(number < wins)
            episodes.append(row(Trajectory(key.digest, key, "eval", outcome, score=score, success=bool(score))))
        return KeptRow(name, tuple(episodes))

    kept = study.Study(tmp_path, "this set-up")
    for seed, (control, last) in enumerate([(5, 9), (6, 12), (4, 9)]):
        kept.keep(
            seed, [played("control", control), played("last", last)], {"processor_seconds": 60.0, "probe_seconds": 1.0}
        )
    files = kept.files(range(5))
    assert len(files) == 3
    told = []
    for seeds in (3, 12):
        study.tell_the_power(files, [("control", "last")], seeds, 20, 1)
        told.append(capsys.readouterr().out)
    halves = [float(text.partition("about ")[2].partition(" points")[0]) for text in told]
    assert halves[0] > halves[1] > 0
    study.tell_the_power([], [], 8, 100, 4)
    assert "if seeds spread as in the first experiment" in capsys.readouterr().out


def test_differences_are_of_tasks_that_every_seed_has_scored(study: ModuleType) -> None:
    from attrs import evolve

    from agentgym_algo_agentevol.kept import KeptRow
    from agentgym_core.evaluation.rows import row
    from agentgym_core.types import EpisodeKey, Outcome, Trajectory

    def seed(**solved: bool | None) -> list[KeptRow]:
        rows = []
        for name in ("a", "b"):
            episodes = []
            for task, value in solved.items():
                key = EpisodeKey("maze-v1", "", task, 0)
                done = value if name == "b" else False
                trajectory = Trajectory(key.digest, key, "eval", Outcome.SOLVED, score=float(bool(done)), success=done)
                episodes.append(evolve(row(trajectory), success=done))
            rows.append(KeptRow(name, tuple(episodes)))
        return rows

    found = study.differences([seed(t=True, u=None, v=False), seed(t=False, u=True, v=True)], "a", "b")
    assert found == {"maze-v1": [[1.0, 0.0], [0.0, 1.0]]}
