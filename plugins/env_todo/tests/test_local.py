"""The list in SQLite against the list as a value: whatever is done, both agree."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_env_todo.backend import Missing, Refused
from agentgym_env_todo.generate import draw_world
from agentgym_env_todo.goals import State
from agentgym_env_todo.local import LocalBackend, Rows
from agentgym_env_todo.tools import TodoTools
from agentgym_env_todo.world import World

CHANGES = st.lists(
    st.tuples(st.sampled_from(["complete", "delete", "move", "favor", "unfavor"]), st.integers(0, 60), st.dates()),
    max_size=12,
)


@given(st.integers(0, 10_000), CHANGES)
def test_every_change_is_the_one_that_was_asked_for(seed: int, changes: list[tuple[str, int, object]]) -> None:
    before = draw_world(random.Random(seed))
    after: World = before
    backend = LocalBackend()
    backend.load(Rows.of(before))
    projects, tasks = backend.names()
    for what, number, day in changes:
        name = list(tasks)[number % len(tasks)]
        folder = list(projects)[number % len(projects)]
        left = any(task.content == name for each in after.folders for task in each.tasks)
        if what in ("favor", "unfavor"):
            assert backend.favor(projects[folder], what == "favor").is_favorite == (what == "favor")
            after = after.favored(folder, what == "favor")
        elif not left:
            with pytest.raises(Missing):
                backend.reschedule(tasks[name], str(day)) if what == "move" else backend.delete(tasks[name])
        elif what == "move":
            assert backend.reschedule(tasks[name], str(day)).due_date == str(day)
            after = after.due({name: str(day)})
        else:
            getattr(backend, what)(tasks[name])
            after = after.without(name)
    assert State.seen(TodoTools(backend, before.today, before.location)) == State.of(before, after)
    backend.discard()
    backend.discard()


def test_lists_stay_apart_and_a_new_one_replaces_the_old() -> None:
    worlds = [draw_world(random.Random(seed)) for seed in (1, 2)]
    one, other = LocalBackend(), LocalBackend()
    one.load(Rows.of(worlds[0]))
    other.load(Rows.of(worlds[1]))
    other.delete(next(iter(other.names()[1].values())))
    box = TodoTools(one, "", "")
    assert State.seen(box) == State.of(worlds[0], worlds[0])
    one.load(Rows.of(worlds[1]))
    assert State.seen(box) == State.of(worlds[1], worlds[1])
    for backend in (one, other):
        backend.discard()


def test_ids_belong_to_the_list() -> None:
    world = draw_world(random.Random(3))
    assert Rows.of(world).tasks == Rows.of(draw_world(random.Random(3))).tasks
    ids = [
        row[0]
        for rows in (Rows.of(world), Rows.of(draw_world(random.Random(4))))
        for row in (*rows.projects, *rows.tasks)
    ]
    assert len(set(ids)) == len(ids)
    assert all(len(id) == 10 and id.isdigit() for id in ids)


def test_a_refused_date_changes_nothing() -> None:
    backend = LocalBackend()
    backend.load(Rows.of(draw_world(random.Random(5))))
    id = next(iter(backend.names()[1].values()))
    before = backend.task(id)
    with pytest.raises(Refused):
        backend.reschedule(id, "2025-13-01")
    assert backend.task(id) == before
    backend.discard()
