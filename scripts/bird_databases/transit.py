"""Lines, trips and taps of a town's trams and buses."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from bird_databases.make import cased, clock, day, maybe, messy, weighted

STOPS = [
    "Central Station",
    "Town Hall",
    "Market",
    "Harbour",
    "University",
    "Hospital",
    "Stadium",
    "Zoo",
    "Airport",
    "Mill Lane",
    "Queen's Park",
    "North Gate",
    "South Gate",
    "Museum",
    "Library",
    "Brewery",
    "Depot",
    "Lake View",
    "Old Bridge",
    "Forest Road",
    "Hill Top",
    "Ferry",
]
LINES = ("T1", "T2", "T3", "B10", "B12", "B14", "B20", "N1")


def rows(chance: Random) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    colours = ("red", "blue", "green", "orange", "violet")
    yield (
        "lines",
        [(line, maybe(chance, cased(chance, chance.choice(colours))), chance.randrange(1925, 2019)) for line in LINES],
    )
    yield (
        "stops",
        [
            (number, stop, weighted(chance, ("A", "B", "C"), (4, 4, 2)), chance.choice(("yes", "yes", "no", None)))
            for number, stop in enumerate(STOPS, 1)
        ],
    )
    line_stops, served = [], {}
    for line in LINES:
        chosen = chance.sample(range(1, len(STOPS)), chance.randrange(6, 11))
        served[line], minutes = chosen, 0
        for place, stop in enumerate(chosen, 1):
            line_stops.append((line, place, stop, minutes))
            minutes += chance.randrange(1, 6)
    yield "line_stops", line_stops
    yield (
        "vehicles",
        [
            (
                number,
                messy(chance, chance.choice(("Corda", "Lynx", "Metrovia")), 0.35),
                maybe(chance, f"{chance.randrange(1, 13):02}/{chance.randrange(1998, 2022)}"),
                chance.choice((60, 75, 120, 180)),
            )
            for number in range(1, 19)
        ],
    )
    trips = []
    for number in range(1, 241):
        dropped = chance.random() < 0.05
        departs = f"{day(chance, '2023-09-01', 61).isoformat()} {clock(chance, 5, 24)}"
        late = None if dropped else max(-2, int(chance.gauss(3, 4)))
        trips.append((number, chance.choice(LINES[:7]), None if dropped else chance.randrange(1, 17), departs, late))
    yield "trips", trips
    cards = [f"{chance.randrange(10**7, 10**8)}" for _ in range(70)]
    taps = []
    for number in range(1, 451):
        trip = chance.choice(trips)
        fare = maybe(chance, chance.choice((190, 290, 390)), 0.3)
        card = cards[min(chance.randrange(70), chance.randrange(70))]
        taps.append((number, card, trip[0], chance.choice(served[trip[1]]), fare))
    yield "taps", taps
    kinds = ("door fault", "accident", "blocked track", "crowding")
    yield (
        "incident log",
        [
            (
                number,
                chance.randrange(1, 230),
                cased(chance, chance.choice(kinds), 0.4),
                maybe(chance, chance.randrange(1, 35)),
            )
            for number in range(1, 61)
        ],
    )
