"""Splits, ids, and what keeps evaluation apart from training."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError, TaskNotFound
from agentgym_core.types import digest
from agentgym_env_babyai.game import Game
from agentgym_env_babyai.levels import LEVELS
from agentgym_env_babyai.tasks import LIMITS

Source = Callable[..., EnvironmentSource]


def content(game: Game) -> str:
    """A digest of all that decides an episode."""
    env = game.env
    inside = [thing.contains.color for thing in env.grid.grid if thing is not None and thing.contains is not None]
    held = env.carrying and [env.carrying.type, env.carrying.color]
    place = [int(env.agent_pos[0]), int(env.agent_pos[1]), int(env.agent_dir)]
    return digest([env.grid.encode().tolist(), place, env.mission, held, inside])


def test_splits_have_their_sizes(source: Source) -> None:
    babyai = source()
    assert dict(babyai.splits) == SIZES
    assert {split: len(babyai.tasks(split)) for split in babyai.splits} == SIZES
    assert babyai.description.evaluation == ("eval", "agenteval")
    assert babyai.description.max_rounds == 20
    assert Counter(task.kind for task in babyai.tasks("eval")) == dict.fromkeys(LEVELS, 20)
    # The two smallest levels have no more layouts than that.
    train = dict.fromkeys(LEVELS, 100) | {"GoToObjS4": 90, "OpenRedDoor": 85}
    assert Counter(task.kind for task in babyai.tasks("train")) == train
    assert {task.kind for task in babyai.tasks("train")[:40]} == set(LEVELS)


SIZES = {"train": 3975, "eval": 800, "agenteval": 238, "agenttraj": 1615}


def test_ids_and_fingerprints_are_distinct(source: Source) -> None:
    tasks = [task for split in source().splits for task in source().tasks(split)]
    assert len({task.id for task in tasks}) == len(tasks)
    # Three layouts of GoToObjS4 stand in AgentTraj twice.
    assert len({task.fingerprint for task in tasks}) == len(tasks) - 3


def test_equal_content_has_equal_fingerprints(source: Source) -> None:
    """The smallest level, where layouts come again soonest, and a pair that draws alike from one seed."""
    seen: dict[str, str] = {}
    babyai = source(levels=["GoToObjS4", "SynthSeq", "BossLevel"], train=20, eval=20)
    for split in babyai.splits:
        for task in babyai.tasks(split):
            if task.kind in ("GoToObjS4", "SynthSeq", "BossLevel"):
                print_ = content(Game(task.data.level, task.data.seed))
                assert seen.setdefault(print_, task.fingerprint) == task.fingerprint, task.id


@pytest.mark.slow
def test_no_content_stands_in_two_tasks(source: Source) -> None:
    seen: dict[str, str] = {}
    babyai = source(train=LIMITS["train"], eval=LIMITS["eval"])
    for split in babyai.splits:
        for task in babyai.tasks(split):
            print_ = content(Game(task.data.level, task.data.seed))
            assert seen.setdefault(print_, task.fingerprint) == task.fingerprint, task.id


def test_official_ids_name_their_level_and_seed(source: Source) -> None:
    task = source().find("babyai_1804")
    assert (task.kind, task.data.level, task.data.seed) == ("GoToLocalS8N7", "GoToLocalS8N7", 45)


@pytest.mark.parametrize(
    "id",
    [
        "babyai_-1",
        "babyai_99999999999999999999",
        "babyai_007",
        "babyai_x",
        "babyai_11",
        "babyai-GoToDoor-1",
        "babyai-x",
        "",
    ],
)
def test_unknown_ids_are_refused(source: Source, id: str) -> None:
    with pytest.raises(TaskNotFound):
        source().find(id)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"levels": ["GoToMoon"]}, "GoToMoon"),
        ({"levels": []}, "there must be one"),
        ({"levels": ["Open", "Open"]}, "differ"),
        ({"train": 0}, "train"),
        ({"eval": 10_000}, "eval"),
        ({"level": ["Open"]}, "levels"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(source: Source, config: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        source(**config)


def test_listing_starts_no_engine() -> None:
    program = (
        "import sys\n"
        "from agentgym_core.environments import resolve_environment\n"
        "babyai = resolve_environment('babyai')\n"
        "assert sum(1 for split in babyai.splits for _ in babyai.tasks(split)) > 5000\n"
        "assert not {'minigrid', 'gymnasium', 'pygame'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_files_name_the_official_items(source: Source, tmp_path: Path) -> None:
    path = tmp_path / "babyai_test.json"
    path.write_text(
        '[{"item_id": "babyai_2004", "conversations": null}, {"item_id": "babyai_12875", "conversations": []}]'
    )
    babyai = source(agenteval=str(path))
    assert [task.id for task in babyai.tasks("agenteval")] == ["babyai_2004", "babyai_12875"]
    # What the file does not name is no evaluation item any more, and no training item either.
    with pytest.raises(TaskNotFound):
        babyai.find("babyai_1840")


@pytest.mark.parametrize("text", ["[]", '["babyai_-3"]', '["maze_1"]', "{", '[{"id": 1}]'])
def test_files_that_hold_something_else_are_refused(source: Source, tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"odd\.json"):
        source(agenttraj=str(path)).splits  # noqa: B018
    with pytest.raises(ConfigError, match="absent"):
        source(agenteval=str(tmp_path / "absent")).splits  # noqa: B018


def test_every_published_id_is_in_its_split(source: Source, item_ids: Path) -> None:
    babyai = source()
    for name, split, count in (("test", "agenteval", 90), ("train", "agenttraj", 810)):
        path = item_ids / f"babyai_{name}.json"
        ids = [item if isinstance(item, str) else item["item_id"] for item in json.loads(path.read_text())]
        assert len(set(ids)) == count
        assert {babyai.find(id).split for id in ids} == {split}
        exact = source(**{split: str(path)})
        assert [task.id for task in exact.tasks(split)] == list(dict.fromkeys(ids))
