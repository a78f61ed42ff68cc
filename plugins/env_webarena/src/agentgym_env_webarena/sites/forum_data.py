"""The forum's members, boards and posts."""

from __future__ import annotations

import random
import sqlite3

from agentgym_env_webarena.sites import words

MEMBER = "mara"
BOARDS = [
    "astronomy",
    "baking",
    "books",
    "chess",
    "cycling",
    "diy",
    "films",
    "gardening",
    "hiking",
    "history",
    "jazz",
    "knitting",
    "maps",
    "photography",
    "recipes",
    "running",
    "sailing",
    "swimming",
    "trains",
    "woodwork",
]
_SCHEMA = """
CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT, role TEXT, about TEXT);
CREATE TABLE boards (name TEXT PRIMARY KEY, about TEXT, moderator TEXT);
CREATE TABLE posts (id INTEGER PRIMARY KEY, board TEXT, user TEXT, title TEXT, body TEXT, day TEXT, closed INTEGER DEFAULT 0, base INTEGER);
CREATE TABLE comments (id INTEGER PRIMARY KEY, post INTEGER, user TEXT, body TEXT, day TEXT);
CREATE TABLE votes (post INTEGER, user TEXT, vote INTEGER, PRIMARY KEY (post, user));
CREATE TABLE subscriptions (board TEXT, user TEXT, PRIMARY KEY (board, user));
CREATE TABLE messages (id INTEGER PRIMARY KEY, sender TEXT, receiver TEXT, subject TEXT, body TEXT, day TEXT);
CREATE INDEX posts_of ON posts (board);
CREATE INDEX comments_of ON comments (post);
"""
_OPENINGS = (
    "Has anyone tried",
    "My first attempt at",
    "What went wrong with",
    "A question about",
    "Notes on",
    "Looking for",
    "An evening with",
    "Ten years of",
)


def fill(base: sqlite3.Connection, rng: random.Random) -> None:
    """Make the tables and their rows."""
    base.executescript(_SCHEMA)
    people = [MEMBER, *words.several(rng, words.handle, 119)]
    for name in people:
        about = f"From {words.place(rng)}. {words.sentence(rng)}"
        base.execute("INSERT INTO users VALUES (?, ?, 'member', ?)", (name, words.password(rng), about))
    for place, board in enumerate(BOARDS):
        # Mara looks after every seventh board.
        keeper = MEMBER if place % 7 == 0 else rng.choice(people[1:])
        base.execute("INSERT INTO boards VALUES (?, ?, ?)", (board, f"All about {board}.", keeper))
    titles: set[str] = set()
    number = 0
    while number < 1000:
        board = BOARDS[number % len(BOARDS)]
        title = f"{rng.choice(_OPENINGS)} {words.place(rng)} {board}"
        if title in titles:
            continue
        titles.add(title)
        number += 1
        post = (number, board, rng.choice(people[1:]), title, words.sentence(rng), words.day(rng), rng.randint(-5, 400))
        base.execute("INSERT INTO posts (id, board, user, title, body, day, base) VALUES (?, ?, ?, ?, ?, ?, ?)", post)
        for _ in range(rng.choice((0, 1, 2, 4, 7))):
            comment = (number, rng.choice(people[1:]), words.sentence(rng), words.day(rng, 300))
            base.execute("INSERT INTO comments (post, user, body, day) VALUES (?, ?, ?, ?)", comment)
