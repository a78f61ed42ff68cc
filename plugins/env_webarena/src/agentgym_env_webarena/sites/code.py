# ruff: noqa: S608
# Tables of a page are long lines; what a list is sorted by comes from the tables above, never from a request.
"""A host of code: projects with files, issues, merge requests and members. What an account may do depends on its role in the project."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, request, url_for

from agentgym_env_webarena.sites import words
from agentgym_env_webarena.sites.code_issues import add_issues
from agentgym_env_webarena.sites.code_members import add_members, may
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
    searched_for,
    show,
    signed_in,
    user,
    value,
)


def make() -> Flask:
    """The application."""
    menu = [
        ("Projects", "/"),
        ("My issues", "/my/issues"),
        ("My merge requests", "/my/requests"),
        ("Search issues", "/search"),
        ("New project", "/new"),
    ]
    app = make_site("code", "Forgeworks", "code", menu)
    add_login(app)
    _projects(app)
    add_issues(app)
    add_members(app)
    return app


def _projects(app: Flask) -> None:
    @app.get("/")
    def home() -> str:
        text = searched_for()
        order = {"name": "name", "stars": "stars DESC, name"}.get(request.args.get("sort", "name"), "name")
        found, pages = listed(
            f"SELECT * FROM projects WHERE instr(name || ' ' || lower(about), lower(?)) ORDER BY {order}", text
        )
        look = Form(
            url_for("home"),
            "Search",
            [
                Field("q", "Project", value=text),
                Field("sort", "Sort by", "select", request.args.get("sort", "name"), ("name", "stars")),
            ],
            "get",
        )
        return show(
            Page(
                "Projects",
                [
                    look,
                    Table(
                        ("Project", "About", "Owner", "Stars"),
                        [
                            (
                                Link(each["name"], url_for("project", name=each["name"])),
                                each["about"],
                                each["owner"],
                                each["stars"],
                            )
                            for each in found
                        ],
                    ),
                    pages,
                ],
            )
        )

    @app.get("/new")
    def new() -> str:
        signed_in()
        return show(
            Page(
                "New project",
                [
                    Form(
                        url_for("create"),
                        "Create project",
                        [
                            Field("name", "Name"),
                            Field("about", "About"),
                            Field(
                                "licence", "Licence", "select", "MIT", ("MIT", "Apache-2.0", "BSD-3-Clause", "GPL-3.0")
                            ),
                        ],
                    )
                ],
            )
        )

    @app.post("/new")
    def create() -> Any:
        name = given("name", 60)
        if not name.replace("-", "").isalnum() or name != name.lower():
            abort(400, "A project's name has small letters, digits and hyphens only.")
        if value("SELECT 1 FROM projects WHERE name = ?", name):
            abort(400, "There is a project of that name.")
        change(
            "INSERT INTO projects VALUES (?, ?, ?, 0, ?)", name, given("about", 200), signed_in(), given("licence", 30)
        )
        change("INSERT INTO members VALUES (?, ?, 'maintainer')", name, user())
        return back("project", name=name)

    @app.get("/<name>")
    def project(name: str) -> str:
        found = row("SELECT * FROM projects WHERE name = ?", name)
        starred = value("SELECT 1 FROM starred WHERE project = ? AND user = ?", name, user())
        stars = found["stars"] + value("SELECT count(*) FROM starred WHERE project = ?", name)
        facts = Facts({"About": found["about"], "Owner": found["owner"], "Stars": stars, "Licence": found["licence"]})
        links = Links(
            [
                Link("Issues", url_for("issues", name=name)),
                Link("Merge requests", url_for("requests", name=name)),
                Link("Commits", url_for("commits", name=name)),
                Link("Members", url_for("members", name=name)),
            ]
        )
        files = rows("SELECT path FROM files WHERE project = ? ORDER BY path", name)
        return show(
            Page(
                name,
                [
                    facts,
                    Form(url_for("star", name=name), "Unstar" if starred else "Star"),
                    links,
                    Heading("Files"),
                    Links([Link(each["path"], url_for("file", name=name, path=each["path"])) for each in files]),
                ],
            )
        )

    @app.post("/<name>/star")
    def star(name: str) -> Any:
        row("SELECT 1 FROM projects WHERE name = ?", name)
        if value("SELECT 1 FROM starred WHERE project = ? AND user = ?", name, signed_in()):
            change("DELETE FROM starred WHERE project = ? AND user = ?", name, user())
        else:
            change("INSERT INTO starred VALUES (?, ?)", name, user())
        return back("project", name=name)

    @app.get("/<name>/file/<path:path>")
    def file(name: str, path: str) -> str:
        found = row("SELECT body FROM files WHERE project = ? AND path = ?", name, path)
        edit = Form(
            url_for("save_file", name=name, path=path),
            "Commit",
            [Field("text", "Text", "area", found["body"]), Field("message", "Commit message")],
        )
        return show(Page(path, [Text(found["body"], "pre"), edit]))

    @app.post("/<name>/file/<path:path>")
    def save_file(name: str, path: str) -> Any:
        may(name, "developer")
        row("SELECT 1 FROM files WHERE project = ? AND path = ?", name, path)
        text = request.form.get("text", "").replace("\r\n", "\n")[:20_000]
        message = given("message", 200)
        count = value("SELECT count(*) FROM commits")
        change("UPDATE files SET body = ? WHERE project = ? AND path = ?", text, name, path)
        change(
            "INSERT INTO commits VALUES (?, ?, ?, ?, ?)",
            f"{count * 7919 % 16**10:010x}",
            name,
            user(),
            message,
            words.TODAY.isoformat(),
        )
        return back("file", name=name, path=path)

    @app.get("/<name>/commits")
    def commits(name: str) -> str:
        row("SELECT 1 FROM projects WHERE name = ?", name)
        author = request.args.get("author", "").strip()
        found, pages = listed(
            "SELECT * FROM commits WHERE project = ? AND ? IN ('', author) ORDER BY day DESC, id", name, author
        )
        look = Form(url_for("commits", name=name), "Show", [Field("author", "Author", value=author)], "get")
        total = value("SELECT count(*) FROM commits WHERE project = ? AND ? IN ('', author)", name, author)
        return show(
            Page(
                f"Commits of {name}",
                [
                    look,
                    Facts({"Commits": total}),
                    Table(
                        ("Commit", "Author", "Message", "Day"),
                        [tuple(each[key] for key in ("id", "author", "message", "day")) for each in found],
                    ),
                    pages,
                ],
            )
        )
