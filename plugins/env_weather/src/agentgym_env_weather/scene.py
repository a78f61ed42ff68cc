"""What questions are drawn from: a day, a home, the cities of a split; and a reader of what a backend knows."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import lru_cache

from attrs import frozen

from agentgym_core.types import digest
from agentgym_env_weather.backend import Backend, Refused
from agentgym_env_weather.gazetteer import Place, gazetteer, postal_code
from agentgym_env_weather.goals import Spot
from agentgym_env_weather.measures import distance
from agentgym_env_weather.observed import station_near
from agentgym_env_weather.tools import ask
from agentgym_tools import Goal

_SHARE = 5
_LEAST = 100_000
"""People in the smallest city that is asked about."""
_OBSERVED = 0.15
"""The share of cities that are drawn from those with observations."""
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_PLACE = {"highest": 0, "lowest": 1, "mean": 2}


@frozen
class Solved:
    """The answer to a question, and what has to be known for it; `why` is an expert's thought before it answers.

    `accepted` are answers that are as right.
    """

    answer: object
    goals: Sequence[Goal]
    why: str
    accepted: Sequence[object] = ()


@frozen
class Draft:
    """A question. `solve` answers it out of what a backend knows, or says None where that gives no good question."""

    text: str
    solve: Callable[[Reader], Solved | None]
    names: tuple[str, ...] = ()
    tolerance: float = 0.0
    unit: str = ""
    ordered: bool = False


class Reader:
    """Reads what a backend knows about spots. Past or coming is as seen from a day.

    `choosy` where questions are drawn: what is a poor question is none then. A question that stands already is answered as it is.
    """

    def __init__(self, backend: Backend, today: str, *, choosy: bool = True) -> None:
        self.backend, self.today, self.choosy = backend, today, choosy

    def heat(self, spot: Spot, first: str, last: str, which: str = "mean") -> list[float]:
        """The `highest`, `lowest` or `mean` temperatures of days."""
        return self._values("temp", spot, first, last, _PLACE[which])

    def rain(self, spot: Spot, first: str, last: str) -> list[float]:
        """Millimetres of rain by day."""
        return self._values("rain", spot, first, last)

    def snow(self, spot: Spot, first: str, last: str) -> list[float]:
        """Centimetres of snow by day."""
        return self._values("snow", spot, first, last)

    def air(self, spot: Spot, first: str, last: str) -> list[float]:
        """The air quality index at noon by day."""
        return self._values("air", spot, first, last)

    def elevation(self, spot: Spot) -> float:
        """The height of the ground."""
        return self.backend.elevation(*self.point(spot))

    def apart(self, one: Spot, other: Spot) -> float:
        """Kilometres between two spots."""
        return distance(*self.point(one), *self.point(other))

    def point(self, spot: Spot) -> tuple[float, float]:
        """The coordinates that a tool would tell.

        :raises Refused: there are none.
        """
        if not spot.name:
            return spot.point
        found = (self.backend.postal_code if spot.zipcode else self.backend.places)(spot.name)
        if not found:
            raise Refused(f"no place is called {spot.name}")
        return found[0]["latitude"], found[0]["longitude"]

    def _values(self, kind: str, spot: Spot, first: str, last: str, variable: int = 0) -> list[float]:
        """Values by day, in one question or, across today, in as many as the tools need."""
        values: list[float] = []
        for start, end in _parts(first, last, self.today):
            series = ask(self.backend, kind, *self.point(spot), start, end, ahead=start >= self.today)
            column = series.values(list(series.shown["daily"])[1 + variable])
            if None in column:
                raise Refused("a day has no value")
            values += column
        return values


def _parts(first: str, last: str, today: str) -> list[tuple[str, str]]:
    parts = [
        (first, min(last, shifted(today, -1))),
        (max(first, today), min(last, today)),
        (max(first, shifted(today, 1)), last),
    ]
    return [(start, end) for start, end in parts if start <= end]


class Scene:
    """The day and the home of a question, and the cities that it may name."""

    def __init__(self, chance: random.Random, split: str, year: int) -> None:
        self.chance = chance
        self.split = split
        self.today = (date(year, 2, 1) + timedelta(days=chance.randrange(1000))).isoformat()
        self._cities, self._observed = cities(split)
        self._taken: set[int] = set()
        self.home = self.city()

    def city(self) -> Place:
        """A city that this question has not named yet."""
        while True:
            pool = self._observed if self._observed and self.chance.random() < _OBSERVED else self._cities
            place = self.chance.choice(pool)
            if place.id not in self._taken:
                self._taken.add(place.id)
                return place

    def spot(self) -> Spot:
        """Such a city as a spot."""
        return spot_of(self.city())

    def spots(self, count: int) -> list[Spot]:
        """Several of them."""
        return [self.spot() for _ in range(count)]

    def zip_spot(self) -> Spot | None:
        """A postal code of the split; None where chance finds none."""
        for _ in range(40):
            code = f"{self.chance.randrange(100_000):05}"
            if belongs_to_eval(f"zip {code}") == (self.split == "eval"):
                found = postal_code(code)
                if found:
                    return Spot(code, (found[0]["latitude"], found[0]["longitude"]), zipcode=True)
        return None

    def day(self, days: int) -> str:
        """The date so many days from today."""
        return shifted(self.today, days)

    def past(self, least: int, most: int) -> tuple[str, str]:
        """A span of past days, so many days long, that ended not long ago."""
        length = self.chance.randint(least, most)
        end = self.day(-self.chance.randint(2, 25))
        return shifted(end, 1 - length), end


def spot_of(place: Place) -> Spot:
    """A city as a spot."""
    return Spot(place.name, (place.latitude, place.longitude))


@lru_cache(maxsize=4)
def cities(split: str) -> tuple[Sequence[Place], Sequence[Place]]:
    """The cities of a split, and those of them with observations. Each is the first that a search for its name finds."""
    book = gazetteer()
    found = [
        place
        for place in book.places
        if place.population >= _LEAST
        and belongs_to_eval(place.id) == (split == "eval")
        and not any(sign.isdigit() or sign in ",()/" for sign in place.name)
        and book.search(place.name, 1) == [place]
    ]
    return found, [place for place in found if station_near(place.latitude, place.longitude)]


def belongs_to_eval(key: object) -> bool:
    """Whether a city, a postal code or an answer is one of evaluation's: about one in five."""
    return int(digest(["weather", key]), 16) % _SHARE == 0


def shifted(day: str, days: int) -> str:
    """A date so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def days_between(first: str, last: str) -> list[str]:
    """All dates of a span, both ends included."""
    count = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    return [shifted(first, number) for number in range(count)]


def said(day: str) -> str:
    """A date in words."""
    found = date.fromisoformat(day)
    return f"{found.day} {_MONTHS[found.month - 1]} {found.year}"


def listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them."""
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]


def tied(reader: Reader, values: Sequence[float], best: float) -> list[int]:
    """The places of the best value; none where a choosy reader finds it twice."""
    places = [place for place, value in enumerate(values) if value == best]
    return [] if reader.choosy and len(places) > 1 else places


def solved(answers: Sequence[object], goals: Sequence[Goal], why: str) -> Solved:
    """A question with one of several answers that are equally right."""
    return Solved(answers[0], goals, why, answers[1:])
