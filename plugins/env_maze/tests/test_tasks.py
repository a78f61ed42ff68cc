"""Splits, ids, and what keeps evaluation apart from training."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError, TaskNotFound

Source = Callable[..., EnvironmentSource]


def test_splits_have_their_sizes(source: Source) -> None:
    maze = source()
    assert dict(maze.splits) == {"train": 1200, "eval": 240, "agenteval": 25, "agenttraj": 1}
    assert {split: len(maze.tasks(split)) for split in maze.splits} == dict(maze.splits)
    assert maze.description.evaluation == ("eval", "agenteval")
    assert maze.description.max_rounds == 15


def test_no_task_of_the_default_sets_comes_twice(source: Source) -> None:
    maze = source()
    fingerprints = [task.fingerprint for split in maze.splits for task in maze.tasks(split)]
    assert len(set(fingerprints)) == len(fingerprints) == 1466


def test_no_layout_stands_in_train_and_eval(source: Source) -> None:
    maze = source()
    train, evaluation = ({task.data.grid.rows for task in maze.tasks(split)} for split in ("train", "eval"))
    assert not train & evaluation
    assert len(train) > 500
    assert len(evaluation) > 100


def test_every_own_task_fits_the_limit_on_rounds(source: Source) -> None:
    maze = source()
    for split in ("train", "eval"):
        distances = {task.data.grid.distances[task.data.start] for task in maze.tasks(split)}
        assert distances == set(range(3, 13))


def test_official_ids_are_the_original_starts(source: Source) -> None:
    maze = source()
    assert [task.id for task in maze.tasks("agenteval")] == [f"lmrlgym_maze_{n}" for n in range(25)]
    assert maze.find("lmrlgym_maze_13").data.start == (5, 3)
    assert maze.find("lmrlgym_maze_25").data.start == (8, 6)
    assert maze.find("lmrlgym_maze_13").split == "agenteval"


@pytest.mark.parametrize("id", ["lmrlgym_maze_26", "lmrlgym_maze_-1", "maze-train-7x7-1", "maze-eval-7x7-9999", ""])
def test_unknown_ids_are_refused(source: Source, id: str) -> None:
    with pytest.raises(TaskNotFound):
        source().find(id)


def test_configuration_decides_the_generated_mazes_only(source: Source) -> None:
    maze, other = source(), source(seed=1, sizes=[7], loops=0.0)
    assert other.tasks("train")[0].fingerprint != maze.tasks("train")[0].fingerprint
    assert [t.fingerprint for t in other.tasks("agenteval")] == [t.fingerprint for t in maze.tasks("agenteval")]
    assert {len(task.data.grid.rows) for task in other.tasks("eval")} == {7}


def test_longer_ways_get_more_rounds(source: Source) -> None:
    maze = source(sizes=[21], max_distance=40, min_distance=8, train=5, eval=5)
    assert maze.description.max_rounds == 48
    assert all(8 <= task.data.grid.distances[task.data.start] <= 40 for task in maze.tasks("train"))


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"sizes": [8]}, "odd numbers"),
        ({"sizes": []}, "at least one"),
        ({"sizes": [7, 7]}, "differ"),
        ({"min_distance": 13}, "min_distance"),
        ({"observability": "none"}, "observability"),
        ({"size": [7]}, "did you mean 'sizes'"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(source: Source, config: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        source(**config)


def test_every_published_id_is_there_and_leaks_stay_in_evaluation(source: Source) -> None:
    folder = Path(__file__).resolve().parents[3] / ".." / "shared" / "reference" / "item_ids"
    if not folder.is_dir():
        pytest.skip("the published item ids are not here")
    maze = source()
    test, train = (set(json.loads((folder / f"lmrlgym_maze_{name}.json").read_text())) for name in ("test", "train"))
    assert {maze.find(id).split for id in test} == {"agenteval"}
    assert (len(test), len(train), len(test & train)) == (25, 11, 10)
    assert {maze.find(id).split for id in train - test} == {"agenttraj"}
    assert {maze.find(id).split for id in train & test} == {"agenteval"}
