"""Splits, ids, and what keeps evaluation apart from training."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import TaskNotFound
from agentgym_core.types import digest
from agentgym_env_bird import own

Source = Callable[..., EnvironmentSource]


def test_splits_have_their_sizes(source: Source) -> None:
    bird = source()
    assert dict(bird.splits) == {"train": 200, "eval": 100}
    assert {split: len(bird.tasks(split)) for split in bird.splits} == dict(bird.splits)
    assert bird.description.max_rounds == 1
    assert "eval" in bird.description.evaluation


def test_no_database_is_in_both_splits(source: Source) -> None:
    bird = source()
    train, evaluation = ({task.data.question.database for task in bird.tasks(split)} for split in ("train", "eval"))
    assert not train & evaluation
    assert (len(train), len(evaluation)) == (8, 4)
    schemas = {database: digest(own.ddl(database)) for database in train | evaluation}
    assert len(set(schemas.values())) == 12


def test_fingerprints_are_those_of_the_content(source: Source) -> None:
    bird = source()
    tasks = [task for split in bird.splits for task in bird.tasks(split)]
    assert len({task.fingerprint for task in tasks}) == len({task.id for task in tasks}) == 300
    task = bird.find("bird-clinic-3")
    question = own.questions("clinic")[2]
    assert task.fingerprint == digest([own.ddl("clinic"), question.text, question.gold])
    assert task.fingerprint == source(interactive=True, evidence=True).find("bird-clinic-3").fingerprint


def test_the_first_tasks_are_a_fair_sample(source: Source) -> None:
    for split, databases in (("train", own.TRAIN), ("eval", own.EVAL)):
        first = source().tasks(split)[: 2 * len(databases)]
        assert {task.data.question.database for task in first} == set(databases)
    kinds = {task.kind for task in source().tasks("eval")}
    assert kinds == {"simple", "moderate", "hard"}


@pytest.mark.parametrize("id", ["bird-clinic-26", "bird-clinic-0", "bird-clinic--1", "clinic-1", "sqlgym_0", ""])
def test_unknown_ids_are_refused(source: Source, id: str) -> None:
    with pytest.raises(TaskNotFound):
        source().find(id)
