"""The map's places, and how far they are from one another."""

from __future__ import annotations

import math
import random
import sqlite3
from typing import Any

from agentgym_env_webarena.sites import words

VISITOR = "mara"
KINDS = (
    "bakery",
    "cafe",
    "cinema",
    "hospital",
    "hotel",
    "library",
    "museum",
    "park",
    "pharmacy",
    "post office",
    "school",
    "station",
)
SPEEDS = {"on foot": 5.0, "by bicycle": 15.0, "by car": 50.0}
"""Kilometres an hour."""
_SCHEMA = """
CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT, role TEXT);
CREATE TABLE towns (name TEXT PRIMARY KEY, region TEXT, x REAL, y REAL, people INTEGER);
CREATE TABLE places (id INTEGER PRIMARY KEY, name TEXT, kind TEXT, town TEXT, street TEXT, x REAL, y REAL, opens TEXT, phone TEXT);
CREATE TABLE bookmarks (user TEXT, place INTEGER, label TEXT, PRIMARY KEY (user, place));
CREATE TABLE reports (id INTEGER PRIMARY KEY, place INTEGER, user TEXT, text TEXT, state TEXT DEFAULT 'new', day TEXT);
CREATE INDEX places_of ON places (town, kind);
"""


def fill(base: sqlite3.Connection, rng: random.Random) -> None:
    """Make the tables and their rows."""
    base.executescript(_SCHEMA)
    for name, part in (
        (VISITOR, "member"),
        ("editor", "editor"),
        *((each, "member") for each in words.several(rng, words.handle, 30)),
    ):
        base.execute("INSERT INTO users VALUES (?, ?, ?)", (name, words.password(rng), part))
    for town in words.several(rng, words.place, 40):
        x, y = rng.uniform(0, 200), rng.uniform(0, 200)
        base.execute(
            "INSERT INTO towns VALUES (?, ?, ?, ?, ?)",
            (town, f"{words.place(rng)} County", x, y, rng.randint(900, 400_000)),
        )
        for kind in KINDS:
            names: set[str] = set()
            for _ in range(rng.choice((1, 2, 3, 4))):
                name = f"{words.place(rng)} {kind.title()}"
                if name in names:
                    continue
                names.add(name)
                opens = f"{rng.randint(6, 10)}:00 to {rng.randint(16, 22)}:00"
                entry = (
                    name,
                    kind,
                    town,
                    f"{rng.randint(1, 150)} {words.place(rng)} Street",
                    x + rng.uniform(-3, 3),
                    y + rng.uniform(-3, 3),
                    opens,
                    f"555-{rng.randint(1000, 9999)}",
                )
                base.execute(
                    "INSERT INTO places (name, kind, town, street, x, y, opens, phone) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    entry,
                )


def kilometres(one: Any, other: Any) -> float:
    """The straight way between two places, to a tenth."""
    return round(math.hypot(one["x"] - other["x"], one["y"] - other["y"]), 1)


def minutes(distance: float, how: str) -> int:
    """How long a distance takes."""
    return math.ceil(distance / SPEEDS[how] * 60)
