"""Fields, crops and work of a farm."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from bird_databases.make import after, cased, day, maybe, names

FIELDS = (
    "Long Acre",
    "Mill Field",
    "Upper Ley",
    "Lower Ley",
    "Crow Hill",
    "Fen Side",
    "Old Orchard",
    "Stone Pit",
    "Church End",
)
CROPS = (
    ("wheat", "cereals"),
    ("barley", "cereals"),
    ("oats", "cereals"),
    ("peas", "legumes"),
    ("beans", "legumes"),
    ("potato", "nightshades"),
    ("rapeseed", "brassicas"),
    ("hemp", "others"),
)


def rows(chance: Random) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    soils = ("clay", "loam", "sand")
    yield (
        "fields",
        [
            (number, field, chance.randrange(15, 140) / 10, None if number in (4, 8) else chance.choice(soils))
            for number, field in enumerate(FIELDS, 1)
        ],
    )
    yield "crops", [(number, *crop) for number, crop in enumerate(CROPS, 1)]
    plantings: list[tuple[Any, ...]] = []
    for year in range(2017, 2024):
        for field in range(1, len(FIELDS) + 1):
            planted = day(chance, f"{year}-03-01", 60)
            harvested = maybe(chance, after(planted, chance.randrange(80, 160)).isoformat(), 0.1)
            plantings.append((len(plantings) + 1, field, chance.randrange(1, 8), planted.isoformat(), harvested))
    yield "plantings", plantings
    yields = []
    for planting in plantings:
        for load in range(1, chance.randrange(2, 6) if planting[4] else 1):
            kilograms = chance.randrange(300, 4000, 10)
            weight = f"{kilograms} kg" if chance.random() < 0.6 else f"{kilograms / 1000} t"
            yields.append((planting[0], load, weight, maybe(chance, cased(chance, chance.choice("AABBC")), 0.15)))
    yield "yields", yields
    people = names(chance, 12)
    yield (
        "workers",
        [
            (
                number,
                person,
                chance.randrange(1250, 2600, 25),
                None if number == 1 else 1 if number < 4 else chance.randrange(1, 6),
            )
            for number, person in enumerate(people, 1)
        ],
    )
    shifts: dict[tuple[int, str], tuple[Any, ...]] = {}
    for _ in range(330):
        worker, worked = chance.randrange(1, 12), day(chance, "2023-03-01", 200).isoformat()
        where = maybe(chance, chance.randrange(1, len(FIELDS) + 1), 0.2)
        shifts[worker, worked] = (worker, worked, where, chance.randrange(4, 21) / 2)
    yield "shifts", [shifts[key] for key in sorted(shifts)]
