"""The backend of our own: observations where there are some, the climate model elsewhere, a gazetteer for places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from agentgym_env_weather import climate
from agentgym_env_weather.backend import DUST, RAIN, SNOW, TEMPERATURE, UNITS, Refused, Series
from agentgym_env_weather.gazetteer import gazetteer, postal_code
from agentgym_env_weather.observed import station_near

FIRST, LAST = "1940-01-01", "2035-12-31"
"""The days of the archive."""
FIRST_DUST = "2013-01-01"
"""The first day with an air quality."""
MODEL = "climate model"
_FIELDS = dict(zip((*TEMPERATURE, *RAIN, *SNOW), ("highest", "lowest", "mean", "rain", "snow"), strict=True))


class LocalBackend:
    """Offline and deterministic. It keeps nothing, so one serves every episode of a process."""

    def places(self, name: str) -> list[dict[str, Any]]:
        return [dict(found) for found in _places(name)]

    def postal_code(self, code: str) -> list[dict[str, Any]]:
        return [dict(found) for found in postal_code(code)]

    def daily(
        self, latitude: float, longitude: float, first: str, last: str, variables: Sequence[str], *, ahead: bool
    ) -> Series:
        _check(first, last, FIRST)
        names, columns, source = _daily(*_cell(latitude, longitude), first, last, tuple(variables))
        return _series(latitude, longitude, names, dict(zip(variables, columns, strict=True)), source)

    def dust(self, latitude: float, longitude: float, first: str, last: str) -> Series:
        _check(first, last, FIRST_DUST)
        names, values = _dust(*_cell(latitude, longitude), first, last)
        return _series(latitude, longitude, names, {DUST: values}, MODEL)

    def elevation(self, latitude: float, longitude: float) -> float:
        return _elevation(latitude, longitude)

    def close(self) -> None:
        pass


def _series(
    latitude: float, longitude: float, names: tuple[str, ...], columns: dict[str, tuple[Any, ...]], source: str
) -> Series:
    shown = {
        "latitude": round(latitude, 1),
        "longitude": round(longitude, 1),
        "daily_units": {"time": UNITS["time"], **{variable: UNITS[variable] for variable in columns}},
        "daily": {"time": list(names), **{variable: list(values) for variable, values in columns.items()}},
    }
    return Series(shown, source)


def _check(first: str, last: str, earliest: str) -> None:
    for name, day in (("start_date", first), ("end_date", last)):
        if not earliest <= day <= LAST:
            raise Refused(f"Parameter '{name}' is out of allowed range from {earliest} to {LAST}")


def _cell(latitude: float, longitude: float) -> tuple[float, float]:
    # 180 and -180 are one meridian, and -0.0 is 0.0.
    longitude = round(longitude, 1) + 0.0
    return round(latitude, 1) + 0.0, -180.0 if longitude == 180.0 else longitude


@lru_cache(maxsize=4096)
def _daily(
    latitude: float, longitude: float, first: str, last: str, variables: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[tuple[float, ...], ...], str]:
    station = station_near(latitude, longitude)
    height = _elevation(latitude, longitude)
    days: list[Any] = []
    sources: dict[str, None] = {}
    names = _days(first, last)
    for name in names:
        ordinal = date.fromisoformat(name).toordinal()
        seen = station.days.get(ordinal) if station else None
        days.append(seen or climate.day(latitude, longitude, height, ordinal))
        sources[f"observed at {station.name}" if station and seen else MODEL] = None
    columns = tuple(tuple(getattr(day, _FIELDS[variable]) for day in days) for variable in variables)
    return names, columns, ", ".join(sources)


@lru_cache(maxsize=4096)
def _dust(latitude: float, longitude: float, first: str, last: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    height = _elevation(latitude, longitude)
    names = _days(first, last)
    values = tuple(
        climate.day(latitude, longitude, height, date.fromisoformat(name).toordinal()).dust for name in names
    )
    return tuple(f"{name}T12:00" for name in names), values


def _days(first: str, last: str) -> tuple[str, ...]:
    span = range(date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal() + 1)
    return tuple(date.fromordinal(ordinal).isoformat() for ordinal in span)


@lru_cache(maxsize=16384)
def _elevation(latitude: float, longitude: float) -> float:
    return gazetteer().elevation(latitude, longitude)


@lru_cache(maxsize=4096)
def _places(name: str) -> tuple[dict[str, Any], ...]:
    return tuple(place.plain() for place in gazetteer().search(name))
