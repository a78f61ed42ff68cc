"""What members do in the forum: they post, comment and vote."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, url_for

from agentgym_env_webarena.sites import words
from agentgym_env_webarena.sites.forum_data import BOARDS
from agentgym_env_webarena.sites.framework import (
    Field,
    Form,
    Page,
    back,
    change,
    given,
    row,
    show,
    signed_in,
    user,
    value,
)


def add_writing(app: Flask) -> None:
    """Add the pages."""

    @app.post("/b/<name>/subscribe")
    def subscribe(name: str) -> Any:
        row("SELECT 1 FROM boards WHERE name = ?", name)
        if value("SELECT 1 FROM subscriptions WHERE board = ? AND user = ?", name, signed_in()):
            change("DELETE FROM subscriptions WHERE board = ? AND user = ?", name, user())
        else:
            change("INSERT INTO subscriptions VALUES (?, ?)", name, user())
        return back("board", name=name)

    @app.get("/submit")
    def submit() -> str:
        signed_in()
        fields = [
            Field("board", "Board", "select", BOARDS[0], BOARDS),
            Field("title", "Title"),
            Field("text", "Text", "area"),
        ]
        return show(Page("Write a post", [Form(url_for("send"), "Publish", fields)]))

    @app.post("/submit")
    def send() -> Any:
        name = row("SELECT name FROM boards WHERE name = ?", given("board"))["name"]
        number = change(
            "INSERT INTO posts (board, user, title, body, day, base) VALUES (?, ?, ?, ?, ?, 1)",
            name,
            signed_in(),
            given("title", 150),
            given("text", 5000),
            words.TODAY.isoformat(),
        )
        return back("post", number=number)

    @app.post("/p/<int:number>/comment")
    def comment(number: int) -> Any:
        if row("SELECT closed FROM posts WHERE id = ?", number)["closed"]:
            abort(400, "This post is closed.")
        change(
            "INSERT INTO comments (post, user, body, day) VALUES (?, ?, ?, ?)",
            number,
            signed_in(),
            given("comment", 5000),
            words.TODAY.isoformat(),
        )
        return back("post", number=number)

    @app.post("/p/<int:number>/vote")
    def vote(number: int) -> Any:
        way = given("vote")
        row("SELECT 1 FROM posts WHERE id = ?", number)
        change(
            "INSERT INTO votes VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET vote = excluded.vote",
            number,
            signed_in(),
            1 if way == "1" else -1,
        )
        return back("post", number=number)

    @app.post("/p/<int:number>/close")
    def close(number: int) -> Any:
        found = row("SELECT b.moderator FROM posts p JOIN boards b ON b.name = p.board WHERE p.id = ?", number)
        if found["moderator"] != signed_in():
            abort(403)
        change("UPDATE posts SET closed = 1 WHERE id = ?", number)
        return back("post", number=number)

    @app.post("/p/<int:number>/edit")
    def edit(number: int) -> Any:
        if row("SELECT user FROM posts WHERE id = ?", number)["user"] != signed_in():
            abort(403)
        change("UPDATE posts SET body = ? WHERE id = ?", given("text", 5000), number)
        return back("post", number=number)
