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
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_env_bird.environment import BirdEnvironment
from agentgym_testing.players import Play

from .conftest import RECORDS

Source = Callable[..., EnvironmentSource]


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


def test_the_prompt_shows_original_names(play: Play, official: Path) -> None:
    (opening,) = play("sqlgym_9429", [], data=str(official), evidence=True, samples=1)
    assert opening.observation == (
        "Database: club (SQLite)\n\n"
        "Table Team\n  \"Team ID\" INTEGER, primary key [such as 1]\n  \"order\" TEXT [such as 'a']\n  town TEXT [such as 'Rome']\n\n"
        "Table Player\n  id INTEGER, primary key [such as 1]\n  name TEXT [such as 'Ann']\n"
        "  team INTEGER, refers to Team.\"Team ID\" [such as 1]\n  born TEXT [such as '1990']\n\n"
        "Question: Who plays for Rome?\n\nHint: Rome refers to town = 'Rome'"
    )


@pytest.mark.parametrize(
    ("id", "outcome", "score"),
    [
        *((f"sqlgym_{number}", "solved", 1.0) for number in (0, 1, 4, 9429)),
        *((f"sqlgym_{defect}", "environment_fault", None) for defect in (2, 3)),
    ],
)
def test_experts_answer_and_a_defect_of_the_data_is_a_fault_and_no_score(
    source: Source, official: Path, id: str, outcome: str, score: float | None
) -> None:
    bird = source(data=str(official))
    settings = RolloutSettings(max_failed_fraction=1.0)
    (episode,) = collect([Job(bird, bird.find(id))], "expert", settings, keep=True).trajectories
    assert (episode.outcome, episode.score) == (outcome, score)


@pytest.mark.parametrize(("id", "says"), [("sqlgym_2", "no such column: nonsense"), ("sqlgym_3", "cannot be read")])
def test_a_defect_of_the_data_is_named(play: Play, official: Path, id: str, says: str) -> None:
    with pytest.raises(EnvironmentFault, match=says):
        play(id, [], data=str(official))


def _rewrite(official: Path, *entries: dict[str, Any]) -> None:
    (official / "dev" / "dev.json").write_text(json.dumps([{**RECORDS[0], **entry} for entry in entries]))


def test_a_shortened_file_keeps_its_ids_by_question_id(source: Source, official: Path) -> None:
    """Whatever date the folder has, and without the other split."""
    _rewrite(official, {"question_id": 1471, "question": "One?"}, {"question_id": 39})
    shutil.rmtree(official / "train")
    (official / "dev").rename(official / "dev_20240627")
    bird = source(data=str(official))
    assert [(task.id, task.split) for task in bird.tasks("dev")] == [("sqlgym_10899", "dev"), ("sqlgym_9467", "dev")]
    assert bird.find("sqlgym_10899").data.question.text == "One?"
    assert dict(bird.splits) == {"dev": 2}


def test_a_shortened_file_without_question_ids_is_told(
    source: Source, official: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _rewrite(official, {}, {})
    assert [task.id for task in source(data=str(official)).tasks("dev")] == ["sqlgym_9428", "sqlgym_9429"]
    assert "dev.json has 2 of 1534 entries and no question_id: ids are places in this file" in caplog.text


def test_a_reference_beyond_the_limit_of_answers_is_told(
    play: Play, official: Path, caplog: pytest.LogCaptureFixture
) -> None:
    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT COUNT(*) FROM n"
    _rewrite(official, {"SQL": count}, {})
    config = {"data": str(official), "instructions": 100_000}
    _, step = play("sqlgym_9428", [count], **config)
    assert "task sqlgym_9428: its reference query goes beyond the limit of an answer" in caplog.text
    assert "more than 100,000 instructions" in caplog.text
    assert (step.score, step.info["reference"]) == (0.0, "stopped: the query takes more than 100,000 instructions")
    assert play("sqlgym_9428", ["SELECT 20000"], **config)[-1].score == 1.0
    caplog.clear()
    _, step = play("sqlgym_9429", ["SELECT 4"], **config)
    assert "reference" not in step.info
    assert "goes beyond" not in caplog.text


def _packed(dev: Path) -> None:
    shutil.rmtree(dev / "dev_databases")
    (dev / "dev_databases.zip").touch()


def _listed(*entries: object) -> Callable[[Path], object]:
    return lambda dev: (dev / "dev.json").write_text(json.dumps(entries))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda dev: (dev / "dev.json").write_text("[{]"), "JSON is malformed"),
        (_listed(RECORDS[0], {"db_id": "club", "question": "?"}), r"missing required field `SQL` - at `\$\[1\]`"),
        *(
            (_listed({**RECORDS[0], "db_id": name}), r"at `\$\[0\]\.db_id`")
            for name in ("../../secret", "club\n", "", 7)
        ),
        (_listed(*RECORDS[:1] * 1535), "entry 1534 counts as number 1534, but BIRD's dev has 0 to 1533"),
        (_packed, r"unpack .*dev_databases\.zip"),
        (lambda dev: shutil.rmtree(dev / "dev_databases"), "no folder dev_databases"),
        (lambda dev: shutil.rmtree(dev.parent), "is no folder"),
        (
            lambda dev: [shutil.rmtree(split) for split in dev.parent.iterdir()],
            "neither train/train.json nor dev/dev.json",
        ),
        (_listed(*[{**RECORDS[0], "question_id": 3}] * 2), "entries 0 and 1 both count as number 3"),
        (_listed({**RECORDS[0], "question_id": 1}, RECORDS[0]), "entries 0 and 1 both count as number 1"),
        (_listed({**RECORDS[0], "question_id": 1534}), "entry 0 counts as number 1534"),
        (_listed({**RECORDS[0], "question_id": -1}), "entry 0 counts as number -1"),
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
