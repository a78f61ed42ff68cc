"""The official folder, on a small stand-in: ids, schemas, evidence, and what is wrong with real data."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ComponentUnavailable, ConfigError, EnvironmentFault, TaskNotFound
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Action
from agentgym_env_bird.environment import BirdEnvironment

from .conftest import RECORDS

Source = Callable[..., EnvironmentSource]
NUMBERS: list[tuple[list[dict[str, int]], str]] = [
    ([{"question_id": 3}, {"question_id": 3}], "entries 0 and 1 both count as number 3"),
    ([{"question_id": 1}, {}], "entries 0 and 1 both count as number 1"),
    ([{"question_id": 1534}], "has the question_id 1534"),
    ([{"question_id": -1}], "has the question_id -1"),
]


def test_ids_are_the_originals(source: Source, official: Path) -> None:
    bird = source(data=str(official))
    assert dict(bird.splits) == {"train": 5, "dev": 5}
    assert [task.id for task in bird.tasks("train")] == [f"sqlgym_{n}" for n in range(5)]
    assert [task.id for task in bird.tasks("dev")] == [f"sqlgym_{n}" for n in range(9428, 9433)]
    assert bird.find("sqlgym_9429").data.question.text == "Who plays for Rome?"
    assert bird.find("sqlgym_9429").split == "dev"
    for id in ("sqlgym_5", "sqlgym_-1", "sqlgym_9433", "sqlgym_10962", "bird-clinic-1"):
        with pytest.raises(TaskNotFound):
            bird.find(id)
    assert "dev" in bird.description.evaluation
    assert bird.find("sqlgym_1").fingerprint == bird.find("sqlgym_9429").fingerprint


def test_dev_keeps_its_ids_without_train(source: Source, official: Path) -> None:
    shutil.rmtree(official / "train")
    (official / "dev").rename(official / "dev_20240627")
    bird = source(data=str(official))
    assert dict(bird.splits) == {"dev": 5}
    assert bird.tasks("dev")[0].id == "sqlgym_9428"


def test_the_prompt_shows_original_names(source: Source, official: Path) -> None:
    with GuardedEnvironment(source(data=str(official), evidence=True, samples=1)) as instance:
        text = instance.reset(ResetRequest(task="sqlgym_9429", seed=0)).step.observation
    assert text == (
        "Database: club (SQLite)\n\n"
        "Table Team\n  \"Team ID\" INTEGER, primary key [such as 1]\n  \"order\" TEXT [such as 'a']\n  town TEXT [such as 'Rome']\n\n"
        "Table Player\n  id INTEGER, primary key [such as 1]\n  name TEXT [such as 'Ann']\n"
        "  team INTEGER, refers to Team.\"Team ID\" [such as 1]\n  born TEXT [such as '1990']\n\n"
        "Question: Who plays for Rome?\n\nHint: Rome refers to town = 'Rome'"
    )


def test_answers_are_scored_as_elsewhere(source: Source, official: Path) -> None:
    bird = source(data=str(official))
    summary = collect(
        [Job(bird, bird.find(f"sqlgym_{n}")) for n in (0, 1, 4, 9429)], "expert", RolloutSettings(), keep=True
    )
    assert [episode.score for episode in summary.trajectories] == [1.0] * 4
    with GuardedEnvironment(bird) as instance:
        instance.reset(ResetRequest(task="sqlgym_1", seed=0))
        assert instance.step(Action(text="SELECT name FROM Player WHERE team = 2")).step.score == 0.0


@pytest.mark.parametrize(("id", "says"), [("sqlgym_2", "no such column: nonsense"), ("sqlgym_3", "cannot be read")])
def test_a_defect_of_the_data_is_a_fault_and_no_score(source: Source, official: Path, id: str, says: str) -> None:
    bird = source(data=str(official))
    with GuardedEnvironment(bird) as instance:
        with pytest.raises(EnvironmentFault, match=says):
            instance.reset(ResetRequest(task=id, seed=0))
        instance.reset(ResetRequest(task="sqlgym_0", seed=0))
        assert instance.step(Action(text="SELECT 4")).step.score == 1.0
    settings = RolloutSettings(max_failed_fraction=1.0)
    (episode,) = collect([Job(bird, bird.find(id))], "expert", settings, keep=True).trajectories
    assert (episode.outcome, episode.score) == ("environment_fault", None)


def _rewrite(official: Path, *entries: dict[str, Any]) -> None:
    (official / "dev" / "dev.json").write_text(json.dumps([{**RECORDS[0], **entry} for entry in entries]))


def test_a_shortened_file_keeps_its_ids_by_question_id(source: Source, official: Path) -> None:
    _rewrite(official, {"question_id": 1471, "question": "One?"}, {"question_id": 39})
    bird = source(data=str(official))
    assert [task.id for task in bird.tasks("dev")] == ["sqlgym_10899", "sqlgym_9467"]
    assert bird.find("sqlgym_10899").data.question.text == "One?"


def test_a_shortened_file_without_question_ids_is_told(
    source: Source, official: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _rewrite(official, {}, {})
    assert [task.id for task in source(data=str(official)).tasks("dev")] == ["sqlgym_9428", "sqlgym_9429"]
    assert "dev.json has 2 of 1534 entries and no question_id: ids are places in this file" in caplog.text


def test_a_reference_beyond_the_limit_of_answers_is_told(
    source: Source, official: Path, caplog: pytest.LogCaptureFixture
) -> None:
    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT COUNT(*) FROM n"
    _rewrite(official, {"SQL": count}, {})
    with GuardedEnvironment(source(data=str(official), instructions=100_000)) as instance:
        instance.reset(ResetRequest(task="sqlgym_9428", seed=0))
        assert "task sqlgym_9428: its reference query goes beyond the limit of an answer" in caplog.text
        assert "more than 100,000 instructions" in caplog.text
        step = instance.step(Action(text=count)).step
        assert (step.score, step.info["reference"]) == (0.0, "stopped: the query takes more than 100,000 instructions")
        caplog.clear()
        instance.reset(ResetRequest(task="sqlgym_9428", seed=0))
        assert instance.step(Action(text="SELECT 20000")).step.score == 1.0
        instance.reset(ResetRequest(task="sqlgym_9429", seed=0))
        assert caplog.text.count("goes beyond") == 1
        assert "reference" not in instance.step(Action(text="SELECT 4")).step.info


def _without_databases(dev: Path) -> None:
    shutil.rmtree(dev / "dev_databases")


def _packed(dev: Path) -> None:
    _without_databases(dev)
    (dev / "dev_databases.zip").touch()


def _listed(text: str) -> Callable[[Path], object]:
    return lambda dev: (dev / "dev.json").write_text(text)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (_listed('{"db_id": 1}'), r"cannot be read: Expected `array`, got `object`"),
        (_listed("[{]"), "JSON is malformed"),
        (
            _listed(json.dumps([RECORDS[0], {"db_id": "club", "question": "?"}])),
            r"missing required field `SQL` - at `\$\[1\]`",
        ),
        *(
            (_listed(json.dumps([{**RECORDS[0], "db_id": name}])), r"at `\$\[0\]\.db_id`")
            for name in ("../../secret", "club\n", "", 7)
        ),
        (_listed(json.dumps(RECORDS * 400)), "ids would not be the original's"),
        (_packed, r"unpack .*dev_databases\.zip"),
        (_without_databases, "no folder dev_databases"),
        (lambda dev: shutil.rmtree(dev.parent), "is no folder"),
        (
            lambda dev: (shutil.rmtree(dev), shutil.rmtree(dev.parent / "train")),
            "neither train/train.json nor dev/dev.json",
        ),
        *((_listed(json.dumps([{**RECORDS[0], **entry} for entry in entries])), says) for entries, says in NUMBERS),
    ],
)
def test_what_is_wrong_with_a_folder_is_said(
    source: Source, official: Path, damage: Callable[[Path], object], says: str
) -> None:
    damage(official / "dev")
    with pytest.raises(ConfigError, match=says):
        source(data=str(official)).splits  # noqa: B018


def test_pull_says_where_the_data_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ComponentUnavailable, match="33 GB") as caught:
        BirdEnvironment.pull(None, tmp_path)  # type: ignore[arg-type]
    assert str(tmp_path) in caught.value.hint
    assert main(["data", "pull", "bird", "--out", str(tmp_path)]) != 0
    assert "bird-bench" in capsys.readouterr().err
