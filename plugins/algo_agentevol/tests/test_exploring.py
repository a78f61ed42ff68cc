from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_algo_agentevol.config import AgentEvolConfig
from agentgym_algo_agentevol.exploring import Play, plan, spread, units
from agentgym_algo_agentevol.holding import hold_out, success
from agentgym_algo_agentevol.rates import PassRates, Unit
from agentgym_core.environments import EnvironmentSource
from agentgym_core.environments.source import local_source
from agentgym_core.errors import ConfigError, SplitLeak
from agentgym_core.settings import TaskSet
from agentgym_core.types import EpisodeKey, Outcome, Trajectory

DOORS = TaskSet("doors", "wide")
GATES = TaskSet("gates", "narrow")


def source(choice: TaskSet) -> EnvironmentSource:
    return local_source(choice.environment, choice.config)


def planned(
    number: int = 1, sets: tuple[TaskSet, ...] = (DOORS, GATES), rates: PassRates | None = None, **config: Any
) -> list[Play]:
    return plan(number, sets, AgentEvolConfig(**config), source=source, rates=rates or PassRates(), seed=7)


def played(plays: list[Play]) -> Counter[str]:
    return Counter({id: play.samples for play in plays for choice in play.tasks for id in choice.ids})


def test_without_settings_a_set_is_played_as_it_stands() -> None:
    assert planned(3, samples=2) == [Play("explore-3", (DOORS, GATES), 2)]


def test_so_many_tasks_of_each_set_are_drawn_anew_each_time_and_the_same_again() -> None:
    drawn = [planned(number, draw_tasks=2) for number in range(1, 8)]
    assert all([len(choice.ids) for choice in play.tasks] == [2, 2] for (play,) in drawn)
    assert len({play.tasks[0].ids for (play,) in drawn}) > 1
    assert planned(1, draw_tasks=2) == drawn[0]
    (whole,) = planned(draw_tasks=50)
    assert [len(choice.ids) for choice in whole.tasks] == [9, 3]


def test_what_is_drawn_does_not_depend_on_the_order_of_the_tasks() -> None:
    ids = tuple(f"wide-{number}" for number in range(9))
    (there,), (back,) = (planned(sets=(TaskSet("doors", ids=each),), draw_tasks=4) for each in (ids, ids[::-1]))
    assert set(there.tasks[0].ids) == set(back.tasks[0].ids)


def test_the_edge_is_drawn_more_often_than_what_is_always_or_never_solved() -> None:
    rates = PassRates()
    for number, unit in enumerate(units(DOORS, source)):
        # wide-0 is half solved, wide-1 ... wide-4 never, the others always.
        rates.observe((unit, number > 4 or (number == 0 and even)) for even in [True, False] * 20)
    drawn = Counter(
        id for number in range(1, 60) for id in played(planned(number, (DOORS,), rates, draw_tasks=1, draw="edge"))
    )
    assert drawn["wide-0"] > sum(drawn.values()) / 2


def test_a_curriculum_of_rounds_grows_by_iteration_and_never_past_the_environment() -> None:
    assert [planned(number, rounds=(1, 2, 9), rounds_every=2)[0].max_rounds for number in range(1, 7)] == [
        1,
        1,
        None,
        None,
        None,
        None,
    ]


def test_a_budget_spreads_episodes_evenly_before_anything_is_known() -> None:
    counts = played(planned(episodes=30))
    assert sum(counts.values()) == 30
    assert set(counts.values()) == {2, 3}
    names = {play.stage for play in planned(episodes=30)}
    assert names == {"explore-1-x2", "explore-1-x3"}


def test_a_budget_goes_where_success_is_uncertain() -> None:
    rates = PassRates()
    found = units(DOORS, source)
    for number, unit in enumerate(found):
        rates.observe((unit, number % 2 == 0 or (number == 1 and even)) for even in [True, False] * 8)
    counts = played(planned(2, (DOORS,), rates, episodes=60))
    assert sum(counts.values()) == 60
    assert counts["wide-1"] == max(counts.values()) > 2 * min(counts.values())


def test_a_budget_below_the_number_of_tasks_leaves_some_out() -> None:
    counts = played(planned(episodes=5))
    assert sorted(counts.values()) == [1] * 5


