# Tables of a page are long lines; what a list is sorted by comes from the tables above, never from a request.
"""A forum: boards, posts, comments, votes, subscriptions, messages. Moderators may close posts of their boards."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Flask, request, url_for

from agentgym_env_webarena.sites import words
from agentgym_env_webarena.sites.forum_writing import add_writing
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

_SORTS = {"newest": "day DESC, id DESC", "top": "score DESC, id", "most comments": "comments DESC, id"}
_LIST = (
    "SELECT p.*, p.base + coalesce((SELECT sum(vote) FROM votes v WHERE v.post = p.id), 0) AS score, "
    "(SELECT count(*) FROM comments c WHERE c.post = p.id) AS comments FROM posts p WHERE {} ORDER BY {}"
)


def make() -> Flask:
    """The forum's application."""
    menu = [
        ("Home", "/"),
        ("Boards", "/boards"),
        ("Write a post", "/submit"),
        ("Messages", "/messages"),
        ("Search", "/search"),
        ("My profile", "/me"),
    ]
    app = make_site("forum", "Commonroom", "forum", menu)
    add_login(app)
    _reading(app)
    add_writing(app)
    _people(app)
    return app


def _table(found: list[sqlite3.Row]) -> Table:
    cells = [
        (
            Link(each["title"], url_for("post", number=each["id"])),
            Link(each["board"], url_for("board", name=each["board"])),
            Link(each["user"], url_for("person", name=each["user"])),
            each["score"],
            each["comments"],
            each["day"],
        )
        for each in found
    ]
    return Table(("Post", "Board", "By", "Score", "Comments", "Day"), cells)


def _listing(title: str, parts: list[Any], where: str, *values: Any) -> str:
    order = request.args.get("sort", "newest")
    found, pages = listed(_LIST.format(where, _SORTS.get(order, "day DESC, id DESC")), *values)
    hidden = [Field("q", kind="hidden", value=request.args["q"])] if "q" in request.args else []
    sort = Form(request.path, "Sort", [*hidden, Field("sort", "Sort by", "select", order, tuple(_SORTS))], "get")
    return show(Page(title, [*parts, sort, _table(found), pages]))


def _reading(app: Flask) -> None:
    @app.get("/")
    def home() -> str:
        mine = rows("SELECT board FROM subscriptions WHERE user = ? ORDER BY board", user())
        links = Links([Link(each["board"], url_for("board", name=each["board"])) for each in mine])
        return _listing("Everything", [Heading("My boards"), links] if mine else [], "1")

    @app.get("/boards")
    def boards() -> str:
        found = rows(
            "SELECT b.*, (SELECT count(*) FROM posts p WHERE p.board = b.name) AS posts FROM boards b ORDER BY name"
        )
        return show(
            Page(
                "Boards",
                [
                    Table(
                        ("Board", "About", "Posts"),
                        [
                            (Link(each["name"], url_for("board", name=each["name"])), each["about"], each["posts"])
                            for each in found
                        ],
                    )
                ],
            )
        )

    @app.get("/b/<name>")
    def board(name: str) -> str:
        found = row("SELECT * FROM boards WHERE name = ?", name)
        inside = value("SELECT 1 FROM subscriptions WHERE board = ? AND user = ?", name, user())
        facts = Facts(
            {"About": found["about"], "Moderator": Link(found["moderator"], url_for("person", name=found["moderator"]))}
        )
        button = Form(url_for("subscribe", name=name), "Unsubscribe" if inside else "Subscribe")
        return _listing(name, [facts, button], "p.board = ?", name)

    @app.get("/search")
    def search() -> str:
        text = searched_for()
        look = search_form("Words in the title", text)
        return _listing("Search", [look], "instr(lower(p.title), lower(?))", text)

    @app.get("/p/<int:number>")
    def post(number: int) -> str:
        found = row(_LIST.format("p.id = ?", "id"), number)
        facts = Facts(
            {
                "Board": Link(found["board"], url_for("board", name=found["board"])),
                "By": Link(found["user"], url_for("person", name=found["user"])),
                "Day": found["day"],
                "Score": found["score"],
            }
        )
        parts: list[Any] = [facts, Text(found["body"])]
        parts += [
            Form(url_for("vote", number=number), text, [Field("vote", kind="hidden", value=by)])
            for text, by in (("Vote up", 1), ("Vote down", -1))
        ]
        comments = rows("SELECT * FROM comments WHERE post = ? ORDER BY id", number)
        parts += [
            Heading("Comments"),
            Table(
                ("By", "Comment", "Day"),
                [
                    (Link(each["user"], url_for("person", name=each["user"])), each["body"], each["day"])
                    for each in comments
                ],
            ),
        ]
        if found["closed"]:
            parts.append(Text("This post is closed."))
        else:
            parts.append(
                Form(url_for("comment", number=number), "Send comment", [Field("comment", "Your comment", "area")])
            )
        if value("SELECT moderator FROM boards WHERE name = ?", found["board"]) == user() and not found["closed"]:
            parts.append(Form(url_for("close", number=number), "Close post"))
        if found["user"] == user():
            parts.append(
                Form(url_for("edit", number=number), "Save text", [Field("text", "Text", "area", found["body"])])
            )
        return show(Page(found["title"], parts))


def _people(app: Flask) -> None:
    @app.get("/u/<name>")
    def person(name: str) -> str:
        found = row("SELECT * FROM users WHERE name = ?", name)
        facts = Facts(
            {"About": found["about"], "Comments": value("SELECT count(*) FROM comments WHERE user = ?", name)}
        )
        write = Form(
            url_for("write", name=name),
            "Send message",
            [Field("subject", "Subject"), Field("message", "Message", "area")],
        )
        return _listing(name, [facts, write, Heading("Posts")], "p.user = ?", name)

    @app.post("/u/<name>/message")
    def write(name: str) -> Any:
        row("SELECT 1 FROM users WHERE name = ?", name)
        change(
            "INSERT INTO messages (sender, receiver, subject, body, day) VALUES (?, ?, ?, ?, ?)",
            signed_in(),
            name,
            given("subject", 150),
            given("message", 5000),
            words.TODAY.isoformat(),
        )
        return back("messages")

    @app.get("/messages")
    def messages() -> str:
        found = rows("SELECT * FROM messages WHERE sender = ? OR receiver = ? ORDER BY id DESC", signed_in(), user())
        return show(
            Page(
                "Messages",
                [
                    Table(
                        ("From", "To", "Subject", "Message", "Day"),
                        [
                            (each["sender"], each["receiver"], each["subject"], each["body"], each["day"])
                            for each in found
                        ],
                    )
                ],
            )
        )

    @app.get("/me")
    def me() -> str:
        about = row("SELECT about FROM users WHERE name = ?", signed_in())["about"]
        return show(Page("My profile", [Form(url_for("set_me"), "Save", [Field("about", "About me", "area", about)])]))

    @app.post("/me")
    def set_me() -> Any:
        change("UPDATE users SET about = ? WHERE name = ?", given("about", 1000), signed_in())
        return back("person", name=user())
