"""Every tool and every declared error, by its name."""

from __future__ import annotations

from typing import Any

import pytest

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.environments import resolve_environment
from agentgym_env_weather.measures import level_of
from agentgym_env_weather.tools import WeatherTools

SOURCE = resolve_environment("weather")
GRAMMAR = Grammar(SOURCE.description.actions)
OSLO = {"latitude": 59.91273, "longitude": 10.74609}
# JFK, where it was observed.
JFK = {"latitude": 40.64, "longitude": -73.78}


def test_every_tool_and_error_has_a_test_named_after_it() -> None:
    tests = set(globals())
    assert not [name for name in WeatherTools.tools() if f"test_tool_{name}" not in tests]


def test_tool_get_user_current_date(player: Any) -> None:
    assert player.call("get_user_current_date").observation == "2013-07-15"


def test_tool_get_user_current_location(player: Any) -> None:
    assert player.call("get_user_current_location").observation == player.source.find("weather-train-2").data.location


def test_tool_get_latitude_longitude(player: Any) -> None:
    found = player.value("get_latitude_longitude", name=" oslo ")["results"]
    assert found[0] == {"name": "Oslo", **OSLO, "country_code": "NO"}
    several = player.value("get_latitude_longitude", name="Springfield")["results"]
    assert len(several) == 3
    assert {place["name"] for place in several} == {"Springfield"}
    assert player.value("get_latitude_longitude", name="München")["results"][0]["name"] == "Munich"


def test_tool_convert_zipcode_to_address(player: Any) -> None:
    (found,) = player.value("convert_zipcode_to_address", zipcode="10001")["results"]
    assert found == {
        "name": "New York", "latitude": 40.7484, "longitude": -73.9967, "country_code": "US", "admin1": "NY", "postcode": "10001",
    }  # fmt: skip


def test_tool_get_historical_temp(player: Any) -> None:
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


def test_tool_get_historical_rain(player: Any) -> None:
    found = player.value("get_historical_rain", **JFK, start_date="2013-06-07", end_date="2013-06-08")
    assert found["daily_units"] == {"time": "iso8601", "rain_sum": "mm"}
    assert found["daily"]["rain_sum"][0] > 20


def test_tool_get_historical_snow(player: Any) -> None:
    found = player.value("get_historical_snow", **JFK, start_date="2013-02-07", end_date="2013-02-10")
    assert found["daily_units"] == {"time": "iso8601", "snowfall_sum": "cm"}
    assert sum(found["daily"]["snowfall_sum"]) > 5


@pytest.mark.parametrize("what", ["temp", "rain", "snow"])
def test_past_present_and_future_are_one_weather(player: Any, what: str) -> None:
    days = ["2013-06-01", "2013-06-02", "2013-06-03"]
    past = player.value(f"get_historical_{what}", **OSLO, start_date=days[0], end_date=days[2])
    player.at("2013-05-31")
    assert player.value(f"get_{what}_forecast", **OSLO, start_date=days[0], end_date=days[2]) == past
    today = player.value(f"get_current_{what}", **OSLO, current_date=days[1])
    assert {key: [column[1]] for key, column in past["daily"].items()} == today["daily"]


def test_tool_get_temp_forecast(player: Any) -> None:
    found = player.value("get_temp_forecast", **OSLO, start_date="2013-07-16", end_date="2013-08-15")
    assert len(found["daily"]["temperature_2m_max"]) == 31
    columns = [found["daily"][f"temperature_2m_{which}"] for which in ("min", "mean", "max")]
    assert all(low <= mean <= high for low, mean, high in zip(*columns, strict=True))


def test_tool_get_rain_forecast(player: Any) -> None:
    found = player.value("get_rain_forecast", **OSLO, start_date="2013-07-16", end_date="2013-08-15")
    assert set(found["daily"]) == {"time", "rain_sum"}
    assert all(value >= 0 for value in found["daily"]["rain_sum"])


def test_tool_get_snow_forecast(player: Any) -> None:
    found = player.at("2013-01-01").value("get_snow_forecast", **OSLO, start_date="2013-01-02", end_date="2013-01-30")
    assert any(found["daily"]["snowfall_sum"])


def test_tool_get_current_temp(player: Any) -> None:
    found = player.value("get_current_temp", **OSLO, current_date="2013-07-15")
    assert found["daily"]["time"] == ["2013-07-15"]


def test_tool_get_current_rain(player: Any) -> None:
    assert set(player.value("get_current_rain", **OSLO, current_date="2013-07-15")["daily"]) == {"time", "rain_sum"}


def test_tool_get_current_snow(player: Any) -> None:
    assert player.value("get_current_snow", **OSLO, current_date="2013-07-15")["daily"]["snowfall_sum"] == [0.0]


def test_tool_get_historical_air_quality_index(player: Any) -> None:
    found = player.value("get_historical_air_quality_index", **OSLO, start_date="2013-07-01", end_date="2013-07-02")
    assert found["daily_units"] == {"time": "iso8601", "european_aqi_pm2_5": "EAQI"}
    assert found["daily"]["time"] == ["2013-07-01T12:00", "2013-07-02T12:00"]
    assert all(isinstance(value, int) for value in found["daily"]["european_aqi_pm2_5"])


def test_tool_get_current_air_quality_index(player: Any) -> None:
    found = player.value("get_current_air_quality_index", **OSLO, current_date="2013-07-15")
    assert found["daily"]["time"] == ["2013-07-15T12:00"]