@given(st.integers(0, 500), st.lists(st.floats(0.01, 1), min_size=1, max_size=30), st.randoms())
def test_a_spread_has_the_sum_and_is_within_one_of_each_share(total: int, weights: list[float], random: Any) -> None:
    wanted: dict[Unit, float] = {("e", "", str(number)): weight for number, weight in enumerate(weights)}
    found = spread(total, wanted, "seed")
    assert sum(found.values()) == total
    assert all(abs(found[unit] - total * weight / sum(weights)) < 1 + 1e-6 for unit, weight in wanted.items())
    order = list(wanted.items())
    random.shuffle(order)
    assert spread(total, dict(order), "seed") == found


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40), st.randoms())
def test_a_rate_lies_between_what_was_seen_and_what_is_usual(seen: list[tuple[str, bool]], random: Any) -> None:
    attempts = [(("e", "", task), solved) for task, solved in seen]
    rates, other = PassRates(), PassRates()
    rates.observe(attempts)
    random.shuffle(attempts)
    other.observe(attempts)
    for task in "abcd":
        unit = ("e", "", task)
        rate, (count, won) = rates.rate(unit), rates.attempts(unit)
        assert 0 < rate < 1
        assert other.rate(unit) == rate
        usual = rates.rate(("e", "", "never played"))
        if count:
            assert min(usual, won / count) - 1e-9 <= rate <= max(usual, won / count) + 1e-9


def test_held_out_tasks_are_the_same_again_and_never_those_of_the_initial_data() -> None:
    sets = (DOORS,)
    held = hold_out(sets, 0.5, source=source, seed=1)
    assert hold_out(sets, 0.5, source=source, seed=1) == held
    assert {id for choice in held.tasks for id in choice.ids} == {unit[2] for unit in held.units}
    assert 0 < len(held.units) < 9
    some = sorted(held.units)[0][2]
    known = Trajectory("x", EpisodeKey("doors-v1", "", some, 0), "wide", Outcome.SOLVED)
    other = hold_out(sets, 0.5, source=source, seed=1, learned=[known]).units
    assert some not in {unit[2] for unit in other}
    assert len(other) == len(held.units)
    left = {id for play in plan(1, sets, AgentEvolConfig(), source=source, rates=PassRates(), seed=1, left_out=held.units)
            for choice in play.tasks for id in choice.ids}  # fmt: skip
    assert left | {unit[2] for unit in held.units} == {unit[2] for unit in units(DOORS, source)}
    assert not left & {unit[2] for unit in held.units}


def test_evaluation_tasks_never_decide_when_to_stop() -> None:
    with pytest.raises(SplitLeak, match="eval-0 of doors is an evaluation task"):
        hold_out((TaskSet("doors", "eval"),), 0.5, source=source, seed=1)
    with pytest.raises(SplitLeak):
        hold_out((TaskSet("doors", ids=("wide-1", "eval-2")),), 0.5, source=source, seed=1)


def test_a_share_that_leaves_nothing_on_one_side_says_so() -> None:
    with pytest.raises(ConfigError, match="cannot hold out 9 of the 9 different tasks of doors-v1, of which 0 are"):
        hold_out((DOORS,), 0.99, source=source, seed=1)
    shown = [
        Trajectory(unit[2], EpisodeKey("doors-v1", "", unit[2], 0), "wide", Outcome.SOLVED)
        for unit in units(DOORS, source)
    ]
    with pytest.raises(ConfigError, match="cannot hold out 2 of the 9 different tasks of doors-v1, of which 9 are"):
        hold_out((DOORS,), 0.2, source=source, seed=1, learned=shown)


def test_as_many_are_held_out_as_the_share_says_and_one_at_least() -> None:
    for share, count in ((1e-6, 1), (0.3, 3), (0.5, 4), (0.8, 7)):
        held = hold_out((DOORS,), share, source=source, seed=1)
        assert len(held.units) == count
    both = hold_out((TaskSet("doors", ids=("wide-1", "wide-2", "wide-3")), DOORS), 0.4, source=source, seed=1)
    # One content is on one side, in whichever sets it stands.
    assert len(both.units) == 4
    assert {id for choice in both.tasks for id in choice.ids} == {unit[2] for unit in both.units}


def test_where_everything_is_held_out_there_is_nothing_to_explore() -> None:
    with pytest.raises(ConfigError, match="no task is left to explore"):
        plan(
            1,
            (DOORS,),
            AgentEvolConfig(),
            source=source,
            rates=PassRates(),
            seed=1,
            left_out=frozenset(units(DOORS, source)),
        )


def test_what_was_not_scored_is_no_success() -> None:
    assert success({"overall": []}) == success({"overall": [{"macro_success": {"value": None}}]}) == -1
    assert success({"overall": [{"macro_success": {"value": 0.25}}]}) == 0.25
