"""Invented names and sentences for the data of the sites, drawn by a generator that the caller seeds."""

from __future__ import annotations

import random
from datetime import date, timedelta

TODAY = date(2024, 6, 14)
"""The day that every site takes for today."""

_FIRST = [
    "Ada",
    "Bruno",
    "Cleo",
    "Dario",
    "Elin",
    "Fadi",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Kira",
    "Levi",
    "Mara",
    "Nils",
    "Olga",
    "Pavel",
    "Rosa",
    "Sami",
    "Tilda",
    "Ugo",
    "Vera",
    "Wim",
    "Yara",
    "Zeno",
]
_START = [
    "Al",
    "Bar",
    "Cor",
    "Dun",
    "El",
    "Far",
    "Gal",
    "Har",
    "Is",
    "Kel",
    "Lor",
    "Mar",
    "Nor",
    "Or",
    "Pen",
    "Quil",
    "Ros",
    "Sal",
    "Tor",
    "Ul",
    "Ver",
    "Wel",
    "Yar",
    "Zan",
]
_END = [
    "ba",
    "den",
    "dor",
    "fell",
    "gate",
    "ham",
    "ick",
    "lan",
    "ley",
    "mark",
    "mere",
    "mont",
    "nes",
    "port",
    "ridge",
    "sted",
    "ten",
    "ton",
    "vale",
    "wick",
    "worth",
]
_SAYS = (
    "It does what it should and looks good while doing it.",
    "I have used it for a month and would take it again.",
    "The first one broke after a week, the second one has held.",
    "Not quite what the picture promised, but close enough.",
    "My neighbour recommended it, and she was right.",
    "Simple, sturdy, and easy to clean.",
    "It took longer to arrive than I had hoped.",
    "A fair price for something that lasts.",
)


def place(rng: random.Random) -> str:
    """A name for a town, a river or a street."""
    return rng.choice(_START) + rng.choice(_END)


def person(rng: random.Random) -> str:
    """A first name and a surname."""
    return f"{rng.choice(_FIRST)} {rng.choice(_START)}{rng.choice(_END)}"


def handle(rng: random.Random) -> str:
    """A user name."""
    return f"{rng.choice(_FIRST).lower()}_{rng.choice(_START).lower()}{rng.choice(_END)}{rng.randint(10, 99)}"


def password(rng: random.Random) -> str:
    """A password, made up with the data and known to nobody but the task."""
    return "".join(rng.choices("abcdefghjkmnpqrstuvwxyz23456789", k=10))


def sentence(rng: random.Random) -> str:
    """Something that a customer might say."""
    return rng.choice(_SAYS)


def day(rng: random.Random, most: int = 720) -> str:
    """A day before today, at most so many days ago."""
    return (TODAY - timedelta(days=rng.randint(1, most))).isoformat()


def several(rng: random.Random, make: object, count: int) -> list[str]:
    """So many different names."""
    assert callable(make)
    found: dict[str, None] = {}
    while len(found) < count:
        found[str(make(rng))] = None
    return list(found)
