# ruff: noqa: E501
# Tables of a page are long lines; what a list is sorted by comes from the tables above, never from a request.
"""An encyclopedia: articles with facts and links, categories, search, editing with a history, and protected pages that only wardens edit."""

from __future__ import annotations

import random
import sqlite3
from typing import Any

from flask import Flask, abort, url_for

from agentgym_env_webarena.sites import words
from agentgym_env_webarena.sites.framework import (
    Facts,
    Field,
    Form,
    Heading,
    Link,
    Links,
    Page,
    Table,
    Text,
    add_login,
    back,
    change,
    given,
    listed,
    listing,
    make_site,
    role,
    row,
    rows,
    search_form,
    searched_for,
    show,
    signed_in,
    user,
    value,
)

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


def make() -> Flask:
    """The encyclopedia's application."""
    menu = [
        ("Home", "/"),
        ("Categories", "/categories"),
        ("Search", "/search"),
        ("New article", "/new"),
        ("Recent changes", "/recent"),
        ("Watched", "/watched"),
    ]
    app = make_site("wiki", "Openshelf", "wiki", menu)
    add_login(app)
    _reading(app)
    _writing(app)
    return app


def _table(found: list[sqlite3.Row]) -> Table:
    return Table(
        ("Article", "Category"),
        [(Link(each["title"], url_for("article", title=each["title"])), each["category"]) for each in found],
    )


def _reading(app: Flask) -> None:
    @app.get("/")
    def home() -> str:
        total = value("SELECT count(*) FROM articles")
        return show(
            Page(
                "Welcome",
                [
                    Text(f"{total} articles that anyone with an account can edit."),
                    Form(url_for("search"), "Search", [Field("q", "Search for")], "get"),
                    Links([Link(each, url_for("category", name=each)) for each in CATEGORIES]),
                ],
            )
        )

    @app.get("/categories")
    def categories() -> str:
        found = rows("SELECT category, count(*) AS number FROM articles GROUP BY category ORDER BY category")
        return show(
            Page(
                "Categories",
                [
                    Table(
                        ("Category", "Articles"),
                        [
                            (Link(each["category"], url_for("category", name=each["category"])), each["number"])
                            for each in found
                        ],
                    )
                ],
            )
        )

    @app.get("/category/<name>")
    def category(name: str) -> str:
        row("SELECT 1 FROM articles WHERE category = ?", name)
        found, pages = listed("SELECT title, category FROM articles WHERE category = ? ORDER BY title", name)
        return show(Page(f"Category: {name}", [_table(found), pages]))

    @app.get("/search")
    def search() -> str:
        text = searched_for()
        found, pages = listed(
            "SELECT title, category FROM articles WHERE instr(lower(title || ' ' || body), lower(?)) ORDER BY instr(lower(title), lower(?)) = 0, title",
            text,
            text,
        )
        return show(
            Page(
                "Search",
                [
                    search_form("Search for", text),
                    _table(found),
                    pages,
                ],
            )
        )

    @app.get("/wiki/<title>")
    def article(title: str) -> str:
        found = row("SELECT * FROM articles WHERE title = ?", title)
        facts = {each["name"]: each["value"] for each in rows("SELECT * FROM facts WHERE article = ?", found["id"])}
        others = rows(
            "SELECT a.title FROM links l JOIN articles a ON a.id = l.other WHERE l.article = ? ORDER BY a.title",
            found["id"],
        )
        watched = value("SELECT 1 FROM watched WHERE article = ? AND user = ?", found["id"], user())
        ways = [
            Link("Edit", url_for("edit", title=title)),
            Link("History", url_for("history", title=title)),
            Link("Talk", url_for("discuss", title=title)),
            Link(f"Category: {found['category']}", url_for("category", name=found["category"])),
        ]
        return show(
            Page(
                title,
                [
                    Text(found["body"]),
                    Facts(facts),
                    Heading("See also"),
                    Links([Link(each["title"], url_for("article", title=each["title"])) for each in others]),
                    Links(ways),
                    Form(url_for("watch", title=title), "Stop watching" if watched else "Watch"),
                ],
            )
        )

    @app.get("/wiki/<title>/history")
    def history(title: str) -> str:
        found = rows(
            "SELECT v.* FROM versions v JOIN articles a ON a.id = v.article WHERE a.title = ? ORDER BY v.id DESC", title
        )
        return show(
            Page(
                f"History of {title}",
                [
                    Facts({"Versions": len(found)}),
                    Table(("Day", "By", "Summary"), [(each["day"], each["user"], each["summary"]) for each in found]),
                ],
            )
        )

    @app.get("/recent")
    def recent() -> str:
        return listing(
            "Recent changes",
            ("Day", "Article", "By", "Summary"),
            lambda each: (
                each["day"],
                Link(each["title"], url_for("article", title=each["title"])),
                each["user"],
                each["summary"],
            ),
            "SELECT v.*, a.title FROM versions v JOIN articles a ON a.id = v.article ORDER BY v.day DESC, v.id DESC",
        )

    @app.get("/watched")
    def watched() -> str:
        return show(
            Page(
                "Watched articles",
                [
                    _table(
                        rows(
                            "SELECT a.title, a.category FROM watched w JOIN articles a ON a.id = w.article WHERE w.user = ? ORDER BY a.title",
                            signed_in(),
                        )
                    )
                ],
            )
        )


