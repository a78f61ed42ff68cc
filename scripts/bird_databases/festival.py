"""Bands, gigs and visitors of a music festival."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from bird_databases.make import CITIES, cased, clock, maybe, messy, names, weighted

ONE = ("Velvet", "Iron", "Paper", "Northern", "Electric", "Lost", "Silver", "Midnight")
TWO = ("Foxes", "Harbour", "Kites", "Engine", "Choir", "Satellites")
GENRES = ("rock", "folk", "jazz", "electro", "punk", "soul")
COMMENTS = ("great!", "too loud", "couldn't hear the singer", "best of the day", "meh", "wow, just wow")


def rows(chance: Random) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    stages = (("Main", 9000), ("Tent", 1800), ("Lake", None), ("Cellar", 250))
    yield "stages", [(number, *entry) for number, entry in enumerate(stages, 1)]
    pool = [f"{one} {two}" for one in ONE for two in TWO]
    bands = []
    for number in range(1, 33):
        title = pool.pop(chance.randrange(len(pool)))
        genres = ";".join(chance.sample(GENRES, chance.choice((1, 1, 2, 3))))
        bands.append(
            (
                number,
                title,
                cased(chance, chance.choice(("DE", "SE", "UK", "PT", "NO"))),
                maybe(chance, chance.randrange(1985, 2020)),
                genres,
            )
        )
    yield "bands", bands
    gigs = []
    for number in range(1, 121):
        minutes = maybe(chance, chance.choice((30, 45, 60, 75, 90)), 0.06)
        starts = f"{chance.choice(('Fri', 'Sat', 'Sun'))} {clock(chance, 12, 24)}"
        fee = maybe(chance, chance.randrange(3, 90) * 100, 0.12)
        gigs.append(
            (
                number,
                chance.randrange(1, 30),
                chance.randrange(1, 5),
                chance.randrange(2018, 2024),
                starts,
                minutes,
                fee,
            )
        )
    yield "gigs", gigs
    visitors = []
    for number, person in enumerate(names(chance, 100), 1):
        age = weighted(chance, (chance.randrange(15, 71), -1, None), (9, 1, 1))
        visitors.append((number, person, maybe(chance, messy(chance, chance.choice(CITIES))), age))
    yield "visitors", visitors
    prices = {"day": 59.0, "weekend": 129.5, "vip": 299.0}
    passes = []
    for number in range(1, 201):
        kind = weighted(chance, ("day", "weekend", "vip"), (4, 5, 1))
        price = 0.0 if chance.random() < 0.06 else prices[kind]
        passes.append((number, chance.randrange(1, 96), chance.randrange(2018, 2024), kind, price))
    yield "passes", passes
    ratings = {}
    for _ in range(300):
        key = (chance.randrange(1, 90), chance.randrange(1, 117))
        ratings[key] = (
            *key,
            maybe(chance, weighted(chance, (1, 2, 3, 4, 5), (1, 2, 4, 6, 5)), 0.08),
            maybe(chance, chance.choice(COMMENTS), 0.6),
        )
    yield "ratings", [ratings[key] for key in sorted(ratings)]
