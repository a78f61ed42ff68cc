"""What the modules that draw rows share. Everything comes from the generator that is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")

FIRST = [
    "Ada",
    "Bela",
    "Cem",
    "Dora",
    "Edgar",
    "Femke",
    "Gil",
    "Hana",
    "Ivo",
    "Jana",
    "Kofi",
    "Lena",
    "Milo",
    "Nora",
    "Otto",
    "Paula",
    "Quentin",
    "Rosa",
    "Sven",
    "Tara",
    "Umut",
    "Vera",
    "Wim",
    "Xenia",
    "Yusuf",
    "Zoe",
]
LAST = [
    "Abel",
    "Brandt",
    "Costa",
    "Dubois",
    "Eklund",
    "Fischer",
    "Garcia",
    "Hoffman",
    "Ivanov",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Novak",
    "Okafor",
    "Petrov",
    "Quispe",
    "Rossi",
    "Silva",
    "Tanaka",
    "Usman",
    "Varga",
    "Weiss",
    "Xavier",
    "Yilmaz",
    "Zeman",
    "O'Brien",
]
CITIES = ("Norwick", "Port Elm", "Saltby", "Graufeld", "Vila Nova", "Kesten", "Ostra", "Mill Lane")


def name(chance: Random) -> str:
    """A first and a last name."""
    return f"{chance.choice(FIRST)} {chance.choice(LAST)}"


def names(chance: Random, count: int) -> list[str]:
    """Names that differ."""
    pool = [f"{first} {last}" for first in FIRST for last in LAST]
    return [pool.pop(chance.randrange(len(pool))) for _ in range(count)]


def day(chance: Random, first: str, days: int) -> date:
    """A day from the first (ISO) on, within so many days."""
    return date.fromisoformat(first) + timedelta(days=chance.randrange(days))


def after(start: date, days: int) -> date:
    """So many days later."""
    return start + timedelta(days=days)


def dmy(value: date, mark: str = "/") -> str:
    """Day, month, year."""
    return f"{value.day:02}{mark}{value.month:02}{mark}{value.year}"


def mdy(value: date) -> str:
    """Month/day/year."""
    return f"{value.month:02}/{value.day:02}/{value.year}"


def clock(chance: Random, first: int, last: int) -> str:
    """A time of day between two hours."""
    return f"{chance.randrange(first, last):02}:{chance.randrange(0, 60, 5):02}"


def messy(chance: Random, text: str, share: float = 0.25) -> str:
    """The text, at times in another case or with blanks around it."""
    if chance.random() >= share:
        return text
    return chance.choice((text.upper(), text.lower(), f"{text} ", f" {text}"))


def cased(chance: Random, text: str, share: float = 0.3) -> str:
    """The text, at times in another case."""
    return text if chance.random() >= share else chance.choice((text.upper(), text.lower()))


def maybe(chance: Random, value: T, missing: float = 0.1) -> T | None:
    """The value, at times missing."""
    return None if chance.random() < missing else value


def money(cents: int) -> str:
    """An amount with sign and thousands marks."""
    return f"${cents // 100:,}.{cents % 100:02}"


def weighted(chance: Random, values: Sequence[T], weights: Sequence[int]) -> T:
    """One of the values."""
    at = chance.randrange(sum(weights))
    for value, weight in zip(values, weights, strict=True):
        at -= weight
        if at < 0:
            return value
    raise AssertionError("weights are not negative")
