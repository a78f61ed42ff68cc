"""Patients, visits and prescriptions of a clinic."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from bird_databases.make import CITIES, cased, day, dmy, maybe, messy, name, names, weighted

SPECIALTIES = ("Cardiology", "Dermatology", "Neurology", "Paediatrics", "General Practice")
REASONS = ("check-up", "back pain", "rash", "headache", "vaccination", "cough", "blood test")
DRUGS = (("Paxorin", 500), ("Lemivast", 20), ("Dorbex", 250), ("Quillan", 5), ("Ternol", 100))


def rows(chance: Random) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    insurers = (("Anchor Health", 80), ("Blue Oak", 100), ("Civic Mutual", 60), ("Delta Care", 75))
    yield "insurers", [(number, *entry) for number, entry in enumerate(insurers, 1)]
    yield (
        "doctors",
        [
            (
                number,
                f"Dr. {person}",
                messy(chance, SPECIALTIES[number % 5], 0.4),
                day(chance, "2005-01-01", 6000).isoformat(),
                maybe(chance, f"{chance.randrange(1, 4)}.{chance.randrange(10, 30)}", 0.15),
            )
            for number, person in enumerate(names(chance, 14), 1)
        ],
    )
    yield (
        "patients",
        [
            (
                number,
                name(chance),
                dmy(day(chance, "1935-01-01", 31000)),
                weighted(chance, ("F", "M", None), (9, 9, 1)),
                maybe(chance, messy(chance, chance.choice(CITIES[:5]))),
                weighted(chance, (1, 2, 3, 4, None), (4, 3, 3, 2, 3)),
            )
            for number in range(1, 131)
        ],
    )
    visits = []
    for number in range(1, 301):
        fee = maybe(chance, chance.randrange(2000, 24000, 50) / 100, 0.12)
        visited = day(chance, "2021-01-01", 1095).isoformat()
        patient = min(chance.randrange(1, 126), chance.randrange(1, 126))
        visits.append(
            (number, patient, chance.randrange(1, 14), visited, chance.choice(REASONS), fee, int(chance.random() < 0.3))
        )
    yield "visits", visits
    prescriptions = []
    for number in range(1, 221):
        drug, dose = chance.choice(DRUGS)
        days = maybe(chance, chance.choice((5, 7, 10, 14, 30)), 0.15)
        prescriptions.append(
            (number, chance.randrange(1, 301), cased(chance, drug), dose * chance.choice((1, 1, 2)), days)
        )
    yield "prescriptions", prescriptions
