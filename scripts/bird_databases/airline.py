"""Flights of a small airline."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from bird_databases.make import after, cased, clock, day, maybe, money, names, weighted

AIRPORTS = (
    ("NWK", "Norwick International", "Norwick", "Ardland"),
    ("NWC", "Norwick City", "Norwick", "Ardland"),
    ("PEL", "Port Elm", "Port Elm", "Ardland"),
    ("SAL", "Saltby", "Saltby", "Ardland"),
    ("GRF", "Graufeld Süd", "Graufeld", "Berven"),
    ("VNV", "Vila Nova", "Vila Nova", "Costara"),
    ("KES", "Kesten", "Kesten", "Berven"),
    ("OST", "Ostra Harbour", "Ostra", "Dravia"),
)
MODELS = (("Swift 90", 90), ("Swift 120", 120), ("Heron 180", 180), ("Albatross 260", 260))


def rows(chance: Random) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    unknown = ("NWC", "OST")
    yield "airports", [(*airport, None if airport[0] in unknown else chance.randrange(5, 4000)) for airport in AIRPORTS]
    tails = [f"AG-{letter}{number}" for letter in "ABC" for number in (11, 12, 13, 14)]
    fleet = [(tail, *chance.choice(MODELS), maybe(chance, chance.randrange(1996, 2021), 0.1)) for tail in tails]
    yield "aircraft", fleet
    codes = [airport[0] for airport in AIRPORTS]
    flights = []
    for number in range(1, 221):
        origin, destination = chance.sample(codes, 2)
        status = weighted(chance, ("landed", "cancelled", "diverted"), (17, 2, 1))
        delay = None if status == "cancelled" else max(-12, int(chance.gauss(14, 25)))
        departs = f"{day(chance, '2023-01-01', 365).isoformat()} {clock(chance, 6, 22)}"
        tail = maybe(chance, chance.choice(tails), 0.05)
        flights.append(
            (
                number,
                f"AG{chance.randrange(100, 160)}",
                origin,
                destination,
                tail,
                departs,
                delay,
                cased(chance, status),
            )
        )
    yield "flights", flights
    countries = ("Ardland", "Berven", "Costara", "Dravia")
    tiers = ("gold", "silver", None)
    people = names(chance, 90)
    yield (
        "passengers",
        [
            (number, person, maybe(chance, chance.choice(countries)), weighted(chance, tiers, (1, 2, 6)))
            for number, person in enumerate(people, 1)
        ],
    )
    tickets = []
    for number in range(1, 401):
        flight = chance.choice(flights)
        cabin = weighted(chance, ("economy", "business"), (5, 1))
        cents = chance.randrange(4900, 38000) * (4 if cabin == "business" else 1)
        leaves = day(chance, flight[5][:10], 1)
        tickets.append(
            (
                number,
                flight[0],
                chance.randrange(1, 87),
                cabin,
                money(cents),
                after(leaves, -chance.randrange(1, 90)).isoformat(),
            )
        )
    yield "tickets", tickets
