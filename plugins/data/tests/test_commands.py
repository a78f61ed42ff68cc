from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.environment import Description, Environment
from agentgym_core.errors import StoreLocked
from agentgym_core.plugins import Candidate, Plugins, use_plugins
from agentgym_core.prompts import PromptStyle
from agentgym_core.specs import EnvironmentSpec
from agentgym_core.store import Run
from agentgym_core.types import Action, ExpertAction, Outcome, Step, Task, Trajectory
from agentgym_data import AgentTrajReader

Make = Callable[..., Trajectory]


class Counting(Environment):
    """Say the number that the task names; odd tasks are beyond the expert where the seed is even."""

    description = Description(instruction="Say the number.", splits={"train": 6, "eval": 2}, max_rounds=3)

    @classmethod
    def tasks(cls, config: Any, split: str) -> list[Task]:
        return [Task(f"counting-{split}-{number}", split) for number in range(6 if split == "train" else 2)]

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        self.number = task.id.rpartition("-")[2]
        self.knows = task.id != "counting-train-3"
        return f"The number is {self.number}."

    def step(self, action: Action) -> Step:
        right = action.text == self.number
        return Step("Right." if right else "Wrong.", score=float(right), terminated=True)

    def expert(self) -> ExpertAction:
        return ExpertAction("I read it.", self.number if self.knows else "no idea")


class Pulling(Counting):
    """One that has data to fetch."""

    @classmethod
    def pull(cls, config: Any, folder: Path) -> str:
        if (folder / "offline").exists():
            raise ConnectionError("no route to host")
        (folder / "data.txt").write_text("x")
        return "1 file"


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Any:
    import sys
    from types import ModuleType

    import agentgym_core.builtin
    import agentgym_data.plugin
    from agentgym_core.hooks import hookimpl

    name = "agentgym_tests_store_commands"
    module = ModuleType(name)
    module.Counting, module.Pulling = Counting, Pulling  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, name, module)

    class Announcer:
        @hookimpl
        def agentgym_environments(self) -> list[EnvironmentSpec]:
            return [
                EnvironmentSpec(id="counting", target=f"{name}:Counting"),
                EnvironmentSpec(id="pulling", target=f"{name}:Pulling"),
            ]

    candidates = [
        Candidate("core", lambda: agentgym_core.builtin, "agentgym-core", "0.1.0", "agentgym_core.builtin"),
        Candidate("data", lambda: agentgym_data.plugin, "agentgym-data", "0.1.0", "agentgym_data.plugin"),
        Candidate("counting", Announcer, "counting", "1", "counting"),
    ]
    use_plugins(Plugins.from_environment(candidates))
    yield
    use_plugins(None)


@pytest.fixture
def stored(tmp_path: Path, make_trajectory: Make) -> Path:
    folder = tmp_path / "run"
    with Run.create(folder) as run:
        for number, (outcome, score) in enumerate(
            [(Outcome.SOLVED, 1.0), (Outcome.FAILED, 0.4), (Outcome.TRUNCATED, 0.0), (Outcome.POLICY_FAULT, None)]
        ):
            run.append(make_trajectory(number, outcome, score))
    return folder


@pytest.mark.parametrize(
    ("options", "seeds", "left_out"),
    [
        ([], [0, 1, 2, 3], {}),
        (["--only", "solved"], [0], {"outcome failed": 1, "outcome truncated": 1, "outcome policy_fault": 1}),
        (["--only", "solved", "--only", "failed"], [0, 1], {"outcome truncated": 1, "outcome policy_fault": 1}),
        (["--min-score", "0.4"], [0, 1], {"score under 0.4": 1, "no score": 1}),
    ],
)
def test_export_tells_what_it_left_out(
    stored: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    seeds: list[int],
    left_out: dict[str, int],
) -> None:
    out = tmp_path / "out.jsonl"
    assert main(["export", str(stored), "--to", "agenttraj", "--out", str(out), "--json", *options]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["episodes"], report["left_out"]) == (len(seeds), left_out)
    assert sum(report["outcomes"].values()) == len(seeds)
    assert [trajectory.key.seed for trajectory in AgentTrajReader(out)] == seeds


