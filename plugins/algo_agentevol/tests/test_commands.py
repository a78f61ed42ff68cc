from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.pipeline import Pipeline, settings
from agentgym_core.pipeline.load import read
from agentgym_core.store import Run

Evolve = Callable[..., dict[str, Any]]
PIPELINE = """
folder = "{folder}"
seed = {seed}

[policies.novice]
id = "scripted"
config = {{actions = ["open b"]}}

[policies.master]
id = "expert"

[[tasks.narrow]]
environment = "doors"
split = "narrow"

[[tasks.wide]]
environment = "doors"
split = "wide"
limit = 4

[[tasks.wide]]
environment = "gates"
split = "wide"

[[tasks.held]]
environment = "doors"
split = "eval"

[[tasks.held]]
environment = "gates"
split = "eval"

[[stages]]
name = "base"
kind = "evaluate"
policy = "novice"
tasks = "held"

[[stages]]
name = "evolve"
kind = "train"
algorithm = "agentevol"
config = {{learner = "notebook", initial = "narrow", explore = "{explore}", evaluate = "held", iterations = 2}}

[[stages]]
name = "ceiling"
kind = "evaluate"
policy = "master"
tasks = "held"
"""


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    def run(name: str = "run", *, seed: int = 3, explore: str = "wide") -> Path:
        file = tmp_path / f"{name}.toml"
        folder = tmp_path / name
        file.write_text(PIPELINE.format(folder=folder.as_posix(), seed=seed, explore=explore), encoding="utf-8")
        Pipeline(read(file)).run()
        return folder

    return run


Made = Callable[..., Path]


