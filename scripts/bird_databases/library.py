"""Books, copies and loans of a town library."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from bird_databases.make import after, cased, day, maybe, messy, names, weighted

GENRES = ("Novel", "Crime", "History", "Poetry", "Travel", "Science")
ONE = ("The Silent", "A Distant", "The Last", "My Hidden", "The Glass", "An Endless", "The Crooked", "Our Burning")
TWO = ("River", "Orchard", "Letter", "Winter", "Lighthouse", "Atlas", "Garden", "Machine", "Sea's Edge")


def rows(chance: Random) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    branches = (("Central", 1931), ("Riverside", 1968), ("Hilltop", 1999), ("Mobile Van", None))
    yield "branches", [(number, *entry) for number, entry in enumerate(branches, 1)]
    authors = []
    for number, person in enumerate(names(chance, 30), 1):
        born = chance.randrange(1880, 1990)
        died = born + chance.randrange(40, 90)
        authors.append((number, person, maybe(chance, born), died if died < 2020 else None))
    yield "authors", authors
    titles = [f"{one} {two}" for one in ONE for two in TWO]
    books = []
    for number in range(1, 81):
        title = titles[number - 1] if number <= len(titles) else titles[chance.randrange(len(titles))]
        pages = maybe(chance, chance.randrange(60, 900), 0.1)
        author = maybe(chance, chance.randrange(1, 29), 0.06)
        books.append((number, title, author, chance.randrange(1925, 2023), messy(chance, chance.choice(GENRES)), pages))
    yield "books", books
    copies = [
        (
            number,
            chance.randrange(1, 77),
            weighted(chance, (1, 2, 3, 4), (6, 3, 2, 1)),
            weighted(chance, ("new", "good", "worn", "lost"), (2, 5, 3, 1)),
        )
        for number in range(1, 191)
    ]
    yield "copies", copies
    yield (
        "readers",
        [
            (
                number,
                person,
                day(chance, "2012-01-01", 4000).isoformat(),
                cased(chance, weighted(chance, ("true", "false"), (1, 3)), 0.4),
            )
            for number, person in enumerate(names(chance, 70), 1)
        ],
    )
    loans = []
    for number in range(1, 361):
        lent = day(chance, "2022-01-01", 700)
        due = after(lent, 28)
        returned: str | None = after(lent, chance.randrange(2, 50)).isoformat()
        if chance.random() < 0.08:
            returned = chance.choice((None, ""))
        loans.append(
            (number, chance.randrange(1, 180), chance.randrange(1, 67), lent.isoformat(), due.isoformat(), returned)
        )
    yield "loans", loans
