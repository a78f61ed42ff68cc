"""The encyclopedia's authors and articles."""

from __future__ import annotations

import random
import sqlite3

from agentgym_env_webarena.sites import words

AUTHOR = "mara"
CATEGORIES = ("Bridges", "Castles", "Lakes", "Mountains", "People", "Rivers")
_TRADES = ("architect", "botanist", "composer", "explorer", "painter", "physician")
_SCHEMA = """
CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT, role TEXT);
CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT UNIQUE, category TEXT, body TEXT, protected INTEGER DEFAULT 0);
CREATE TABLE facts (article INTEGER, name TEXT, value TEXT);
CREATE TABLE links (article INTEGER, other INTEGER);
CREATE TABLE versions (id INTEGER PRIMARY KEY, article INTEGER, user TEXT, summary TEXT, body TEXT, day TEXT);
CREATE TABLE talk (id INTEGER PRIMARY KEY, article INTEGER, user TEXT, body TEXT, day TEXT);
CREATE TABLE watched (article INTEGER, user TEXT, PRIMARY KEY (article, user));
CREATE INDEX facts_of ON facts (article);
CREATE INDEX links_of ON links (article);
CREATE INDEX versions_of ON versions (article);
"""


def fill(base: sqlite3.Connection, rng: random.Random) -> None:
    """Make the tables and their rows."""
    base.executescript(_SCHEMA)
    people = [AUTHOR, *words.several(rng, words.handle, 40)]
    for place, name in enumerate(people):
        base.execute(
            "INSERT INTO users VALUES (?, ?, ?)", (name, words.password(rng), "warden" if place % 10 == 9 else "author")
        )
    number = 0
    seen: set[str] = set()
    while number < 1080:
        category = CATEGORIES[number % len(CATEGORIES)]
        title = words.person(rng) if category == "People" else f"{words.place(rng)} {category[:-1]}"
        if title in seen:
            continue
        seen.add(title)
        number += 1
        body = f"{title} is one of the {category.lower()} of {words.place(rng)} County. {words.sentence(rng)}"
        base.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?)", (number, title, category, body, rng.random() < 0.05)
        )
        base.executemany(
            "INSERT INTO facts VALUES (?, ?, ?)", [(number, name, text) for name, text in _facts(rng, category)]
        )
        for day in sorted(words.day(rng) for _ in range(rng.randint(1, 4))):
            summary = rng.choice(("Spelling", "A fact", "First version", "Better wording"))
            base.execute(
                "INSERT INTO versions (article, user, summary, body, day) VALUES (?, ?, ?, ?, ?)",
                (number, rng.choice(people[1:]), summary, body, day),
            )
    for article in range(1, number + 1):
        base.executemany(
            "INSERT INTO links VALUES (?, ?)",
            [(article, other) for other in rng.sample(range(1, number + 1), 3) if other != article],
        )


def _facts(rng: random.Random, category: str) -> list[tuple[str, str]]:
    built, size = str(rng.randint(1100, 1990)), rng.randint(40, 3900)
    if category == "People":
        born = rng.randint(1700, 1930)
        return [
            ("Born", str(born)),
            ("Died", str(born + rng.randint(30, 90))),
            ("Trade", rng.choice(_TRADES)),
            ("Birthplace", words.place(rng)),
        ]
    if category in ("Bridges", "Castles"):
        return [
            ("Built", built),
            ("Length" if category == "Bridges" else "Rooms", str(size)),
            ("Region", f"{words.place(rng)} County"),
        ]
    name = {"Lakes": "Depth (m)", "Mountains": "Height (m)", "Rivers": "Length (km)"}[category]
    return [(name, str(size)), ("Region", f"{words.place(rng)} County"), ("First described", built)]
