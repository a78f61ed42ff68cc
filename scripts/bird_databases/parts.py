"""Parts, what they are made of, and who supplies them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from bird_databases.make import after, cased, day, maybe, weighted

TITLES = (
    "frame",
    "axle",
    "wheel",
    "spoke",
    "hub",
    "rim",
    "bolt",
    "nut",
    "washer",
    "plate",
    "bracket",
    "cable",
    "lamp",
    "switch",
    "grip",
)
COLOURS = ("black", "silver", "red", "N/A")


def rows(chance: Random) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    makers = (
        "Alpen Steel",
        "Brook & Sons",
        "Corvo",
        "Delmar Parts",
        "Eastgate",
        "Fjord Metall",
        "Gamma Supply",
        "Hollis",
        "Ibex Works",
    )
    yield (
        "suppliers",
        [
            (number, maker, chance.choice(("DE", "PT", "NO", "N/A")), maybe(chance, chance.randrange(1, 6), 0.2))
            for number, maker in enumerate(makers, 1)
        ],
    )
    numbers = [f"P-{100 + number}" for number in range(45)]
    yield (
        "parts",
        [
            (
                part,
                f"{TITLES[place % 15]} {'SML'[place // 15]}",
                cased(chance, chance.choice(COLOURS[:3])) if chance.random() < 0.8 else "N/A",
                maybe(chance, chance.randrange(10, 9000) / 10, 0.1),
            )
            for place, part in enumerate(numbers)
        ],
    )
    contains = {}
    for place, part in enumerate(numbers[:18]):
        for _ in range(chance.randrange(1, 4)):
            piece = numbers[chance.randrange(max(place + 1, 6), 42)]
            contains[part, piece] = (part, piece, chance.randrange(1, 9))
    yield "contains", [contains[key] for key in sorted(contains)]
    offers = {}
    for _ in range(130):
        supplier, part = chance.randrange(1, 9), numbers[chance.randrange(43)]
        price = f"{chance.randrange(1, 90)}.{chance.randrange(0, 100, 5):02}"
        days = maybe(chance, chance.randrange(1, 30), 0.15)
        offers[supplier, part] = (supplier, part, price.replace(".", ",") if chance.random() < 0.25 else price, days)
    yield "offers", [offers[key] for key in sorted(offers)]
    orders, lines = [], {}
    offered: dict[int, list[str]] = {}
    for supplier, part in sorted(offers):
        offered.setdefault(supplier, []).append(part)
    for number in range(1, 121):
        supplier = weighted(chance, (1, 2, 3, 4, 5, 6, 7), (5, 4, 3, 3, 2, 2, 1))
        placed = day(chance, "2022-01-01", 700)
        orders.append(
            (
                number,
                supplier,
                placed.isoformat(),
                maybe(chance, after(placed, chance.randrange(1, 45)).isoformat(), 0.1),
            )
        )
        for _ in range(chance.randrange(1, 5)):
            part = chance.choice(offered[supplier])
            unit = float(str(offers[supplier, part][2]).replace(",", "."))
            lines[number, part] = (number, part, chance.randrange(1, 200), unit)
    yield "orders", orders
    yield "order lines", [lines[key] for key in sorted(lines)]
    yield (
        "stock",
        [
            (part, chance.randrange(-8, 300), maybe(chance, f"{chance.choice('ABCD')}{chance.randrange(1, 9)}", 0.1))
            for part in numbers[:40]
        ],
    )
