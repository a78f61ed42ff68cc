"""The tools of the weather."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from agentgym_env_weather.backend import RAIN, SNOW, TEMPERATURE, Backend, Refused, Series
from agentgym_env_weather.measures import check_date, check_dates, check_point, check_span, distance, folded, level_of
from agentgym_tools import Toolbox, ToolError, tool

_Value = TypeVar("_Value")


class WeatherTools(Toolbox):
    """Nineteen tools over a backend, and an answer.

    `found` are the coordinates that each name (or postal code) led to, `asked` what was told about which place and days: (kind, latitude,
    longitude, first day, last day), `points` the coordinates that were used at all.
    """

    def __init__(self, backend: Backend, today: str, location: str) -> None:
        super().__init__()
        self.backend, self.today, self.location = backend, today, location
        self.found: dict[str, tuple[float, float]] = {}
        self.asked: list[tuple[str, float, float, str, str]] = []
        self.points: list[tuple[float, float]] = []

    @tool
    def get_user_current_date(self) -> str:
        """Tell today's date."""
        return self.today

    @tool
    def get_user_current_location(self) -> str:
        """Tell the city that the user is in."""
        return self.location

    @tool
    def get_latitude_longitude(self, name: str) -> dict[str, Any]:
        """Look up a city: up to three places of that name with latitude, longitude and country code, the most important first.

        :param name: the city's name, without country or region
        """
        return {"results": self._located(name, self.backend.places, "no place is called")}

    @tool
    def convert_zipcode_to_address(self, zipcode: str) -> dict[str, Any]:
        """Look up a postal code of the United States: its city with latitude and longitude.

        :param zipcode: five digits, as text
        """
        return {"results": self._located(zipcode, self.backend.postal_code, "no place has the zip code")}

    @tool
    def get_historical_temp(self, latitude: float, longitude: float, start_date: str, end_date: str) -> dict[str, Any]:
        """Tell the highest, lowest and mean temperature of past days, in degrees Celsius.

        :param latitude: degrees north
        :param longitude: degrees east
        :param start_date: the first day as YYYY-MM-DD, before today
        :param end_date: the last day as YYYY-MM-DD, before today and at most 30 days after the first
        """
        return self._past("temp", latitude, longitude, start_date, end_date)

    @tool
    def get_historical_rain(self, latitude: float, longitude: float, start_date: str, end_date: str) -> dict[str, Any]:
        """Tell the rain of past days, in millimetres.

        :param latitude: degrees north
        :param longitude: degrees east
        :param start_date: the first day as YYYY-MM-DD, before today
        :param end_date: the last day as YYYY-MM-DD, before today and at most 30 days after the first
        """
        return self._past("rain", latitude, longitude, start_date, end_date)

    @tool
    def get_historical_snow(self, latitude: float, longitude: float, start_date: str, end_date: str) -> dict[str, Any]:
        """Tell the snowfall of past days, in centimetres.

        :param latitude: degrees north
        :param longitude: degrees east
        :param start_date: the first day as YYYY-MM-DD, before today
        :param end_date: the last day as YYYY-MM-DD, before today and at most 30 days after the first
        """
        return self._past("snow", latitude, longitude, start_date, end_date)

    @tool
    def get_temp_forecast(self, latitude: float, longitude: float, start_date: str, end_date: str) -> dict[str, Any]:
        """Tell the highest, lowest and mean temperature that is forecast for coming days, in degrees Celsius.

        :param latitude: degrees north
        :param longitude: degrees east
        :param start_date: the first day as YYYY-MM-DD, after today
        :param end_date: the last day as YYYY-MM-DD, after today and at most 30 days after the first
        """
        return self._coming("temp", latitude, longitude, start_date, end_date)

    @tool
    def get_rain_forecast(self, latitude: float, longitude: float, start_date: str, end_date: str) -> dict[str, Any]:
        """Tell the rain that is forecast for coming days, in millimetres.

        :param latitude: degrees north
        :param longitude: degrees east
        :param start_date: the first day as YYYY-MM-DD, after today
        :param end_date: the last day as YYYY-MM-DD, after today and at most 30 days after the first
        """
        return self._coming("rain", latitude, longitude, start_date, end_date)

    @tool
    def get_snow_forecast(self, latitude: float, longitude: float, start_date: str, end_date: str) -> dict[str, Any]:
        """Tell the snowfall that is forecast for coming days, in centimetres.

        :param latitude: degrees north
        :param longitude: degrees east
        :param start_date: the first day as YYYY-MM-DD, after today
        :param end_date: the last day as YYYY-MM-DD, after today and at most 30 days after the first
        """
        return self._coming("snow", latitude, longitude, start_date, end_date)

    @tool
    def get_current_temp(self, latitude: float, longitude: float, current_date: str) -> dict[str, Any]:
        """Tell the highest, lowest and mean temperature of today, in degrees Celsius.

        :param latitude: degrees north
        :param longitude: degrees east
        :param current_date: today's date as YYYY-MM-DD
        """
        return self._now("temp", latitude, longitude, current_date)

    @tool
    def get_current_rain(self, latitude: float, longitude: float, current_date: str) -> dict[str, Any]:
        """Tell today's rain, in millimetres.

        :param latitude: degrees north
        :param longitude: degrees east
        :param current_date: today's date as YYYY-MM-DD
        """
        return self._now("rain", latitude, longitude, current_date)

    @tool
    def get_current_snow(self, latitude: float, longitude: float, current_date: str) -> dict[str, Any]:
        """Tell today's snowfall, in centimetres.

        :param latitude: degrees north
        :param longitude: degrees east
        :param current_date: today's date as YYYY-MM-DD
        """
        return self._now("snow", latitude, longitude, current_date)

    @tool
    def get_historical_air_quality_index(
        self, latitude: float, longitude: float, start_date: str, end_date: str
    ) -> dict[str, Any]:
        """Tell the European air quality index of fine dust (PM2.5) at noon of past days. The lower it is, the cleaner is the air.

        :param latitude: degrees north
        :param longitude: degrees east
        :param start_date: the first day as YYYY-MM-DD, before today
        :param end_date: the last day as YYYY-MM-DD, before today and at most 30 days after the first
        """
        return self._past("air", latitude, longitude, start_date, end_date)

    @tool
    def get_current_air_quality_index(self, latitude: float, longitude: float, current_date: str) -> dict[str, Any]:
        """Tell the European air quality index of fine dust (PM2.5) at noon of today. The lower it is, the cleaner is the air.

        :param latitude: degrees north
        :param longitude: degrees east
        :param current_date: today's date as YYYY-MM-DD
        """
        return self._now("air", latitude, longitude, current_date)

    @tool
    def get_air_quality_level(self, air_quality_index: float) -> str:
        """Tell the level that an air quality index stands for: good, fair, moderate, poor, very poor or extremely poor.

        :param air_quality_index: the index
        """
        if not 0 <= air_quality_index < float("inf"):
            raise ToolError(f"Error: air_quality_index must be 0 or more, not {air_quality_index}")
        return level_of(air_quality_index)

    @tool
    def get_elevation(self, latitude: float, longitude: float) -> dict[str, Any]:
        """Tell how high the ground is above the sea, in metres.

        :param latitude: degrees north
        :param longitude: degrees east
        """
        check_point(latitude, longitude)
        shown = {"elevation": [self._do(lambda: self.backend.elevation(latitude, longitude))]}
        self._used("elevation", latitude, longitude, "", "")
        return shown

    @tool
    def get_distance(self, latitude1: float, longitude1: float, latitude2: float, longitude2: float) -> float:
        """Tell how far apart two points are over ground, in kilometres.

        :param latitude1: degrees north of one point
        :param longitude1: degrees east of one point
        :param latitude2: degrees north of the other
        :param longitude2: degrees east of the other
        """
        check_point(latitude1, longitude1, "1")
        check_point(latitude2, longitude2, "2")
        self.points += [(latitude1, longitude1), (latitude2, longitude2)]
        return distance(latitude1, longitude1, latitude2, longitude2)

    def close(self) -> None:
        self.backend.close()

    def _past(self, kind: str, latitude: float, longitude: float, start_date: str, end_date: str) -> dict[str, Any]:
        check_dates(start_date, end_date)
        for name, day in (("start_date", start_date), ("end_date", end_date)):
            if day >= self.today:
                raise ToolError(f"Error: {name} should be earlier than current_date")
        check_span(start_date, end_date)
        return self._series(kind, latitude, longitude, start_date, end_date, ahead=False)

    def _coming(self, kind: str, latitude: float, longitude: float, start_date: str, end_date: str) -> dict[str, Any]:
        check_dates(start_date, end_date)
        for name, day in (("start_date", start_date), ("end_date", end_date)):
            if day <= self.today:
                raise ToolError(f"Error: {name} should be later than current_date")
        check_span(start_date, end_date)
        return self._series(kind, latitude, longitude, start_date, end_date, ahead=True)

    def _now(self, kind: str, latitude: float, longitude: float, current_date: str) -> dict[str, Any]:
        check_date("current_date", current_date)
        return self._series(kind, latitude, longitude, current_date, current_date, ahead=current_date >= self.today)

    def _series(
        self, kind: str, latitude: float, longitude: float, first: str, last: str, *, ahead: bool
    ) -> dict[str, Any]:
        check_point(latitude, longitude)
        series = self._do(lambda: ask(self.backend, kind, latitude, longitude, first, last, ahead=ahead))
        self.notes["source"] = series.source
        self._used(kind, latitude, longitude, first, last)
        return series.shown

    def _located(self, name: str, search: Callable[[str], list[dict[str, Any]]], nothing: str) -> list[dict[str, Any]]:
        results = self._do(lambda: search(name))
        if not results:
            raise ToolError(f'Error: {nothing} "{name[:100]}"')
        self.found[folded(name)] = results[0]["latitude"], results[0]["longitude"]
        return results

    def _used(self, kind: str, latitude: float, longitude: float, first: str, last: str) -> None:
        self.asked.append((kind, latitude, longitude, first, last))
        self.points.append((latitude, longitude))

    def _do(self, ask: Callable[[], _Value]) -> _Value:
        try:
            return ask()
        except Refused as no:
            raise ToolError(f"Error: {no}") from None


def ask(
    backend: Backend, kind: str, latitude: float, longitude: float, first: str, last: str, *, ahead: bool
) -> Series:
    """What a backend knows of a kind: temp, rain, snow or air. Errors are the backend's."""
    if kind == "air":
        return backend.dust(latitude, longitude, first, last)
    variables: Sequence[str] = {"temp": TEMPERATURE, "rain": RAIN, "snow": SNOW}[kind]
    return backend.daily(latitude, longitude, first, last, variables, ahead=ahead)