def test_export_tells_what_agenttraj_cannot(stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(stored), "--to", "agenttraj", "--out", str(tmp_path / "out.json")]) == 0
    out = capsys.readouterr().out
    assert "3 of them are not solved" in out
    assert "out.meta.jsonl" in out


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_flat_export(stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["export", str(stored), "--to", "jsonl", "--out", str(tmp_path / name), "--only", "solved"]) == 0
    out = capsys.readouterr().out
    assert "1 episodes in" in out
    assert "1 left out: outcome failed" in out


def test_export_replaces_nothing_unasked(stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("mine")
    command = ["export", str(stored), "--to", "jsonl", "--out", str(out)]
    assert main(command) == 1
    assert "is there already" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert main([*command, "--force"]) == 0
    assert len(out.read_text().splitlines()) == 4


def test_export_names_a_corrupt_line_and_can_pass_over_it(
    stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stored / "trajectories.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"junk\n" + lines[2] + lines[3])
    command = ["export", str(stored), "--to", "jsonl", "--out", str(tmp_path / "out.jsonl")]
    assert main(command) == 1
    assert "trajectories.jsonl, line 2" in capsys.readouterr().err
    assert main([*command, "--skip-corrupt"]) == 0
    assert "1 corrupt lines passed over" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "status", "told"),
    [
        (["export", "none", "--to", "jsonl", "--out", "x"], 1, "no such folder"),
        (["export", "none", "--to", "csv", "--out", "x"], 1, "no extension is called 'export.csv'"),
        (["export", "none", "--to", "jsonl", "--out", "x", "--only", "great"], 2, "invalid choice"),
        (["import", "none.json", "--out", "run"], 1, "there is no such file"),
        (["data"], 2, "required"),
        (["data", "ids", "none.json"], 1, "there is no such file"),
        (["data", "make", "agenttraj", "--envs", "nonesuch", "--at-most", "2"], 1, "nonesuch"),
        (["data", "make", "agenttraj", "--at-most", "0"], 1, "at least 1"),
        (["data", "pull", "nonesuch"], 1, "nonesuch"),
    ],
)
def test_mistakes_get_a_line_and_a_next_step(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    status: int,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(command) == status
    error = capsys.readouterr().err
    assert error.startswith("agentgym: ")
    assert told in error
    assert "Traceback" not in error
    assert not list(tmp_path.iterdir())


def test_import_then_export_is_the_same_file(
    tmp_path: Path, make_trajectory: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    record = {"conversations": [{"from": "gpt", "loss": True, "value": "Action: é"}], "item_id": "todo_1"}
    source, run, out = tmp_path / "in.json", tmp_path / "run", tmp_path / "out.json"
    source.write_text(json.dumps([record, record], indent=4))
    assert main(["import", str(source), "--out", str(run)]) == 0
    assert "2 episodes in" in (told := capsys.readouterr().out)
    assert "publisher's word" in told
    assert main(["export", str(run), "--to", "agenttraj", "--out", str(out)]) == 0
    assert out.read_bytes() == source.read_bytes()
    assert main(["import", str(source), "--out", str(run)]) == 1
    assert "holds a run already" in capsys.readouterr().err


def test_ids_counts_and_finds_leaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.write_text('["babyai_1", "babyai_1", "todo_2", "x"]')
    second.write_text('[{"item_id": "babyai_1", "conversations": null}]')
    assert main(["data", "ids", str(first), str(second), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["files"][str(first)] == {
        "items": 4,
        "distinct": 3,
        "environments": {"babyai": 2, "todo": 1, "unknown": 1},
        "repeated": {"babyai_1": 2},
        "without_index": 1,
    }
    assert report["in_both"] == ["babyai_1"]
    assert main(["data", "ids", str(first), str(second), "--check"]) == 1
    assert "in both: 1 (training on one leaks into the other)" in capsys.readouterr().out
    assert main(["data", "ids", str(second), "--check"]) == 0


@pytest.mark.usefixtures("installed")
def test_items_of_a_split_are_written(tmp_path: Path) -> None:
    out = tmp_path / "eval.json"
    assert main(["data", "items", "counting", "--out", str(out)]) == 0
    assert [item["item_id"] for item in json.loads(out.read_text())] == ["counting-eval-0", "counting-eval-1"]
    assert main(["data", "items", "counting", "--out", str(out), "--split", "none", "--force"]) == 1


@pytest.mark.usefixtures("installed")
def test_an_expert_set_has_the_size_that_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["data", "make", "agenttraj", "--envs", "counting", "--at-most", "8", "--json", "--out"]
    assert main([*command, str(tmp_path / "a")]) == 0
    made = json.loads(capsys.readouterr().out)["made"][0]
    # Five of the six tasks are within the expert's reach: three are played a second time.
    assert (made["wanted"], made["episodes"], made["tasks"], made["distinct"]) == (8, 8, 5, 5)
    assert made["split_tasks"] == 6
    assert made["outcomes"]["solved"] >= 8
    assert made["outcomes"]["failed"] >= 1
    file = tmp_path / "a" / "counting_train.json"
    reader = AgentTrajReader(file)
    episodes = list(reader)
    assert reader.restored == 8
    assert all(episode.outcome is Outcome.SOLVED and episode.split == "train" for episode in episodes)
    assert len({episode.id for episode in episodes}) == 8
    assert main([*command, str(tmp_path / "b")]) == 0
    assert (tmp_path / "b" / "counting_train.json").read_bytes() == file.read_bytes()
    assert main([*command, str(tmp_path / "c"), "--seed", "5"]) == 0
    assert (tmp_path / "c" / "counting_train.json").read_bytes() != file.read_bytes()


@pytest.mark.usefixtures("installed")
def test_an_expert_set_is_continued_where_it_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["data", "make", "agenttraj", "--envs", "counting", "--at-most", "8", "--out"]
    assert main([*command, str(tmp_path / "a")]) == 0
    assert main([*command, str(tmp_path / "b")]) == 0
    path = tmp_path / "b" / "runs" / "counting" / "trajectories.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]) + lines[3][:20])
    (tmp_path / "b" / "counting_train.json").unlink()
    assert main([*command, str(tmp_path / "b")]) == 0
    first, second = (tmp_path / folder / "counting_train.json" for folder in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    assert path.read_bytes().startswith(b"".join(lines[:3]))
    capsys.readouterr()
    assert main([*command, str(tmp_path / "b"), "--seed", "9"]) == 1
    assert "made with other settings" in capsys.readouterr().err


@pytest.mark.usefixtures("installed")
def test_a_set_beyond_the_experts_reach_is_told_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Counting, "expert", lambda self: ExpertAction("?", "no idea"))
    assert (
        main(["data", "make", "agenttraj", "--envs", "counting", "--at-most", "4", "--out", str(tmp_path / "a")]) == 1
    )
    told = capsys.readouterr()
    assert "0 of 4 episodes" in told.out
    assert "fewer than wanted: counting" in told.err


@pytest.mark.usefixtures("installed")
def test_sets_of_what_is_not_installed_are_left_out_aloud(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "make", "agenttraj", "--out", str(tmp_path / "a"), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["made"] == []
    assert "pip install" in report["left_out"]["babyai"]
    assert report["left_out"]["webarena"] == "AgentTraj has none of it"


@pytest.mark.usefixtures("installed")
def test_pull_calls_the_environment_or_says_that_there_is_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["data", "pull", "pulling"]) == 0
    assert capsys.readouterr().out == "1 file\n"
    assert (tmp_path / "data" / "pulling" / "data.txt").read_text() == "x"
    (tmp_path / "data" / "pulling" / "offline").touch()
    assert main(["data", "pull", "pulling"]) == 1
    assert "could not be fetched" in (told := capsys.readouterr().err)
    assert "check the network" in told
    assert main(["data", "pull", "counting"]) == 1
    assert "has no official data that it can fetch" in capsys.readouterr().err


def test_prompts_of_a_file_are_written_as_a_style(
    tmp_path: Path, reference: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "style.json"
    source = reference / "agenttraj" / "textcraft.jsonl.gz"
    assert main(["data", "prompts", str(source), "--out", str(out), "--json"]) == 0
    style = PromptStyle.from_json(out.read_text())
    assert style.name == "textcraft"
    assert [message.role for message in style.opening] == ["user", "assistant"]
    assert style.opening[1].loss is False
    assert json.loads(capsys.readouterr().out)["digest"] == style.digest
    assert main(["data", "prompts", str(source), "--out", str(out)]) == 1


def test_a_locked_run_is_named_by_its_process(tmp_path: Path) -> None:
    with Run.create(tmp_path), pytest.raises(StoreLocked, match=str(os.getpid())):
        Run.create(tmp_path)
