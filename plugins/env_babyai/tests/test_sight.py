"""The view is the engine's own, cell by cell; ways lead where they say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_env_babyai.engine import FORWARD, make
from agentgym_env_babyai.levels import LEVELS
from agentgym_env_babyai.paths import Ways
from agentgym_env_babyai.sight import OWN, SIDE, WIDE, look, place_of

PRIMITIVES = st.lists(st.integers(0, 5), max_size=40)


@settings(max_examples=150, deadline=None)
@given(level=st.sampled_from(LEVELS), seed=st.integers(0, 500), primitives=PRIMITIVES)
def test_what_is_seen_is_what_the_engine_shows(level: str, seed: int, primitives: list[int]) -> None:
    env = make(level, seed)
    for primitive in primitives:
        if env.step(primitive)[2]:
            break
    grid, seen = env.gen_obs_grid()
    shown = {
        (row, column): grid.get(column, row)
        for row in range(SIDE)
        for column in range(SIDE)
        if seen[column, row] and grid.get(column, row) is not None and (row, column) != (SIDE - 1, SIDE // 2)
    }
    sight = look(env)
    things = {divmod(thing.cell, WIDE): thing.object for thing in sight.things}
    assert things == {place: thing for place, thing in shown.items() if thing.type != "wall"}
    assert sight.walls == any(thing.type == "wall" for thing in shown.values())
    assert {divmod(cell, WIDE) for cell in sight.blocked} == {p for p, t in shown.items() if t.type != "door"}
    for thing in sight.things:
        assert env.grid.get(*place_of(env, thing.cell)) is thing.object
    distances = [thing.ahead + abs(thing.right) for thing in sight.things]
    assert distances == sorted(distances)


@settings(max_examples=100, deadline=None)
@given(level=st.sampled_from(LEVELS), seed=st.integers(0, 500), primitives=PRIMITIVES)
def test_a_way_ends_in_front_of_its_thing(level: str, seed: int, primitives: list[int]) -> None:
    env = make(level, seed)
    for primitive in primitives:
        if env.step(primitive)[2]:
            break
    sight = look(env)
    ways = Ways(sight.blocked, env.agent_dir)
    for thing in sight.things:
        way = ways.facing(thing.cell)
        if way is None:
            continue
        cell, direction = OWN, 0
        for primitive in way:
            if primitive == FORWARD:
                cell += (-WIDE, 1, WIDE, -1)[direction]
                assert cell not in sight.blocked
            else:
                direction = (direction + (1 if primitive else -1)) % 4
        assert cell + (-WIDE, 1, WIDE, -1)[direction] == thing.cell


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_is_drawn_alike_each_time_and_quietly(level: str, capfd: pytest.CaptureFixture[str]) -> None:
    for seed in range(15):
        one, other = make(level, seed), make(level, seed)
        assert one.hash(64) == other.hash(64)
        assert one.mission == other.mission
    assert capfd.readouterr().out == ""
