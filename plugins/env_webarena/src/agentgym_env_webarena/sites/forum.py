# Tables of a page are long lines; what a list is sorted by comes from the tables above, never from a request.
"""A forum: boards, posts, comments, votes, subscriptions, messages. Moderators may close posts of their boards."""

from __future__ import annotations

import random
import sqlite3
from typing import Any

from flask import Flask, abort, request, url_for

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
_SORTS = {"newest": "day DESC, id DESC", "top": "score DESC, id", "most comments": "comments DESC, id"}
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
_LIST = (
    "SELECT p.*, p.base + coalesce((SELECT sum(vote) FROM votes v WHERE v.post = p.id), 0) AS score, "
    "(SELECT count(*) FROM comments c WHERE c.post = p.id) AS comments FROM posts p WHERE {} ORDER BY {}"
)
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
    _writing(app)
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


def _writing(app: Flask) -> None:
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