def test_tool_get_air_quality_level(player: Any) -> None:
    said = [
        player.call("get_air_quality_level", air_quality_index=value).observation for value in (0, 20, 20.5, 21, 41)
    ]
    assert said == ["good", "good", "fair", "fair", "moderate"]
    assert [level_of(value) for value in (60, 61, 80, 81, 100, 101, 1e9)] == [
        "moderate", "poor", "poor", "very poor", "very poor", "extremely poor", "extremely poor",
    ]  # fmt: skip


def test_tool_get_elevation(player: Any) -> None:
    denver = player.value("get_latitude_longitude", name="Denver")["results"][0]
    found = player.value("get_elevation", latitude=denver["latitude"], longitude=denver["longitude"])
    assert 1500 < found["elevation"][0] < 1700
    assert player.value("get_elevation", latitude=0, longitude=-140) == {"elevation": [0.0]}


def test_tool_get_distance(player: Any) -> None:
    # A degree of the equator on WGS 84, and to the antipode.
    assert player.value("get_distance", latitude1=0, longitude1=0, latitude2=0, longitude2=1) == pytest.approx(
        111.319, abs=1e-3
    )
    assert player.value("get_distance", latitude1=0, longitude1=0, latitude2=0, longitude2=180) == pytest.approx(
        20003.931, abs=1e-3
    )
    assert player.value("get_distance", **{f"{k}{n}": v for n in (1, 2) for k, v in OSLO.items()}) == 0.0


def test_tool_check_valid_actions(player: Any) -> None:
    told = player.call("check_valid_actions").observation
    assert all(repr(name) in told for name in WeatherTools.tools())


def test_tool_finish(player: Any) -> None:
    step = player.call("finish", answer=3)
    assert (step.terminated, step.success, step.score) == (True, False, 0.0)


def test_error_no_such_place(player: Any) -> None:
    assert player.error("get_latitude_longitude", name="Nowhereville") == 'Error: no place is called "Nowhereville"'
    assert len(player.error("get_latitude_longitude", name="x" * 5000)) < 200


@pytest.mark.parametrize("code", ["00000", "1000", "abcde", "", "١٢٣٤٥"])
def test_error_no_such_zip_code(player: Any, code: str) -> None:
    assert player.error("convert_zipcode_to_address", zipcode=code) in (
        f'Error: no place has the zip code "{code}"', 'ERROR | convert_zipcode_to_address needs "zipcode".',
    )  # fmt: skip


PAST = ("get_historical_temp", "get_historical_rain", "get_historical_snow", "get_historical_air_quality_index")
COMING = ("get_temp_forecast", "get_rain_forecast", "get_snow_forecast")


@pytest.mark.parametrize("name", PAST)
def test_error_not_earlier_than_today(player: Any, name: str) -> None:
    for first, last, which in (
        ("2013-07-15", "2013-07-16", "start_date"), ("2013-07-14", "2013-07-15", "end_date"), ("2013-07-14", "2014-01-01", "end_date"),
    ):  # fmt: skip
        assert (
            player.error(name, **OSLO, start_date=first, end_date=last)
            == f"Error: {which} should be earlier than current_date"
        )


@pytest.mark.parametrize("name", COMING)
def test_error_not_later_than_today(player: Any, name: str) -> None:
    for first, last, which in (("2013-07-15", "2013-07-16", "start_date"), ("2013-07-01", "2013-07-02", "start_date")):
        assert (
            player.error(name, **OSLO, start_date=first, end_date=last)
            == f"Error: {which} should be later than current_date"
        )


@pytest.mark.parametrize("name", [*PAST, *COMING])
def test_error_span_too_long(player: Any, name: str) -> None:
    first, fits, last = (
        ("2013-05-01", "2013-05-31", "2013-06-01") if name in PAST else ("2013-08-01", "2013-08-31", "2013-09-01")
    )
    player.value(name, **OSLO, start_date=first, end_date=fits)
    assert player.error(name, **OSLO, start_date=first, end_date=last).startswith(
        "Error: at most 30 days may lie between"
    )


@pytest.mark.parametrize("name", [*PAST, *COMING])
def test_error_dates_the_wrong_way_round(player: Any, name: str) -> None:
    told = player.error(name, **OSLO, start_date="2013-07-03", end_date="2013-07-02")
    assert told == "Error: start_date should not be later than end_date"


@pytest.mark.parametrize("day", ["yesterday", "2013-7-1", "2013-02-30", "20130701", "2013-07-01T00:00", "01/07/2013"])
def test_error_no_date(player: Any, day: str) -> None:
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


def test_error_point_out_of_range(player: Any) -> None:
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


def test_error_before_the_archive_begins(player: Any) -> None:
    told = player.error("get_historical_temp", **OSLO, start_date="1939-12-31", end_date="1940-01-01")
    assert told == "Error: Parameter 'start_date' is out of allowed range from 1940-01-01 to 2035-12-31"
    player.value("get_historical_temp", **OSLO, start_date="1940-01-01", end_date="1940-01-02")
    told = player.error("get_historical_air_quality_index", **OSLO, start_date="2012-12-31", end_date="2013-01-01")
    assert "'start_date' is out of allowed range from 2013-01-01" in told


@pytest.mark.parametrize("index", [-1, -0.5])
def test_error_no_index(player: Any, index: float) -> None:
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
