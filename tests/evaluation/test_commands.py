from __future__ import annotations

import json
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from agentgym_core import hookimpl
from agentgym_core.cli import main
from agentgym_core.config import ComponentConfig
from agentgym_core.environment import Description, Environment, TaskList, unknown_split
from agentgym_core.environments import resolve_environment
from agentgym_core.plugins import Candidate, Plugins, installed, use_plugins
from agentgym_core.specs import EnvironmentSpec, Requirement
from agentgym_core.store import Run
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_data.paper import PAPER
from agentgym_data.suites import AGENTEVAL, STAND_IN, agenteval

HOME = "evaluation_toys"


class CoinConfig(ComponentConfig):
    """Which side wins, and in which tasks the coin breaks."""

    side: str = "heads"
    breaks: tuple[str, ...] = ()


class Coin(Environment):
    """Say the winning side."""

    prefix: ClassVar[str] = "coin"
    sizes: ClassVar[dict[str, int]] = {"train": 4, "eval": 8}
    rounds: ClassVar[int] = 3

    @classmethod
    def describe(cls, config: Any) -> Description:
        return Description(instruction="Call it.", splits=cls.sizes, max_rounds=cls.rounds)

    @classmethod
    def tasks(cls, config: Any, split: str) -> Sequence[Task]:
        if split not in cls.sizes:
            raise unknown_split(cls.prefix, split, cls.sizes)
        ids = [f"{cls.prefix}_{split}_{n}" for n in range(cls.sizes[split])]
        return TaskList(ids, lambda id: Task(id, split, f"coin {int(id[-1]) % 2}", f"print of {id}"))

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        self.task = task
        return "heads or tails?"

    def step(self, action: Action) -> Step:
        if self.task.id in self.config.breaks:
            raise RuntimeError("the coin broke")
        won = action.text == self.config.side
        return Step(f"it is {self.config.side}", float(won), terminated=won)

    def available_actions(self) -> list[str]:
        return ["heads", "tails", "edge", "wait", "look"]

    def expert(self) -> ExpertAction:
        return ExpertAction("I know it.", self.config.side)


class Maze(Coin):
    """Has the official items as a split, and another limit on rounds than the suite."""

    prefix: ClassVar[str] = "maze"
    sizes: ClassVar[dict[str, int]] = {"train": 4, "eval": 30, "agenteval": 25}


class Wordle(Coin):
    """Knows ids that only a file of items names; its evaluation split is smaller than the suite."""

    prefix: ClassVar[str] = "lmrlgym_wordle"
    sizes: ClassVar[dict[str, int]] = {"eval": 20, "more": 40}
    rounds: ClassVar[int] = 8


@pytest.fixture(autouse=True)
def _toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    module = types.ModuleType(HOME)
    for cls in (Coin, Maze, Wordle, CoinConfig):
        setattr(module, cls.__name__, cls)
    config = f"{HOME}:CoinConfig"

    @hookimpl
    def agentgym_environments() -> list[EnvironmentSpec]:
        needs = (Requirement("module", "no_such_engine", "run: pip install no-such-engine"),)
        return [
            EnvironmentSpec(id="coin", target=f"{HOME}:Coin", config=config),
            EnvironmentSpec(id="maze", target=f"{HOME}:Maze", config=config),
            EnvironmentSpec(id="wordle", target=f"{HOME}:Wordle", config=config),
            EnvironmentSpec(id="bird", target=f"{HOME}:Coin", requires=needs),
        ]

    module.agentgym_environments = agentgym_environments  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, HOME, module)
    monkeypatch.chdir(tmp_path)
    core = [candidate for candidate in installed() if candidate.name in ("core", "data", "rewards", "viewer")]
    toys = Candidate("toys", lambda: module, "toys", "1")
    use_plugins(Plugins([*core, toys], allow=None, block=frozenset(), strict=True))
    yield
    use_plugins(None)


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_the_suite_has_the_papers_numbers() -> None:
    assert len(PAPER) == 14
    assert sum(entry.eval for entry in PAPER) == 1160
    assert {entry.id: entry.rounds for entry in PAPER}["webarena"] == 25


def test_eval_reports_and_keeps_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "coin,maze", "--out", "run", "--html", "page.html", "--json"]) == 0
    report = printed(capsys)
    assert report["schema"] == "agentgym.report/1"
    rows = {row["environment"]: row for row in report["groups"]}
    assert rows["coin-v1"]["metrics"]["success"]["value"] == 1.0
    assert (rows["coin-v1"]["suite"], rows["coin-v1"]["max_rounds"]) == ("split:eval", 3)
    assert rows["maze-v1"]["metrics"]["tasks"] == 30
    assert report["overall"][0]["macro_success"]["value"] == 1.0
    assert "Content-Security-Policy" in Path("page.html").read_text()
    assert len(Run.open("run")) == 38
    assert main(["eval", "coin", "--limit", "2"]) == 0
    shown = capsys.readouterr().out
    assert "100.0 %" in shown
    assert "agentgym view runs/eval-coin-expert" in shown


