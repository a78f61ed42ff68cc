"""Flats, leases and repairs of a landlord."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from bird_databases.make import after, cased, day, dmy, maybe, names

STREETS = ("Harbour Road", "Station Street", "Linden Way", "King's Court", "Canal Row", "Hill Rise")
WORK = ("plumbing", "heating", "windows", "electrics", "painting", "locks")


def rows(chance: Random) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    districts = (("Old Town", 18200), ("Docks", 9400), ("Northfield", 25100), ("Green Hill", 12750), ("Airport", 310))
    yield "districts", [(number, *entry) for number, entry in enumerate(districts, 1)]
    buildings = []
    for number in range(1, 19):
        year = chance.randrange(1890, 2019)
        built = maybe(chance, f"c. {year // 10 * 10}" if year < 1925 else str(year), 0.1)
        lift = cased(chance, chance.choice(("yes", "no")))
        buildings.append((number, f"{chance.choice(STREETS)} {number * 3}", chance.randrange(1, 5), built, lift))
    yield "buildings", buildings
    flats = []
    for number in range(1, 111):
        rooms = chance.choice((1, 2, 2, 3, 3, 4, 5))
        area = maybe(chance, float(rooms * 18 + chance.randrange(12, 30)), 0.08)
        euros = 260 * rooms + chance.randrange(120, 420, 5)
        rent = maybe(chance, f"{euros} EUR" if chance.random() < 0.7 else f"EUR {euros}", 0.07)
        flats.append((number, chance.randrange(1, 18), chance.randrange(0, 6), rooms, area, rent))
    yield "flats", flats
    people = [", ".join(reversed(person.split(" "))) for person in names(chance, 130)]
    yield (
        "tenants",
        [
            (number, person, maybe(chance, f"0{chance.randrange(100, 999)} {chance.randrange(10000, 99999)}", 0.2))
            for number, person in enumerate(people, 1)
        ],
    )
    leases: list[tuple[Any, ...]] = []
    for flat in flats:
        starts = day(chance, "2014-01-01", 900)
        if flat[5] is None:
            continue
        while starts.year < 2024:
            ends = after(starts, chance.randrange(200, 1800))
            over = ends.year < 2024
            leases.append(
                (
                    len(leases) + 1,
                    flat[0],
                    chance.randrange(1, 126),
                    starts.isoformat(),
                    ends.isoformat() if over else None,
                )
            )
            starts = after(ends, chance.randrange(1, 120))
    yield "leases", leases
    yield (
        "repairs",
        [
            (
                number,
                chance.randrange(1, 105),
                dmy(day(chance, "2020-01-01", 1400), "."),
                chance.choice(WORK),
                maybe(chance, chance.randrange(4000, 190000, 25) / 100),
            )
            for number in range(1, 181)
        ],
    )
