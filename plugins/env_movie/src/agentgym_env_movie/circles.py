"""Circles of people who make films with one another: a country, a sound of names, its own people, towns and companies."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

from attrs import frozen

from agentgym_env_movie.names import COUNTRIES, Tongue, company_names
from agentgym_env_movie.words import table

_Item = TypeVar("_Item")

HOMES = (
    "US", "CA", "FR", "BE", "JP", "JP", "RU", "RU", "US", "AU", "GB", "IE", "CN", "US", "NL", "DE", "ES", "MX", "US", "NZ",
)  # fmt: skip
"""The country of every circle. Two in a row share the sound of their names; the last two of ten are evaluation's."""
_ACTORS, _DIRECTORS, _WRITERS, _PRODUCERS, _CRAFTS = 310, 46, 36, 40, 70
_COMPANIES = 14
OLDEST = 80
"""The age up to which people make films."""
_NAMESAKES = 0.07


def is_evaluation(circle: int) -> bool:
    """Whether a circle's films and people are asked about in `eval`."""
    return circle % 10 >= 8


def nouns_of(circle: int) -> list[int]:
    """The nouns of a circle's titles: no title of a split is one of the other's."""
    return [place for place in range(len(table("nouns"))) if (place % 5 == 4) == is_evaluation(circle)]


def one_of(chance: random.Random, items: Sequence[_Item]) -> _Item:
    """One of the items. Twice as quick as `Random.choice`: there are half a million to draw."""
    return items[int(chance.random() * len(items))]


def some_of(chance: random.Random, items: Sequence[_Item], count: int) -> list[_Item]:
    """Several different ones of the items, few of many."""
    places: dict[int, None] = {}
    size = len(items)
    while len(places) < min(count, size):
        places[int(chance.random() * size)] = None
    return [items[place] for place in places]


@frozen
class Person:
    """Somebody who makes films."""

    id: int
    name: str
    born: str
    died: str | None
    place: str | None
    department: str
    fame: float


class Pool:
    """People of one trade, by age. Some are far better known than others."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = sorted(people, key=lambda person: (person.born, person.id))
        self._born = [int(person.born[:4]) for person in self.people]
        self._fame = [person.fame for person in self.people]

    def draw(self, chance: random.Random, year: int, count: int, youngest: int = 19, oldest: int = 68) -> list[Person]:
        """Different people of working age, rather the better known."""
        start, end = bisect_left(self._born, year - oldest), bisect_right(self._born, year - youngest)
        found: dict[int, None] = {}
        draw, fame, span = chance.random, self._fame, end - start
        for _ in range(3 * count if span else 0):
            one, other = start + int(draw() * span), start + int(draw() * span)
            found[one if fame[one] >= fame[other] else other] = None
            if len(found) == count:
                break
        return [self.people[place] for place in found]


class Circle:
    """The people, towns and companies of a circle; `company_ids` run with `companies`."""

    def __init__(
        self, number: int, tongue: Tongue, chance: random.Random, ids: Sequence[int], companies: Sequence[int]
    ):
        self.number, self.home = number, HOMES[number]
        self.language = COUNTRIES[self.home][1]
        half = len(tongue.towns) // 2
        self.towns = tongue.towns[:half] if number % 2 == 0 else tongue.towns[half:]
        part = slice(number % 2, None, 2)
        self._given, self._family = tongue.given[part], tongue.family[part]
        self.companies = list(zip(companies, company_names(chance, self._tongue(tongue), len(companies)), strict=True))
        fresh = iter(ids)
        self._names: list[str] = []
        self.actors, self.directors, self.writers, self.producers, self.crafts = (
            Pool([self._person(chance, next(fresh), department) for _ in range(count)])
            for department, count in (
                ("Acting", _ACTORS), ("Directing", _DIRECTORS), ("Writing", _WRITERS), ("Production", _PRODUCERS), ("Crew", _CRAFTS),
            )
        )  # fmt: skip

    @property
    def people(self) -> list[Person]:
        """Everybody."""
        pools = (self.actors, self.directors, self.writers, self.producers, self.crafts)
        return [person for pool in pools for person in pool.people]

    def name(self, chance: random.Random) -> str:
        """Given and family name of nobody in particular."""
        return f"{one_of(chance, self._given)} {one_of(chance, self._family)}"

    def _tongue(self, tongue: Tongue) -> Tongue:
        return Tongue(self._given, self._family, tongue.towns)

    def _person(self, chance: random.Random, id: int, department: str) -> Person:
        name = one_of(chance, self._names) if self._names and chance.random() < _NAMESAKES else self.name(chance)
        self._names.append(name)
        born = date(1908, 1, 1) + timedelta(days=int(chance.random() * 34_000))
        # Nobody works on after they have died.
        died = born + timedelta(days=int((OLDEST + 2 + 16 * chance.random()) * 365.25))
        place = f"{one_of(chance, self.towns)}, {COUNTRIES[self.home][0]}" if chance.random() < 0.94 else None
        gone = died.isoformat() if died < date(2025, 1, 1) else None
        return Person(id, name, born.isoformat(), gone, place, department, round(chance.paretovariate(1.3), 3))


def people_of_a_circle() -> int:
    """How many people a circle has."""
    return _ACTORS + _DIRECTORS + _WRITERS + _PRODUCERS + _CRAFTS


def companies_of_a_circle() -> int:
    """How many companies a circle has."""
    return _COMPANIES