def test_eval_goes_on_where_it_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "coin", "--limit", "3", "--out", "run", "--json"]) == 0
    capsys.readouterr()
    assert main(["eval", "coin", "--out", "run", "--json"]) == 1
    assert "--resume" in capsys.readouterr().err
    assert main(["eval", "coin", "--out", "run", "--resume", "--json"]) == 0
    assert printed(capsys)["groups"][0]["metrics"]["episodes"] == 8
    assert main(["eval", "coin", "--out", "run", "--resume", "--rounds", "2"]) == 1
    assert "other settings" in capsys.readouterr().err


def test_faults_are_told_and_can_be_reported(capsys: pytest.CaptureFixture[str]) -> None:
    broken = ["eval", "coin", "--config", 'breaks=["coin_eval_1"]', "--json"]
    assert main([*broken, "--out", "a"]) == 1
    told = capsys.readouterr().err
    assert "the coin broke" in told
    assert "--max-failed 1" in told
    assert main([*broken, "--out", "b", "--max-failed", "1"]) == 0
    found = printed(capsys)["groups"][0]["metrics"]
    assert (found["scored"], found["episodes"], found["success"]["value"]) == (7, 8, 1.0)
    assert found["outcomes"]["environment_fault"]["count"] == 1


def test_samples_give_pass_at_k(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["eval", "coin", "--policy", "random", "--samples", "4", "--out", "run", "--json"]
    assert main(arguments) == 0
    found = printed(capsys)["groups"][0]["metrics"]
    assert list(found["pass_at"]) == ["1", "2", "4"]
    assert found["pass_at"]["1"]["value"] <= found["pass_at"]["4"]["value"]
    assert found["success"]["method"] in ("wilson-clustered",)


def test_a_suite_names_stand_ins_and_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["eval", "--suite", "agenteval", "--out", "run", "--json"]
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert "12 of 14 environments are not here" in told
    for entry in PAPER:
        assert (f"{entry.id}: " in told) == (entry.id not in ("maze", "wordle"))
    assert "bird: pip install no-such-engine" in told
    assert "--partial" in told
    assert not Path("run").exists()
    assert main([*arguments, "--partial"]) == 0
    report = printed(capsys)
    rows = {row["environment"]: (row["suite"], row["metrics"]["tasks"], row["max_rounds"]) for row in report["groups"]}
    assert rows == {"maze-v1": (AGENTEVAL, 25, 15), "wordle-v1": (STAND_IN, 20, 8)}
    assert [item["suite"] for item in report["overall"]] == [AGENTEVAL, STAND_IN]
    assert len(report["missing"]) == 12
    assert "it has only 20 of 25" in report["notes"][0]
    assert main(["score", "run"]) == 0
    assert "not here: webshop" in capsys.readouterr().out


def test_official_items_come_from_files(tmp_path: Path) -> None:
    def suites() -> dict[str, str]:
        found = agenteval(resolve_environment, items=items, only=["wordle", "maze"])
        return {part.source.spec.id: part.suite for part in found.parts}

    def note() -> str:
        found = agenteval(resolve_environment, items=items, only=["wordle"])
        return found.notes[0]

    items = tmp_path / "items"
    items.mkdir()
    assert suites() == {"maze": AGENTEVAL, "wordle": STAND_IN}
    ids = [f"lmrlgym_wordle_more_{n}" for n in range(25)]
    path = items / "lmrlgym_wordle_test.json"
    path.write_text(json.dumps([{"item_id": id, "conversations": None} for id in ids]))
    assert suites() == {"maze": AGENTEVAL, "wordle": AGENTEVAL}
    path.write_text(json.dumps(ids[:24]))
    assert "names 24 items, but AgentEval has 25" in note()
    path.write_text(json.dumps([*ids[:24], "lmrlgym_wordle_99"]))
    assert "1 of 25 official items are not among its tasks ('lmrlgym_wordle_99' is one)" in note()
    path.write_text("{")
    assert main(["eval", "wordle", "--suite", "agenteval", "--items", str(items)]) == 1


def test_a_suite_cut_short_is_another_suite(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["eval", "maze", "--suite", "agenteval", "--json"]
    assert main([*arguments, "--limit", "5", "--out", "short"]) == 0
    assert printed(capsys)["groups"][0]["suite"] == "agenteval-first5"
    assert main([*arguments, "--rounds", "2", "--out", "few"]) == 0
    assert printed(capsys)["groups"][0]["suite"] == "agenteval-rounds2"
    assert main([*arguments, "--out", "whole"]) == 0
    monkeypatch.setenv("COLUMNS", "80")
    capsys.readouterr()
    assert main(["eval", "wordle", "--suite", "agenteval", "--limit", "5", "--out", "stand-in"]) == 0
    assert [line[13:32].strip() for line in capsys.readouterr().out.splitlines()[2:4]] == [
        "agenteval-standin-",
        "first5",
    ]
    assert main(["compare", "short", "whole"]) == 1
    assert "another suite: agenteval-first5 against agenteval" in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "name them"),
        (["coin", "--items", "x"], "--suite"),
        (["coin", "--partial"], "--suite"),
        (["--suite", "agenteval", "--tasks", "a"], "leave out"),
        (["coin", "--suite", "agenteval"], "not in agenteval"),
        (["maze", "--suite", "agenteval", "--items", "nowhere"], "no such folder"),
        (["maze", "--suite", "agenteval", "--config", "side=tails"], "maze.side="),
        (["coin", "--split", "nowhere"], "its splits are"),
        (["coin,maze", "--tasks", "coin_eval_1"], "--tasks"),
        (["coin", "--reward-config", "x=1"], "--reward ID"),
        (["coin", "--reward", "nothing"], "no reward is called"),
    ],
)
def test_mistakes_get_a_next_step(arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", *arguments]) == 1
    told = capsys.readouterr().err
    assert word in told
    assert "Traceback" not in told
    assert not Path("runs").exists()


def test_a_spent_budget_and_an_interruption_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["eval", "coin,maze", "--max-seconds", "0", "--out", "a"]) == 3
    shown = " ".join(capsys.readouterr().out.split())
    assert "note: not all was played" in shown
    assert main(["eval", "coin,maze", "--out", "a", "--resume", "--json"]) == 0
    assert not any("not all" in note for note in printed(capsys)["notes"])

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("agentgym_core.cli.recording.run_blocking", interrupted)
    assert main(["eval", "coin", "--out", "b"]) == 130
    assert "--resume" in capsys.readouterr().err
    assert main(["score", "b"]) == 0
    assert "there are no episodes" in capsys.readouterr().out


