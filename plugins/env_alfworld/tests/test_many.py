"""Many episodes at once, over threads and processes: each as if it were alone, and nothing left behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.types import Action, Outcome, Task
from agentgym_env_alfworld.game import Library

pytestmark = pytest.mark.engine

Source = Callable[..., EnvironmentSource]


def children() -> set[int]:
    """The processes that this one has started and that still are."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and fields[0] != "Z":
            found.add(int(status.parent.name))
    return found


def test_thirty_two_episodes_at_once_finish_and_leave_nothing(source: Source) -> None:
    # Few games, many episodes: what is looked at is who shares an engine, not how long it translates.
    alfworld = source(train=4)
    tasks = [*alfworld.tasks("train")[:8]] * 4
    before = children()
    jobs = [Job(alfworld, task, sample=number // 8) for number, task in enumerate(tasks)]
    found = collect(jobs, "expert", RolloutSettings(concurrency=32), keep=True).trajectories
    assert [each.outcome for each in found] == [Outcome.SOLVED] * 32
    alone = {each.key.task: each for each in found if each.key.sample == 0}
    for each in found:
        first = alone[each.key.task]
        assert [turn.observation for turn in each.turns] == [turn.observation for turn in first.turns]
        assert each.opening == first.opening
    assert children() == before


def test_instances_on_threads_of_one_process_do_not_disturb_each_other(source: Source) -> None:
    alfworld = source()
    library = Library(8)
    tasks = [task for task in alfworld.tasks("eval")[:60] if task.id.split("-")[2].startswith(("4", "3"))][:5]

    def play(task: Task) -> list[str]:
        told = []
        with alfworld.make(library) as environment:
            for _ in range(2):
                told.append(environment.reset(task))
                ended = False
                while not ended:
                    move = environment.expert()
                    assert move is not None
                    told += environment.available_actions() or []
                    step = environment.step(Action(text=move.action))
                    told.append(step.observation)
                    ended = step.ended
                assert step.success
        return told

    with ThreadPoolExecutor(5) as threads:
        together = list(threads.map(play, tasks))
    library = Library(8)
    assert together == [play(task) for task in tasks]


def test_the_least_used_game_goes_when_there_are_too_many(source: Source) -> None:
    alfworld = source()
    tasks = [alfworld.find(f"alfworld-pick_and_place_simple-{scene}-0") for scene in (407, 408, 409)]
    library = Library(2)
    reads: list[str] = []

    def get(task: Task) -> None:
        def read() -> object:
            reads.append(task.id)
            return task.data.read()

        library.get(task.data.key(), read)  # type: ignore[arg-type]

    for number in (0, 1, 0, 2, 0, 1):
        get(tasks[number])
    assert reads == [tasks[number].id for number in (0, 1, 2, 1)]
