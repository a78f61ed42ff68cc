"""Shops, recipes and sales of a bakery."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from bird_databases.make import cased, day, maybe, weighted

PRODUCTS = (
    ("Rye Loaf", "bread"),
    ("Wheat Loaf", "bread"),
    ("Walnut Bread", "bread"),
    ("Plain Roll", "roll"),
    ("Poppy Roll", "roll"),
    ("Cheese Roll", "roll"),
    ("Apple Cake", "cake"),
    ("Plum Cake", "cake"),
    ("Baker's Tart", "cake"),
    ("Cinnamon Bun", "cake"),
    ("Coffee", "drink"),
    ("Tea", "drink"),
    ("Lemonade", "drink"),
    ("Seed Loaf", "bread"),
)
INGREDIENTS = (
    "flour",
    "rye",
    "butter",
    "sugar",
    "egg",
    "milk",
    "nuts",
    "apple",
    "plum",
    "yeast",
    "salt",
    "poppy seed",
    "cheese",
    "saffron",
)


def rows(chance: Random) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    shops = ("Market Square", "Station", "West End", "Hospital", "Quay")
    yield (
        "shops",
        [
            (
                number,
                shop,
                maybe(chance, day(chance, "1990-01-01", 11000).isoformat(), 0.2),
                chance.choice((0, 0, 8, 16, 24)),
            )
            for number, shop in enumerate(shops, 1)
        ],
    )
    yield (
        "products",
        [
            (
                number,
                title,
                cased(chance, sort),
                f"€{chance.randrange(1, 6)}.{chance.randrange(0, 100, 10):02}",
                maybe(chance, day(chance, "2022-06-01", 200).isoformat(), 0.85),
            )
            for number, (title, sort) in enumerate(PRODUCTS, 1)
        ],
    )
    yield (
        "ingredients",
        [(number, item, chance.choice(("yes", "no", "no", None))) for number, item in enumerate(INGREDIENTS, 1)],
    )
    recipes = {}
    for product in range(1, 15):
        if PRODUCTS[product - 1][1] != "drink":
            for ingredient in (1, *(chance.randrange(2, 14) for _ in range(4))):
                recipes[product, ingredient] = (product, ingredient, chance.randrange(2, 300) / 2)
    yield "recipes", [recipes[key] for key in sorted(recipes)]
    sales = []
    for number in range(1, 421):
        pieces = chance.randrange(1, 40) if chance.random() < 0.96 else -chance.randrange(1, 4)
        paid = maybe(chance, cased(chance, weighted(chance, ("cash", "card"), (3, 2))), 0.08)
        sales.append(
            (
                number,
                chance.randrange(1, 6),
                chance.randrange(1, 14),
                day(chance, "2023-01-01", 365).isoformat(),
                pieces,
                paid,
            )
        )
    yield "sales", sales
    leftovers = {}
    for _ in range(150):
        key = (chance.randrange(1, 5), chance.randrange(1, 11), day(chance, "2023-01-01", 365).isoformat())
        leftovers[key] = (*key, chance.randrange(1, 25))
    yield "leftovers", [leftovers[key] for key in sorted(leftovers)]
