"""Members, classes and weights of a gym."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from bird_databases.make import after, cased, day, maybe, mdy, names, weighted

CLASSES = ("Spin", "Yoga", "Pilates", "Boxing", "Circuit", "Stretch", "Rowing")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def rows(chance: Random) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    plans = (("Off-Peak", 1990), ("Basic", 2990), ("Plus", 4490), ("Family", 6990), ("Trial", 0))
    yield "plans", [(number, *plan) for number, plan in enumerate(plans, 1)]
    members: list[tuple[Any, ...]] = []
    for number, person in enumerate(names(chance, 88), 1):
        address = f"{person.replace(' ', '.').lower()}@mail.example"
        joined = mdy(day(chance, "2018-01-01", 2100))
        plan = maybe(chance, weighted(chance, (1, 2, 3, 4), (3, 4, 3, 1)), 0.12)
        year = weighted(chance, (chance.randrange(1955, 2006), 0), (9, 1))
        members.append((number, person, maybe(chance, cased(chance, address, 0.2), 0.08), joined, plan, year))
    for number in range(89, 95):
        again = members[chance.randrange(80)]
        address = f"{again[1].replace(' ', '.').lower()}@mail.example"
        members.append((number, again[1], address.title(), mdy(day(chance, "2023-01-01", 200)), 2, again[5]))
    yield "members", members
    yield (
        "coaches",
        [(number, person, chance.randrange(40, 90) / 2) for number, person in enumerate(names(chance, 7), 1)],
    )
    classes = [
        (
            number,
            CLASSES[number % 7],
            None if number in (5, 13) else chance.randrange(1, 7),
            WEEKDAYS[chance.randrange(7)],
            chance.randrange(6, 20),
        )
        for number in range(1, 19)
    ]
    yield "classes", classes
    # 2 January 2023 was a Monday.
    bookings: dict[tuple[int, int, str], tuple[Any, ...]] = {}
    for _ in range(420):
        held = chance.choice(classes)
        week = after(day(chance, "2023-01-02", 1), 7 * chance.randrange(20))
        when = after(week, WEEKDAYS.index(held[3])).isoformat()
        member = min(chance.randrange(1, 90), chance.randrange(1, 90))
        came = weighted(chance, ("Y", "yes", "N", "no", None), (8, 4, 2, 1, 2))
        bookings[held[0], member, when] = (held[0], member, when, came)
    yield "bookings", [bookings[key] for key in sorted(bookings)]
    weights: list[tuple[Any, ...]] = []
    for member in range(1, 60, 2):
        tenths, weighed = chance.randrange(520, 1050), day(chance, "2023-01-02", 30)
        for _ in range(chance.randrange(2, 7)):
            text = f"{tenths // 10}.{tenths % 10}"
            weights.append((member, weighed.isoformat(), text.replace(".", ",") if chance.random() < 0.3 else text))
            tenths, weighed = tenths + chance.randrange(-25, 12), after(weighed, chance.randrange(6, 30))
    yield "weights", weights