def _writing(app: Flask) -> None:
    @app.get("/wiki/<title>/edit")
    def edit(title: str) -> str:
        signed_in()
        found = row("SELECT * FROM articles WHERE title = ?", title)
        if found["protected"] and role() != "warden":
            abort(403)
        return show(
            Page(
                f"Edit {title}",
                [
                    Form(
                        url_for("save", title=title),
                        "Save page",
                        [Field("text", "Text", "area", found["body"]), Field("summary", "Summary of the change")],
                    )
                ],
            )
        )

    @app.post("/wiki/<title>/edit")
    def save(title: str) -> Any:
        found = row("SELECT * FROM articles WHERE title = ?", title)
        if found["protected"] and role() != "warden":
            abort(403)
        text, summary = given("text", 10_000), given("summary", 200)
        change(
            "INSERT INTO versions (article, user, summary, body, day) VALUES (?, ?, ?, ?, ?)",
            found["id"],
            signed_in(),
            summary,
            text,
            words.TODAY.isoformat(),
        )
        change("UPDATE articles SET body = ? WHERE id = ?", text, found["id"])
        return back("article", title=title)

    @app.get("/new")
    def new() -> str:
        signed_in()
        return show(
            Page(
                "New article",
                [
                    Form(
                        url_for("create"),
                        "Create article",
                        [
                            Field("title", "Title"),
                            Field("category", "Category", "select", CATEGORIES[0], CATEGORIES),
                            Field("text", "Text", "area"),
                        ],
                    )
                ],
            )
        )

    @app.post("/new")
    def create() -> Any:
        title, kind = given("title", 120), given("category")
        if kind not in CATEGORIES:
            abort(400, "There is no such category.")
        if "/" in title or value("SELECT 1 FROM articles WHERE title = ?", title):
            abort(400, "There is an article of that title, or the title cannot be used.")
        number = change(
            "INSERT INTO articles (title, category, body) VALUES (?, ?, ?)", title, kind, given("text", 10_000)
        )
        change(
            "INSERT INTO versions (article, user, summary, body, day) VALUES (?, ?, 'First version', ?, ?)",
            number,
            signed_in(),
            given("text", 10_000),
            words.TODAY.isoformat(),
        )
        return back("article", title=title)

    @app.get("/wiki/<title>/talk")
    def discuss(title: str) -> str:
        found = rows(
            "SELECT t.* FROM talk t JOIN articles a ON a.id = t.article WHERE a.title = ? ORDER BY t.id", title
        )
        return show(
            Page(
                f"Talk about {title}",
                [
                    Table(("By", "Text", "Day"), [(each["user"], each["body"], each["day"]) for each in found]),
                    Form(url_for("say", title=title), "Add to the talk", [Field("text", "Text", "area")]),
                ],
            )
        )

    @app.post("/wiki/<title>/talk")
    def say(title: str) -> Any:
        number = row("SELECT id FROM articles WHERE title = ?", title)["id"]
        change(
            "INSERT INTO talk (article, user, body, day) VALUES (?, ?, ?, ?)",
            number,
            signed_in(),
            given("text", 5000),
            words.TODAY.isoformat(),
        )
        return back("discuss", title=title)

    @app.post("/wiki/<title>/watch")
    def watch(title: str) -> Any:
        number = row("SELECT id FROM articles WHERE title = ?", title)["id"]
        if value("SELECT 1 FROM watched WHERE article = ? AND user = ?", number, signed_in()):
            change("DELETE FROM watched WHERE article = ? AND user = ?", number, user())
        else:
            change("INSERT INTO watched VALUES (?, ?)", number, user())
        return back("article", title=title)
