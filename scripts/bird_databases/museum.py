"""Works, rooms and lendings of an art museum."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from bird_databases.make import after, cased, day, maybe, names, weighted

THINGS = ("Still Life", "Portrait", "Harbour", "Snow", "Interior", "Two Figures", "Bridge", "Garden", "Storm", "Study")
COUNTRIES = ("Ardland", "Berven", "Costara", "Dravia")


def rows(chance: Random) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    artists, lives = [], []
    for number, person in enumerate(names(chance, 34), 1):
        born = chance.randrange(1780, 1990)
        died = born + chance.randrange(30, 92)
        lives.append((born, min(died, 2020)))
        lived = f"{born}-{died}" if died < 2022 else f"{born}-"
        artists.append(
            (number, person, maybe(chance, lived, 0.12), maybe(chance, cased(chance, chance.choice(COUNTRIES)), 0.15))
        )
    yield "artists", artists
    rooms = [
        (f"{floor}.{place:02}", f"{('Ground', 'First', 'Second')[floor]} {'ABCDE'[place - 1]}", chance.choice("YYN"))
        for floor in range(3)
        for place in range(1, 6)
    ]
    yield "rooms", rooms
    works = []
    for number in range(1, 171):
        technique = weighted(chance, ("oil", "drawing", "print", "bronze", "photograph"), (6, 4, 3, 1, 2))
        size = maybe(chance, f"{chance.randrange(15, 250)}x{chance.randrange(15, 250)}", 0.1)
        value = maybe(chance, chance.randrange(2, 900) * 500, 0.08)
        title = f"{chance.choice(THINGS)} {('', 'I', 'II', 'with Dog')[chance.randrange(4)]}".strip()
        artist = maybe(chance, chance.randrange(1, 32), 0.07)
        first, last = (1800, 2020) if artist is None or chance.random() < 0.05 else lives[artist - 1]
        made = maybe(chance, chance.randrange(min(first + 18, last - 1), last), 0.1)
        room = maybe(chance, rooms[chance.randrange(13)][0], 0.35)
        works.append((number, title, artist, made, technique, size, value, room))
    yield "works", works
    museums = (
        ("City Gallery", "Norwick"),
        ("Kunsthalle", "Graufeld"),
        ("Casa Azul", "Vila Nova"),
        ("Old Mint", "Saltby"),
        ("Pier 9", "Ostra"),
    )
    yield "museums", [(number, *entry) for number, entry in enumerate(museums, 1)]
    lendings = []
    for number in range(1, 96):
        starts = day(chance, "2015-01-01", 3100)
        ends = maybe(chance, after(starts, chance.randrange(20, 260)).isoformat(), 0.08)
        lendings.append((number, chance.randrange(1, 121), chance.randrange(1, 5), starts.isoformat(), ends))
    yield "lendings", lendings
    tickets = []
    for number in range(120):
        when = after(day(chance, "2023-05-01", 1), number)
        if when.weekday() != 0:
            tickets += [
                (when.isoformat(), kind, chance.randrange(0, most), price)
                for kind, most, price in (("full", 320, 12.0), ("reduced", 140, 7.5), ("free", 60, 0.0))
            ]
    yield "tickets", tickets
