"""What an environment has without writing it: numbered tasks, nothing to tell the doctor."""

from __future__ import annotations

import pytest

from agentgym_core import Description, Environment
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import TaskNotFound


class Minimal(Environment):
    description = Description(instruction="Do it.", splits={"train": 1000, "eval-hard": 7})


def test_tasks_are_numbered_as_the_description_says() -> None:
    source = resolve_environment(Minimal)
    train, hard = source.tasks("train"), source.tasks("eval-hard")
    assert (len(train), len(hard)) == (1000, 7)
    assert (train[0].id, hard[6].id) == ("train-0", "eval-hard-6")
    assert {task.split for task in hard} == {"eval-hard"}
    assert source.find("eval-hard-3") == hard[3]
    assert source.find("eval-hard-3").data == hard[3].data


def test_every_numbered_task_has_data_and_content_of_its_own() -> None:
    source = resolve_environment(Minimal)
    tasks = [*source.tasks("train"), *source.tasks("eval-hard")]
    assert len({task.data for task in tasks}) == len({task.fingerprint for task in tasks}) == 1007


def test_numbered_tasks_never_change() -> None:
    assert Minimal.tasks(None, "train")[0].data == 17634116941633989620
    assert Minimal.tasks(None, "train")[0].fingerprint == "f4b8f7edc9caabf4"


def test_an_unknown_split_or_number_is_not_found() -> None:
    with pytest.raises(TaskNotFound, match="no split 'test'"):
        Minimal.tasks(None, "test")
    for id in ("train-1000", "train--1", "train-00", "eval-0", ""):
        with pytest.raises(TaskNotFound):
            resolve_environment(Minimal).find(id)


def test_the_doctor_has_nothing_to_ask() -> None:
    assert Minimal.doctor() == []