def test_suite_configuration_reaches_its_environment(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["eval", "maze", "--suite", "agenteval", "--config", "maze.side=tails", "--out", "run", "--json"]
    assert main(arguments) == 0
    assert printed(capsys)["groups"][0]["metrics"]["success"]["value"] == 1.0
    assert next(iter(Run.open("run").trajectories())).actions == ("tails",)


def test_compare(capsys: pytest.CaptureFixture[str]) -> None:
    for policy in ("null", "expert"):
        assert main(["eval", "coin", "--policy", policy, "--out", policy, "--json"]) == 0
    capsys.readouterr()
    assert main(["compare", "null", "expert", "--json", "--html", "c.html"]) == 0
    found = printed(capsys)
    assert found["environments"][0]["verdict"] == "better"
    assert found["notes"] == ["policy: null-v1 against expert-v1"]
    assert "null against expert" in Path("c.html").read_text()
    assert main(["compare", "null", "expert"]) == 0
    assert "better" in capsys.readouterr().out
    assert main(["compare", "null", "nowhere"]) == 1
    assert "no such folder" in capsys.readouterr().err
    assert main(["eval", "coin", "--rounds", "1", "--policy", "null", "--out", "fewer", "--json"]) == 0
    capsys.readouterr()
    assert main(["compare", "fewer", "expert"]) == 1
    assert "another limit on rounds: 1 against 3" in capsys.readouterr().out


def test_score_reads_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "coin", "--policy", "random", "--out", "run", "--json"]) == 0
    before = {path.name: path.read_bytes() for path in Path("run").iterdir()}
    plain = printed(capsys)["groups"][0]["metrics"]["reward"]["value"]
    again = ["score", "run", "--reward", "length_penalty", "--json"]
    assert main(again) == 0
    report = printed(capsys)
    assert report["reward"] == "length_penalty"
    assert report["groups"][0]["metrics"]["reward"]["value"] < plain
    assert {path.name: path.read_bytes() for path in Path("run").iterdir()} == before
    assert sorted(path.name for path in Path().iterdir()) == ["run"]
    assert main([*again, "--out", "scores.jsonl"]) == 0
    lines = [json.loads(line) for line in Path("scores.jsonl").read_text().splitlines()]
    assert len(lines) == 8
    mean = sum(line["score"] for line in lines) / 8
    assert mean == pytest.approx(report["groups"][0]["metrics"]["reward"]["value"])
    assert main(["score", "run", "--out", "no/such/folder"]) == 1