def table(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["evolution", *map(str, arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_table_has_a_row_for_each_step_and_a_column_for_each_environment(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    found = table(capsys, made())
    assert found["columns"] == ["doors", "gates"]
    assert [(row["name"], row["at"]) for row in found["rows"]] == [
        ("base", None),
        ("BC", 0),
        ("iteration 1", 1),
        ("iteration 2", 2),
        ("ceiling", None),
    ]
    ceiling = found["rows"][-1]
    assert (ceiling["success"]["value"], ceiling["cells"]["doors"]["episodes"]) == (1.0, 4)


def test_training_seeds_are_rows_over_several_folders(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    found = table(capsys, made("one"), made("two", seed=4), "--difference", "BC:last", "--gap", "base:ceiling")
    assert all(len(row["cells"]["doors"]["seeds"]) == 2 for row in found["rows"])
    (difference,) = found["differences"]
    assert (difference["a"], difference["b"]) == ("BC", "iteration 2")
    assert {item["pairing"]["by"] for item in difference["environments"]} == {"sample"}
    assert set(found["shares"]) == {"BC", "iteration 1", "iteration 2"}


def test_a_row_of_another_run_stands_beside_them(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = made()
    control = made("other", seed=9) / "stages" / "ceiling" / "run"
    page = tmp_path / "page.html"
    arguments = [str(folder), "--row", f"control={control}", "--difference", "control:last", "--html", str(page)]
    assert main(["evolution", *arguments]) == 0
    said = capsys.readouterr().out
    assert "iteration 2" in said
    assert "control" in said
    text = page.read_text(encoding="utf-8")
    assert text.count("<polyline") == 3
    assert not re.search(r"(?:src|href)\s*=|url\(|<script", text)


def test_a_kept_file_stands_for_its_folder(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [made("one"), made("two", seed=4), made("three", seed=5)]
    asked = ("--difference", "BC:last", "--gap", "base:ceiling", "--title", "table")
    whole = table(capsys, *folders, *asked)
    files = [tmp_path / "kept" / f"seed-{number}.json" for number in range(3)]
    for folder, file in zip(folders, files, strict=True):
        table(capsys, folder, "--keep", file)
        assert file.stat().st_size < 4_000
        assert str(tmp_path) not in file.read_text(encoding="utf-8")
    assert _figures(table(capsys, *files, *asked)) == _figures(whole)
    # One that goes on elsewhere: some seeds are files, others folders.
    assert _figures(table(capsys, files[0], folders[1], files[2], *asked)) == _figures(whole)


def _figures(found: Any) -> Any:
    """A table without what a file does not keep: rewards, and remarks on replies."""
    drop = {"reward", "reasons", "notes", "outcomes_a", "outcomes_b"}
    if isinstance(found, dict):
        return {name: _figures(value) for name, value in found.items() if name not in drop}
    return [_figures(each) for each in found] if isinstance(found, list) else found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "is no kept evolution"),
        ("what", "cannot be read"),
        (
            '{"schema": "agentgym.evolution/1", "rows": [{"name": "BC", "at": 0, "results": {"0": "1"}}], "sets": {}}',
            "damaged",
        ),
    ],
)
def test_another_file_is_told_from_a_kept_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    file = tmp_path / "other.json"
    file.write_text(text, encoding="utf-8")
    assert main(["evolution", str(file)]) == 1
    assert said in capsys.readouterr().err


def test_one_file_keeps_one_seed(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(made())
    assert main(["evolution", folder, folder, "--keep", str(tmp_path / "x.json")]) == 1
    assert "--keep writes one training seed" in capsys.readouterr().err


def test_a_stage_of_its_own_is_an_evolution_too(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    rows = table(capsys, made() / "stages" / "evolve")["rows"]
    assert [row["name"] for row in rows] == ["BC", "iteration 1", "iteration 2"]


def test_an_unfinished_iteration_is_not_in_the_table(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made()
    (folder / "stages" / "evolve" / "stages" / "evaluate-2" / "result.json").unlink()
    assert [row["at"] for row in table(capsys, folder)["rows"]] == [None, 0, 1, None]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--row", "control"], "not NAME=RUN"),
        (["--difference", "BC"], "not A:B"),
        (["--difference", "BC:iteration 9"], "no row 'iteration 9'"),
        (["--row", "BC=x"], "no run folder"),
    ],
)
def test_mistakes_are_one_line_and_a_next_step(
    made: Made, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["evolution", str(made()), *arguments]) == 1
    assert said in capsys.readouterr().err


def test_a_folder_without_an_evolution(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("evolution", "lineage"):
        assert main([command, str(tmp_path)]) == 1
        assert "holds no evolution" in capsys.readouterr().err


def lineage(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    capsys.readouterr()
    assert main(["lineage", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_shares_of_a_learning_step_by_stage_and_environment(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made()
    found = lineage(capsys, folder)
    assert list(found) == ["bc", "learn-1", "learn-2"]
    assert [(row["stage"], row["environment"], row["trajectories"]) for row in found["bc"]] == [("initial", "doors", 3)]
    for step in found.values():
        assert sum(row["share"] for row in step) == pytest.approx(1)
    explored = [row for row in found["learn-1"] if row["stage"] == "explore-1"]
    assert {row["environment"] for row in explored} <= {"doors", "gates"}
    # This learner says of each of its rows that two tokens of five are learned.
    assert all(row["tokens"] == 2 * row["trajectories"] for step in found.values() for row in step)
    assert lineage(capsys, folder, "--iteration", 1) == {"learn-1": found["learn-1"]}


def test_a_trajectory_leads_back_to_run_policy_and_what_that_had_learned_from(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = made()
    place = folder / "stages" / "evolve"
    with Run.open(place / "stages" / "explore-2" / "run") as run:
        wins = [t for t in run.trajectories() if t.score == 1]
    way = lineage(capsys, folder, "--trajectory", wins[0].id)
    assert (way["stage"], way["iteration"], way["task"]) == ("explore-2", 2, wins[0].key.task)
    assert Path(way["run"]) == place / "stages" / "explore-2" / "run"
    assert way["learned_in"] == {"learn-2": {"weight": 1.0, "turns": None}}
    assert [step["step"] for step in way["policy_learned_from"]] == ["learn-1", "bc"]
    assert way["policy_learned_from"][1]["trajectories"] == {"initial": 3}
    assert main(["lineage", str(folder), "--trajectory", wins[0].id]) == 0
    assert "its policy was made in learn-1" in capsys.readouterr().out


def test_a_token_leads_back_to_its_turn(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made()
    with Run.open(folder / "stages" / "evolve" / "stages" / "initial" / "run") as run:
        first = next(run.trajectories())
    said = lineage(capsys, folder, "--iteration", 0, "--token", "0:3")
    assert (said["trajectory"], said["trained"], said["turn"], said["stage"]) == (first.id, True, 0, "initial")
    assert said["policy_learned_from"] == []
    prompt = lineage(capsys, folder, "--iteration", 0, "--token", "0:1")
    assert (prompt["trained"], prompt["turn"]) == (False, None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--trajectory", "nobody"], "no trajectory 'nobody'"),
        (["--token", "0:0"], "of which learning step?"),
        (["--token", "0:9", "--iteration", "0"], "this one of 5 tokens"),
        (["--token", "99:0", "--iteration", "0"], "has 3 rows"),
        (["--token", "x", "--iteration", "0"], "not ROW:POSITION"),
        (["--iteration", "9"], "no learning step 'learn-9'"),
    ],
)
def test_what_is_not_there_is_said(
    made: Made, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["lineage", str(made()), *arguments]) == 1
    assert said in capsys.readouterr().err


def test_one_set_of_tasks_over_several_environments_is_explored_and_judged_whole(made: Made) -> None:
    stages = made() / "stages" / "evolve" / "stages"
    for name, expected in (("explore-1", {"doors": 4, "gates": 9}), ("evaluate-1", {"doors": 4, "gates": 4})):
        counts: dict[str, int] = {}
        with Run.open(stages / name / "run") as run:
            for trajectory in run.trajectories():
                counts[trajectory.environment] = counts.get(trajectory.environment, 0) + 1
        assert counts == expected


@pytest.mark.parametrize("initial", [["doors"], ["doors", "gates"]])
@pytest.mark.parametrize("explore", [["gates"], ["doors", "gates"]])
def test_cloning_and_evolution_each_on_one_environment_or_on_all(
    tmp_path: Path, initial: list[str], explore: list[str], lessons: list[dict[str, Any]]
) -> None:
    checked = settings(
        {
            "folder": str(tmp_path / "run"),
            "tasks": {
                "initial": [{"environment": name, "split": "narrow", "limit": 2} for name in initial],
                "explore": [{"environment": name, "split": "wide"} for name in explore],
            },
            "stages": [
                {
                    "name": "evolve",
                    "kind": "train",
                    "algorithm": "agentevol",
                    "config": {"learner": "notebook", "initial": "initial", "explore": "explore", "iterations": 1},
                }
            ],
        }
    )
    row = Pipeline(checked).run()["evolve"]["metrics"]["iterations"][1]
    assert len(lessons[0]["data"]) == 2 * len(initial)
    assert row["explored"] == 9 * len(explore)
