"""Sub-goals of the weather: what has to be known of which place, however it was asked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from attrs import frozen

from agentgym_core.types import ExpertAction
from agentgym_env_weather.gazetteer import kilometres
from agentgym_env_weather.measures import folded
from agentgym_env_weather.tools import WeatherTools
from agentgym_tools import Called, Lookup
from agentgym_tools.goals import Aim, move

NEAR = 25.0
"""Kilometres within which a point stands for a place."""
Point = tuple[float, float]
_SUFFIX = {"temp": "temp", "rain": "rain", "snow": "snow", "air": "air_quality_index"}


def today(why: str) -> Lookup:
    """The date was asked for."""
    return Lookup("get_user_current_date", why)


def here(why: str) -> Lookup:
    """The user's city was asked for."""
    return Lookup("get_user_current_location", why)


@frozen
class Spot:
    """A place of a question: by name, by postal code, or a point that the question gives (`name` is empty then)."""

    name: str
    point: Point
    zipcode: bool = False

    def known(self, box: WeatherTools) -> Point:
        """Its coordinates as the tools returned them."""
        return box.found.get(folded(self.name), self.point) if self.name else self.point

    def near(self, point: Point) -> bool:
        """Whether a point stands for it."""
        return kilometres(*self.point, *point) <= NEAR


@frozen
class Located:
    """The coordinates of a place are known: they were looked up, or the policy has used them."""

    spot: Spot
    thought: str
    needed: bool = True

    def after(self, box: WeatherTools, called: Called, met: bool) -> bool:
        """Whether they are known by now."""
        if met or not called.ok:
            return met
        return folded(self.spot.name) in box.found or any(map(self.spot.near, box.points))

    def move(self, box: WeatherTools) -> ExpertAction | None:
        """Look it up."""
        if self.spot.zipcode:
            return move(self.thought, "convert_zipcode_to_address", {"zipcode": self.spot.name})
        return move(self.thought, "get_latitude_longitude", {"name": self.spot.name})


@frozen
class Known:
    """The weather of a kind at a place is known for every day of a span, in one question or in several."""

    kind: str
    spot: Spot
    first: str
    last: str
    thought: str
    needed: bool = True

    def after(self, box: WeatherTools, called: Called, met: bool) -> bool:
        """Whether it is known by now."""
        if met or not called.ok or not box.asked:
            return met
        spans = sorted(
            (first, last)
            for kind, latitude, longitude, first, last in box.asked
            if kind == self.kind and self.spot.near((latitude, longitude))
        )
        wanted = self.first
        for first, last in spans:
            if first <= wanted <= last:
                wanted = (date.fromisoformat(last) + timedelta(1)).isoformat()
        return wanted > self.last

    def move(self, box: WeatherTools) -> ExpertAction | None:
        """Ask for it, with the tool for the time."""
        latitude, longitude = self.spot.known(box)
        where: dict[str, Any] = {"latitude": latitude, "longitude": longitude}
        name = _SUFFIX[self.kind]
        if self.first == self.last == box.today:
            return move(self.thought, f"get_current_{name}", {**where, "current_date": box.today})
        tool = f"get_historical_{name}" if self.last < box.today else f"get_{name}_forecast"
        return move(self.thought, tool, {**where, "start_date": self.first, "end_date": self.last})


@frozen
class Measured:
    """The height of the ground at a place was asked for."""

    spot: Spot
    thought: str
    needed: bool = True

    def after(self, box: WeatherTools, called: Called, met: bool) -> bool:
        """Whether it was by now."""
        if met or not called.ok or called.tool != "get_elevation":
            return met
        return self.spot.near((called.arguments["latitude"], called.arguments["longitude"]))

    def move(self, box: WeatherTools) -> ExpertAction | None:
        """Ask for it."""
        latitude, longitude = self.spot.known(box)
        return move(self.thought, "get_elevation", {"latitude": latitude, "longitude": longitude})


@frozen
class Apart:
    """The distance of two places was asked for. A policy may work it out itself."""

    one: Spot
    other: Spot
    thought: str
    needed: bool = False

    def after(self, box: WeatherTools, called: Called, met: bool) -> bool:
        """Whether it was by now."""
        if met or not called.ok or called.tool != "get_distance":
            return met
        given = called.arguments
        ends = (given["latitude1"], given["longitude1"]), (given["latitude2"], given["longitude2"])
        return any(self.one.near(one) and self.other.near(other) for one, other in (ends, ends[::-1]))

    def move(self, box: WeatherTools) -> ExpertAction | None:
        """Ask for it."""
        (latitude1, longitude1), (latitude2, longitude2) = self.one.known(box), self.other.known(box)
        return move(
            self.thought,
            "get_distance",
            {"latitude1": latitude1, "longitude1": longitude1, "latitude2": latitude2, "longitude2": longitude2},
        )


def level(index: int, thought: str) -> Lookup:
    """The level of an index was asked for. A policy may know it."""
    return Lookup("get_air_quality_level", thought, {"air_quality_index": index}, needed=False)


@frozen(eq=False)
class Setup:
    """What a task of this environment carries: the day and the city that it is set in, and what it is about.

    `draft` is the question itself, for a backend that knows other answers than ours; None where the answer is fixed. `seen` are the cities
    that the words of a question without a draft name.
    """

    today: str
    location: str
    aim: Aim
    draft: Any = None
    seen: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The cities that the words of the question name."""
        return tuple(self.draft.names) if self.draft else self.seen
