"""A stand-in for Open-Meteo on this machine: the five services as far as the weather uses them, and every way in which they can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agentgym_env_weather.backend import DUST, RAIN, SNOW, TEMPERATURE, Refused
from agentgym_env_weather.gazetteer import gazetteer
from agentgym_env_weather.local import LocalBackend
from agentgym_testing.players import ToolPlayer
from agentgym_testing.stub_services import StubRequest, StubService, serve

__all__ = ["serve"]

LOCAL = LocalBackend()


class OpenMeteoStub(StubService):
    """The services."""

    @property
    def asked(self) -> list[tuple[str, dict[str, str]]]:
        """Service and query of every request."""
        return [(request.parts[-1], request.query) for request in self.requests]

    def answer(self, request: StubRequest) -> tuple[int, Any]:
        """In the shape that Open-Meteo documents. Its weather is ours, moved by a degree, so that it is another."""
        service, query = request.parts[-1], request.query
        if service == "search":
            return 200, self._search(query)
        if service == "elevation":
            return 200, {"elevation": [LOCAL.elevation(float(query["latitude"]), float(query["longitude"])) + 1]}
        if service not in ("archive", "forecast", "air-quality"):
            return 404, {"error": True, "reason": "Not Found"}
        if not -90 <= float(query["latitude"]) <= 90:
            return 400, {"error": True, "reason": "Latitude must be in range of -90 to 90°."}
        where = float(query["latitude"]), float(query["longitude"]), query["start_date"], query["end_date"]
        try:
            return 200, self._frame(service, where, query)
        except Refused as no:
            return 400, {"error": True, "reason": str(no)}

    def _frame(self, service: str, where: tuple[float, float, str, str], query: dict[str, str]) -> dict[str, Any]:
        if service == "air-quality":
            series = LOCAL.dust(*where).shown
            hours = [f"{time[:10]}T{hour:02}:00" for time in series["daily"]["time"] for hour in range(24)]
            values = [value + abs(hour - 12) for value in series["daily"][DUST] for hour in range(24)]
            frame = {"hourly_units": {"time": "iso8601", DUST: "EAQI"}, "hourly": {"time": hours, DUST: values}}
        else:
            variables = query["daily"].split(",")
            assert set(variables) <= {*TEMPERATURE, *RAIN, *SNOW}
            series = LOCAL.daily(*where, variables, ahead=False).shown
            daily = {
                key: [value + 1 if key in TEMPERATURE else value for value in column]
                for key, column in series["daily"].items()
            }
            frame = {"daily_units": series["daily_units"], "daily": daily}
        return {
            "latitude": series["latitude"],
            "longitude": series["longitude"],
            "generationtime_ms": 0.1,
            "utc_offset_seconds": 0,
            "timezone": "GMT",
            "timezone_abbreviation": "GMT",
            "elevation": 10.0,
            **frame,
        }

    def _search(self, query: dict[str, str]) -> dict[str, Any]:
        name, count = query["name"], int(query["count"])
        if name.isdigit():
            found = LOCAL.postal_code(name)[:count]
        else:
            found = [
                {**place.plain(), "elevation": float(place.elevation)} for place in gazetteer().search(name, count)
            ]
        results = [{"id": number, "timezone": "GMT", **place} for number, place in enumerate(found, 1)]
        return {"results": results, "generationtime_ms": 0.2} if results else {"generationtime_ms": 0.2}


@pytest.fixture
def stub(serve: Callable[[OpenMeteoStub], OpenMeteoStub]) -> OpenMeteoStub:
    """A running stand-in."""
    return serve(OpenMeteoStub())


@pytest.fixture
def live(stub: OpenMeteoStub) -> dict[str, Any]:
    """A configuration that asks the stand-in."""
    return {"backend": "live", "live": {"base_url": f"{stub.url}/v1", "seconds": 5.0}}


class Player(ToolPlayer):
    """On one task, on any day."""

    def __init__(self, config: dict[str, Any] | None = None, task: str = "weather-train-2") -> None:
        super().__init__("weather", config, task)

    def at(self, today: str) -> Player:
        """The same, on another day."""
        self.environment.box.today = today
        return self


@pytest.fixture
def player() -> Iterator[Player]:
    with Player() as found:
        yield found.at("2013-07-15")


@pytest.fixture
def players() -> type[Player]:
    """Makes a player with a configuration."""
    return Player
