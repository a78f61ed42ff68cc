# ruff: noqa: E501
# Statements and tables are long lines.
"""The issues and merge requests of the host of code."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Flask, abort, request, url_for

from agentgym_env_webarena.sites import words
from agentgym_env_webarena.sites.code_data import LABELS
from agentgym_env_webarena.sites.code_members import may
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
    back,
    change,
    given,
    listed,
    listing,
    row,
    rows,
    search_form,
    searched_for,
    show,
    signed_in,
)


def add_issues(app: Flask) -> None:
    """Add the pages."""

    def table(found: list[sqlite3.Row]) -> Table:
        return Table(
            ("Issue", "Project", "Label", "State", "Assignee", "Day"),
            [
                (
                    Link(each["title"], url_for("issue", number=each["id"])),
                    each["project"],
                    each["label"],
                    each["state"],
                    each["assignee"] or "-",
                    each["day"],
                )
                for each in found
            ],
        )

    @app.get("/my/issues")
    def my_issues() -> str:
        found, pages = listed(
            "SELECT * FROM issues WHERE assignee = ? AND state = 'open' ORDER BY day DESC, id", signed_in()
        )
        return show(Page("My open issues", [table(found), pages]))

    @app.get("/my/requests")
    def my_requests() -> str:
        return listing(
            "Merge requests for me to review",
            ("Request", "Project", "Author", "State"),
            lambda each: (
                Link(each["title"], url_for("merge_request", number=each["id"])),
                each["project"],
                each["author"],
                each["state"],
            ),
            "SELECT * FROM requests WHERE reviewer = ? ORDER BY day DESC, id",
            signed_in(),
        )

    @app.get("/search")
    def search() -> str:
        text = searched_for()
        found, pages = listed("SELECT * FROM issues WHERE instr(lower(title), lower(?)) ORDER BY day DESC, id", text)
        return show(
            Page(
                "Search issues",
                [
                    search_form("Words in the title", text),
                    table(found),
                    pages,
                ],
            )
        )

    @app.get("/<name>/issues")
    def issues(name: str) -> str:
        row("SELECT 1 FROM projects WHERE name = ?", name)
        state, label = request.args.get("state", "open"), request.args.get("label", "any")
        found, pages = listed(
            "SELECT * FROM issues WHERE project = ? AND ? IN ('all', state) AND ? IN ('any', label) ORDER BY day DESC, id",
            name,
            state,
            label,
        )
        pick = Form(
            url_for("issues", name=name),
            "Filter",
            [
                Field("state", "State", "select", state, ("open", "closed", "all")),
                Field("label", "Label", "select", label, ("any", *LABELS)),
            ],
            "get",
        )
        return show(
            Page(
                f"Issues of {name}",
                [pick, Links([Link("New issue", url_for("new_issue", name=name))]), table(found), pages],
            )
        )

    @app.get("/<name>/issues/new")
    def new_issue(name: str) -> str:
        team = [each["user"] for each in rows("SELECT user FROM members WHERE project = ? ORDER BY user", name)]
        fields = [
            Field("title", "Title"),
            Field("text", "Text", "area"),
            Field("label", "Label", "select", "bug", LABELS),
            Field("assignee", "Assignee", "select", "nobody", ("nobody", *team)),
        ]
        return show(Page(f"New issue in {name}", [Form(url_for("open_issue", name=name), "Create issue", fields)]))

    @app.post("/<name>/issues/new")
    def open_issue(name: str) -> Any:
        row("SELECT 1 FROM projects WHERE name = ?", name)
        assignee, label = given("assignee"), given("label")
        if label not in LABELS:
            abort(400, "There is no such label.")
        number = change(
            "INSERT INTO issues (project, title, body, author, assignee, label, state, day) VALUES (?, ?, ?, ?, ?, ?, 'open', ?)",
            name, given("title", 150), given("text", 5000), signed_in(), "" if assignee == "nobody" else assignee, label, words.TODAY.isoformat(),
        )  # fmt: skip
        return back("issue", number=number)

    @app.get("/issue/<int:number>")
    def issue(number: int) -> str:
        found = row("SELECT * FROM issues WHERE id = ?", number)
        team = [
            each["user"] for each in rows("SELECT user FROM members WHERE project = ? ORDER BY user", found["project"])
        ]
        facts = Facts(
            {
                "Project": Link(found["project"], url_for("project", name=found["project"])),
                "Author": found["author"],
                "Assignee": found["assignee"] or "-",
                "Label": found["label"],
                "State": found["state"],
                "Day": found["day"],
            }
        )
        notes = rows("SELECT * FROM notes WHERE issue = ? ORDER BY id", number)
        change_form = Form(
            url_for("set_issue", number=number),
            "Save",
            [
                Field("label", "Label", "select", found["label"], LABELS),
                Field("assignee", "Assignee", "select", found["assignee"] or "nobody", ("nobody", *team)),
            ],
        )
        toggle = Form(url_for("toggle", number=number), "Reopen issue" if found["state"] == "closed" else "Close issue")
        return show(
            Page(
                found["title"],
                [
                    facts,
                    Text(found["body"]),
                    Heading("Notes"),
                    Table(("By", "Note", "Day"), [(each["user"], each["body"], each["day"]) for each in notes]),
                    Form(url_for("note", number=number), "Add note", [Field("note", "Note", "area")]),
                    change_form,
                    toggle,
                ],
            )
        )

    @app.post("/issue/<int:number>/note")
    def note(number: int) -> Any:
        row("SELECT 1 FROM issues WHERE id = ?", number)
        change(
            "INSERT INTO notes (issue, user, body, day) VALUES (?, ?, ?, ?)",
            number,
            signed_in(),
            given("note", 5000),
            words.TODAY.isoformat(),
        )
        return back("issue", number=number)

    @app.post("/issue/<int:number>")
    def set_issue(number: int) -> Any:
        may(row("SELECT project FROM issues WHERE id = ?", number)["project"], "developer")
        assignee = given("assignee")
        change(
            "UPDATE issues SET label = ?, assignee = ? WHERE id = ?",
            given("label"),
            "" if assignee == "nobody" else assignee,
            number,
        )
        return back("issue", number=number)

    @app.post("/issue/<int:number>/toggle")
    def toggle(number: int) -> Any:
        may(row("SELECT project FROM issues WHERE id = ?", number)["project"], "developer")
        change("UPDATE issues SET state = CASE state WHEN 'open' THEN 'closed' ELSE 'open' END WHERE id = ?", number)
        return back("issue", number=number)

    @app.get("/<name>/requests")
    def requests(name: str) -> str:
        return listing(
            f"Merge requests of {name}",
            ("Request", "Author", "Reviewer", "State"),
            lambda each: (
                Link(each["title"], url_for("merge_request", number=each["id"])),
                each["author"],
                each["reviewer"],
                each["state"],
            ),
            "SELECT * FROM requests WHERE project = ? ORDER BY day DESC, id",
            name,
        )

    @app.get("/request/<int:number>")
    def merge_request(number: int) -> str:
        found = row("SELECT * FROM requests WHERE id = ?", number)
        parts: list[Any] = [
            Facts(
                {
                    "Project": Link(found["project"], url_for("project", name=found["project"])),
                    "Author": found["author"],
                    "Reviewer": found["reviewer"],
                    "State": found["state"],
                    "Day": found["day"],
                }
            )
        ]
        if found["state"] == "open":
            parts += [
                Form(url_for("decide", number=number), text, [Field("state", kind="hidden", value=state)])
                for text, state in (("Merge", "merged"), ("Close without merging", "closed"))
            ]
        return show(Page(found["title"], parts))

    @app.post("/request/<int:number>")
    def decide(number: int) -> Any:
        found = row("SELECT project, state FROM requests WHERE id = ?", number)
        may(found["project"], "maintainer")
        if found["state"] != "open":
            abort(400, "This merge request is no longer open.")
        change(
            "UPDATE requests SET state = ? WHERE id = ?", "merged" if given("state") == "merged" else "closed", number
        )
        return back("merge_request", number=number)
