"""What authors do in the encyclopedia: they edit, talk about and watch articles."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, url_for

from agentgym_env_webarena.sites import words
from agentgym_env_webarena.sites.framework import (
    Field,
    Form,
    Page,
    Table,
    back,
    change,
    given,
    role,
    row,
    rows,
    show,
    signed_in,
    user,
    value,
)
from agentgym_env_webarena.sites.wiki_data import CATEGORIES


def add_writing(app: Flask) -> None:
    """Add the pages."""

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