def test_view(capsys: pytest.CaptureFixture[str]) -> None:
    for policy in ("null", "expert"):
        assert main(["eval", "coin", "--policy", policy, "--out", policy, "--json"]) == 0
    capsys.readouterr()
    assert main(["view", "null", "--compare", "expert", "--out", "both.html"]) == 0
    assert "both.html: 8 of 8 and 8 of 8 episodes" in capsys.readouterr().out
    assert main(["view", "null", "--limit", "3"]) == 0
    told = capsys.readouterr()
    assert "3 of 8 episodes" in told.out
    assert "--limit 8" in told.err
    assert Path("null/view.html").is_file()
    assert main(["view", "null", "--limit", "0"]) == 1
    assert main(["view", "null", "--out", "no/such/page.html"]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert list(Path().glob(".*")) == []


def test_a_page_that_cannot_be_finished_leaves_the_old_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "coin", "--out", "run", "--json"]) == 0
    Path("page.html").write_text("old")
    lines = Path("run/trajectories.jsonl").read_bytes().splitlines(keepends=True)
    Path("run/trajectories.jsonl").write_bytes(b"".join([*lines[:4], b"{broken\n", *lines[5:]]))
    assert main(["view", "run", "--out", "page.html"]) == 1
    assert "line 5" in capsys.readouterr().err
    assert Path("page.html").read_text() == "old"
    assert sorted(path.name for path in Path().iterdir()) == ["page.html", "run"]


def test_only_tasks_of_some_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "coin", "--kinds", "coin 1", "--out", "odd", "--limit", "3", "--json"]) == 0
    assert printed(capsys)["groups"][0]["metrics"]["tasks"] == 3
    assert {trajectory.key.task[-1] for trajectory in Run.open("odd")} == {"1", "3", "5"}
    assert main(["eval", "coin", "--out", "all", "--json"]) == 0
    assert len(printed(capsys)["groups"][0]["kinds"]) == 2
    assert main(["score", "all", "--kinds", "coin 1", "--json"]) == 0
    report = printed(capsys)
    assert (report["groups"][0]["metrics"]["tasks"], report["name"]) == (4, "all (only coin 1)")
    assert main(["compare", "odd", "all", "--kinds", "coin 1", "--json"]) == 0
    assert printed(capsys)["environments"][0]["pairing"]["tasks"] == 3
    assert main(["view", "all", "--kinds", "coin 1"]) == 0
    assert "4 of 4 episodes" in capsys.readouterr().out
    assert main(["collect", "coin", "--kinds", "coin 0,coin 1", "--out", "both", "--json"]) == 0
    assert printed(capsys)["played"] == 4
    assert main(["show", "coin", "--kinds", "coin 0"]) == 0
    told = capsys.readouterr().out
    assert "coin_eval_0  (coin 0)" in told
    assert "coin_eval_1" not in told
    assert main(["eval", "maze", "--suite", "agenteval", "--kinds", "coin 0", "--out", "suite", "--json"]) == 0
    assert printed(capsys)["groups"][0]["suite"] == "agenteval-coin 0"


@pytest.mark.parametrize("words", [["eval", "coin"], ["collect", "coin"], ["score", "run"]])
def test_a_kind_that_is_not_there_names_those_that_are(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "coin", "--out", "run", "--json"]) == 0
    assert main([*words, "--kinds", "coin 7"]) == 1
    told = capsys.readouterr().err
    assert "coin 7" in told
    assert "there are: coin 0, coin 1" in told


PIPELINE = """
folder = "{folder}"
policies.teacher = "expert"
policies.weak = "null"
tasks.held = {{environment = "coin", split = "eval"}}
tasks.train = {{environment = "coin"}}
stages = [
    {{name = "demos", kind = "collect", policy = "teacher", tasks = "train"}},
    {{name = "judged", kind = "evaluate", policy = "teacher", tasks = "held"}},
    {more}
]
"""


def test_the_folder_of_a_pipeline_stands_for_what_it_judged(capsys: pytest.CaptureFixture[str]) -> None:
    more = '{name = "before", kind = "evaluate", policy = "weak", tasks = "held"}'
    Path("one.toml").write_text(PIPELINE.format(folder="one", more=""))
    Path("two.toml").write_text(PIPELINE.format(folder="two", more=more))
    assert main(["run", "one.toml"]) == main(["run", "two.toml"]) == 0
    capsys.readouterr()
    assert main(["score", "one", "--json"]) == 0
    assert printed(capsys)["name"] == "one/stages/judged/run"
    assert main(["view", "one"]) == 0
    assert "one/stages/judged/run/view.html" in capsys.readouterr().out
    assert main(["compare", "two/stages/before/run", "one", "--json"]) == 0
    assert printed(capsys)["environments"][0]["verdict"] == "better"
    for command in (["view", "two"], ["score", "two"], ["compare", "one", "two"]):
        assert main(command) == 1
        told = capsys.readouterr().err
        assert "two is the folder of a pipeline" in told
        assert "two/stages/before/run\n  two/stages/judged/run" in told
        assert "demos" not in told
