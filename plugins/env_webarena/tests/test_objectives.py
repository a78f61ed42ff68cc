"""The tasks on our own sites: enough of them, of every kind, none that a guess does."""

from __future__ import annotations

from collections import Counter
from statistics import median

import pytest

from agentgym_env_webarena import objectives, tasks
from agentgym_env_webarena.checks import passes
from agentgym_env_webarena.config import WebArenaConfig
from agentgym_env_webarena.gate import State
from agentgym_env_webarena.objective import Answer, Objective
from agentgym_env_webarena.sites import web


@pytest.fixture(scope="module")
def found() -> dict[str, Objective]:
    return {task.id: task.data for split in tasks.SPLITS for task in tasks.tasks(WebArenaConfig(), split)}


def test_there_are_enough_of_every_sort(found: dict[str, Objective]) -> None:
    assert len(found) >= 120
    sites = Counter(site for each in found.values() if len(each.sites) == 1 for site in each.sites)
    assert set(sites) == set(web.USERS)
    assert min(sites.values()) >= 15
    assert sum(len(each.sites) > 1 for each in found.values()) >= 20
    kinds = Counter(each.kind for each in found.values())
    assert kinds["change"] >= 40
    assert set(kinds) == {"information", "navigation", "change"}
    assert median(len(each.plan) for each in found.values()) >= 6


def test_no_task_comes_twice(found: dict[str, Objective]) -> None:
    assert len({each.intent for each in found.values()}) == len(found)


def test_stopping_at_once_does_nothing(found: dict[str, Objective]) -> None:
    state = State(web.images())
    try:
        done = [
            id
            for id, each in found.items()
            if all(passes(check, "", each.start, lambda site, query: state.ask(site, query)) for check in each.checks)
        ]
    finally:
        state.close()
    assert done == []


def test_no_answer_is_common(found: dict[str, Objective]) -> None:
    answers = Counter(check.exact for each in found.values() for check in each.checks if isinstance(check, Answer))
    assert answers.most_common(1)[0][1] <= 2


def test_the_same_tasks_come_out_again(found: dict[str, Objective]) -> None:
    again = {id: objectives.objective(*_parts(id)) for id in list(found)[:40]}
    assert all(found[id] == each for id, each in again.items())


def _parts(id: str) -> tuple[str, int]:
    _, name, number = id.split("-")
    return name, int(number)
