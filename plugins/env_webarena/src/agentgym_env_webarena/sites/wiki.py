# ruff: noqa: E501
# Tables of a page are long lines; what a list is sorted by comes from the tables above, never from a request.
"""An encyclopedia: articles with facts and links, categories, search, editing with a history, and protected pages that only wardens edit."""

from __future__ import annotations

import sqlite3

from flask import Flask, url_for

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
    listed,
    listing,
    make_site,
    row,
    rows,
    search_form,
    searched_for,
    show,
    signed_in,
    user,
    value,
)
from agentgym_env_webarena.sites.wiki_data import CATEGORIES
from agentgym_env_webarena.sites.wiki_writing import add_writing


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
    add_writing(app)
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
