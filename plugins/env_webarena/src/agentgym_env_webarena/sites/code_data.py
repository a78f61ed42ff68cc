# ruff: noqa: E501
# Statements and tables are long lines.
"""The host of code's accounts, projects and the work in them."""

from __future__ import annotations

import random
import sqlite3

from agentgym_env_webarena.sites import words

DEVELOPER = "mara"
ROLES = ("guest", "developer", "maintainer")
LABELS = ("bug", "documentation", "feature", "performance", "question", "security")
_THINGS = ("parser", "server", "viewer", "engine", "toolkit", "client", "queue", "cache", "board", "index")
_FAULTS = (
    "crashes on start",
    "is slow with large files",
    "loses settings",
    "needs a dark mode",
    "shows wrong dates",
    "has no tests",
    "ignores the time zone",
    "leaks memory",
    "prints too much",
    "cannot be cancelled",
)
_SCHEMA = """
CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT, role TEXT, full_name TEXT);
CREATE TABLE projects (name TEXT PRIMARY KEY, about TEXT, owner TEXT, stars INTEGER, licence TEXT);
CREATE TABLE members (project TEXT, user TEXT, role TEXT, PRIMARY KEY (project, user));
CREATE TABLE starred (project TEXT, user TEXT, PRIMARY KEY (project, user));
CREATE TABLE issues (id INTEGER PRIMARY KEY, project TEXT, title TEXT, body TEXT, author TEXT, assignee TEXT, label TEXT, state TEXT, day TEXT);
CREATE TABLE notes (id INTEGER PRIMARY KEY, issue INTEGER, user TEXT, body TEXT, day TEXT);
CREATE TABLE requests (id INTEGER PRIMARY KEY, project TEXT, title TEXT, author TEXT, reviewer TEXT, state TEXT, day TEXT);
CREATE TABLE commits (id TEXT PRIMARY KEY, project TEXT, author TEXT, message TEXT, day TEXT);
CREATE TABLE files (project TEXT, path TEXT, body TEXT, PRIMARY KEY (project, path));
CREATE INDEX issues_of ON issues (project);
CREATE INDEX commits_of ON commits (project);
"""


def fill(base: sqlite3.Connection, rng: random.Random) -> None:
    """Make the tables and their rows."""
    base.executescript(_SCHEMA)
    people = [DEVELOPER, *words.several(rng, words.handle, 59)]
    for name in people:
        base.execute("INSERT INTO users VALUES (?, ?, 'user', ?)", (name, words.password(rng), words.person(rng)))
    names = words.several(rng, lambda draw: f"{words.place(draw).lower()}-{draw.choice(_THINGS)}", 40)
    for place, name in enumerate(names):
        owner = DEVELOPER if place % 8 == 0 else rng.choice(people[1:])
        licence = rng.choice(("MIT", "Apache-2.0", "BSD-3-Clause", "GPL-3.0"))
        about = f"A {name.rpartition('-')[2]} from {words.place(rng)}."
        base.execute("INSERT INTO projects VALUES (?, ?, ?, ?, ?)", (name, about, owner, rng.randint(0, 900), licence))
        team = [owner, *rng.sample([each for each in people[1:] if each != owner], rng.randint(2, 5))]
        for member in team:
            part = "maintainer" if member == owner else rng.choice(ROLES)
            base.execute("INSERT INTO members VALUES (?, ?, ?)", (name, member, part))
        _work(base, rng, name, team)


def _work(base: sqlite3.Connection, rng: random.Random, name: str, team: list[str]) -> None:
    for fault in rng.sample(_FAULTS, rng.randint(6, 10)):
        title = f"{rng.choice(('The', 'Our'))} {name.rpartition('-')[2]} {fault}"
        issue = (
            name,
            title,
            words.sentence(rng),
            rng.choice(team),
            rng.choice(["", *team]),
            rng.choice(LABELS),
            rng.choice(("open", "open", "closed")),
            words.day(rng),
        )
        base.execute(
            "INSERT INTO issues (project, title, body, author, assignee, label, state, day) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            issue,
        )
    for number in range(rng.randint(2, 6)):
        request_row = (
            name,
            f"Mend {rng.choice(_FAULTS)} ({number + 1})",
            rng.choice(team),
            rng.choice(team),
            rng.choice(("open", "merged", "closed")),
            words.day(rng),
        )
        base.execute(
            "INSERT INTO requests (project, title, author, reviewer, state, day) VALUES (?, ?, ?, ?, ?, ?)", request_row
        )
    for _ in range(rng.randint(15, 40)):
        commit = (
            f"{rng.getrandbits(40):010x}",
            name,
            rng.choice(team),
            rng.choice(("Mend", "Add", "Remove", "Document")) + f" {rng.choice(_THINGS)}",
            words.day(rng),
        )
        base.execute("INSERT INTO commits VALUES (?, ?, ?, ?, ?)", commit)
    licence, about = base.execute("SELECT licence, about FROM projects WHERE name = ?", (name,)).fetchone()
    for path, body in (
        ("README.md", f"{name}\n\n{about}"),
        ("LICENSE", licence),
        ("settings.ini", f"port = {rng.randint(2000, 9000)}\nworkers = {rng.randint(1, 16)}"),
    ):
        base.execute("INSERT INTO files VALUES (?, ?, ?)", (name, path, body))
