# ruff: noqa: E501, S608
# Tables of a page are long lines; what a list is sorted by comes from the tables above, never from a request.
"""A host of code: projects with files, issues, merge requests and members. What an account may do depends on its role in the project."""

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
    _issues(app)
    _members(app)
    return app


def may(project: str, part: str) -> None:
    """End with a page that says so where who is logged in has less than this role in the project."""
    found = value("SELECT role FROM members WHERE project = ? AND user = ?", project, signed_in())
    if found is None or ROLES.index(found) < ROLES.index(part):
        abort(403)


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


def _issues(app: Flask) -> None:
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


def _members(app: Flask) -> None:
    @app.get("/<name>/members")
    def members(name: str) -> str:
        row("SELECT 1 FROM projects WHERE name = ?", name)
        found = rows(
            "SELECT m.*, u.full_name FROM members m JOIN users u ON u.name = m.user WHERE project = ? ORDER BY m.user",
            name,
        )
        invite = Form(
            url_for("invite", name=name),
            "Invite",
            [Field("user", "User name"), Field("role", "Role", "select", "guest", ROLES)],
        )
        return show(
            Page(
                f"Members of {name}",
                [
                    Table(
                        ("User", "Name", "Role"), [(each["user"], each["full_name"], each["role"]) for each in found]
                    ),
                    Heading("Invite a member"),
                    invite,
                ],
            )
        )

    @app.post("/<name>/members")
    def invite(name: str) -> Any:
        may(name, "maintainer")
        who, part = given("user", 60), given("role")
        if part not in ROLES:
            abort(400, "There is no such role.")
        if not value("SELECT 1 FROM users WHERE name = ?", who):
            abort(400, f"There is no user {who}.")
        change("INSERT INTO members VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET role = excluded.role", name, who, part)
        return back("members", name=name)
