"""Pupils, courses and marks of a school."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from bird_databases.make import cased, day, dmy, maybe, name, names, weighted

SUBJECTS = ("Maths", "English", "History", "Biology", "Art", "Physics", "Sport")


def rows(chance: Random) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    yield (
        "teachers",
        [
            (number, person, cased(chance, SUBJECTS[number % 7]), chance.choice((12, 18, 24, 26)))
            for number, person in enumerate(names(chance, 15), 1)
        ],
    )
    pupils = []
    for number in range(1, 111):
        first, last = name(chance).split(" ")
        year = chance.randrange(5, 10)
        born = day(chance, f"{2022 - year - 6}-01-01", 365)
        written = dmy(born, ".") if chance.random() < 0.2 else born.isoformat()
        bus = weighted(chance, ("12", "14", "31", "none", "-", None), (4, 3, 3, 2, 1, 2))
        pupils.append((number, first, last, maybe(chance, f"{year}{chance.choice('abc')}", 0.05), written, bus))
    yield "pupils", pupils
    courses = []
    for number in range(1, 20):
        title = f"{SUBJECTS[number % 7]} {('I', 'II', 'III')[number // 7]}"
        courses.append((number, title, maybe(chance, chance.randrange(1, 14), 0.08), chance.randrange(2, 6)))
    yield "courses", courses
    enrolments: dict[tuple[int, int, str], tuple[Any, ...]] = {}
    for _ in range(480):
        key = (chance.randrange(1, 108), chance.randrange(1, 19), chance.choice(("2022-1", "2022-2", "2023-1")))
        mark = weighted(chance, ("1", "2", "3", "4", "5", "6", "absent", None), (3, 6, 7, 5, 2, 1, 1, 2))
        enrolments[key] = (*key, mark)
    yield "enrolments", [enrolments[key] for key in sorted(enrolments)]
    yield (
        "absences",
        [
            (
                number,
                min(chance.randrange(1, 108), chance.randrange(1, 108)),
                day(chance, "2022-09-01", 280).isoformat(),
                chance.randrange(1, 8),
                weighted(chance, (1, 0, None), (6, 3, 1)),
            )
            for number in range(1, 241)
        ],
    )
