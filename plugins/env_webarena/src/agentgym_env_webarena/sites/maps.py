# ruff: noqa: E501
# Tables of a page are long lines; what a list is sorted by comes from the tables above, never from a request.
"""A map: places to search, distances and ways between them, bookmarks, and reports of what is wrong, which editors answer."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, request, url_for

from agentgym_env_webarena.sites import words
from agentgym_env_webarena.sites.framework import (
    Facts,
    Field,
    Form,
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
    show,
    signed_in,
    user,
    value,
)
from agentgym_env_webarena.sites.maps_data import KINDS, SPEEDS, kilometres, minutes


def make() -> Flask:
    """The map's application."""
    app = make_site(
        "map",
        "Wayfinder",
        "map",
        [
            ("Search", "/"),
            ("Towns", "/towns"),
            ("Directions", "/directions"),
            ("Bookmarks", "/bookmarks"),
            ("Reports", "/reports"),
        ],
    )
    add_login(app)
    _looking(app)
    _keeping(app)
    return app


def _looking(app: Flask) -> None:
    @app.get("/")
    def home() -> str:
        text, kind = request.args.get("q", "").strip()[:100], request.args.get("kind", "any")
        look = Form(
            url_for("home"),
            "Search",
            [Field("q", "Name or town", value=text), Field("kind", "Kind", "select", kind, ("any", *KINDS))],
            "get",
        )
        if "q" not in request.args:
            return show(Page("Search the map", [look]))
        found, pages = listed(
            "SELECT * FROM places WHERE instr(lower(name || ' ' || town), lower(?)) AND ? IN ('any', kind) ORDER BY name, id",
            text,
            kind,
        )
        return show(
            Page(
                "Search the map",
                [
                    look,
                    Table(
                        ("Place", "Kind", "Town", "Street"),
                        [
                            (
                                Link(each["name"], url_for("place", number=each["id"])),
                                each["kind"],
                                each["town"],
                                each["street"],
                            )
                            for each in found
                        ],
                    ),
                    pages,
                ],
            )
        )

    @app.get("/towns")
    def towns() -> str:
        return listing(
            "Towns",
            ("Town", "Region", "People"),
            lambda each: (Link(each["name"], url_for("town", name=each["name"])), each["region"], each["people"]),
            "SELECT * FROM towns ORDER BY name",
        )

    @app.get("/town/<name>")
    def town(name: str) -> str:
        found = row("SELECT * FROM towns WHERE name = ?", name)
        counts = {
            kind.title(): value("SELECT count(*) FROM places WHERE town = ? AND kind = ?", name, kind) for kind in KINDS
        }
        links = Links([Link(f"Every {kind} in {name}", url_for("home", q=name, kind=kind)) for kind in KINDS])
        return show(Page(name, [Facts({"Region": found["region"], "People": found["people"], **counts}), links]))

    @app.get("/place/<int:number>")
    def place(number: int) -> str:
        found = row("SELECT * FROM places WHERE id = ?", number)
        facts = Facts(
            {
                "Kind": found["kind"],
                "Town": Link(found["town"], url_for("town", name=found["town"])),
                "Street": found["street"],
                "Open": found["opens"],
                "Phone": found["phone"],
            }
        )
        near = sorted(
            rows("SELECT * FROM places WHERE town = ? AND id != ?", found["town"], number),
            key=lambda each: (kilometres(found, each), each["id"]),
        )[:5]
        table = Table(
            ("Nearby", "Kind", "Kilometres"),
            [
                (Link(each["name"], url_for("place", number=each["id"])), each["kind"], kilometres(found, each))
                for each in near
            ],
        )
        keep = Form(url_for("bookmark", number=number), "Bookmark", [Field("label", "Label")])
        tell = Form(url_for("report", number=number), "Send report", [Field("report", "What is wrong?", "area")])
        return show(Page(found["name"], [facts, table, keep, tell]))

    @app.get("/directions")
    def directions() -> str:
        start, goal, how = (request.args.get(name, "").strip() for name in ("start", "goal", "how"))
        how = how if how in SPEEDS else "on foot"
        form = Form(
            url_for("directions"),
            "Find the way",
            [
                Field("start", "From", value=start),
                Field("goal", "To", value=goal),
                Field("how", "How", "select", how, tuple(SPEEDS)),
            ],
            "get",
        )
        if not start or not goal:
            return show(Page("Directions", [form]))
        ends = []
        for name in (start, goal):
            found = rows(
                "SELECT name, x, y FROM places WHERE lower(name || ', ' || town) = lower(?) OR lower(name) = lower(?) UNION ALL SELECT name, x, y FROM towns WHERE lower(name) = lower(?)",
                name,
                name,
                name,
            )
            if len(found) != 1:
                abort(400, f"{len(found)} places are called {name}. Name a place with its town, such as Place, Town.")
            ends.append(found[0])
        distance = kilometres(*ends)
        return show(
            Page(
                "Directions",
                [form, Facts({"Distance": f"{distance} km", "Time": f"{minutes(distance, how)} min {how}"})],
            )
        )


def _keeping(app: Flask) -> None:
    @app.get("/bookmarks")
    def bookmarks() -> str:
        found = rows(
            "SELECT p.id, p.name, p.town, b.label FROM bookmarks b JOIN places p ON p.id = b.place WHERE b.user = ? ORDER BY b.label, p.id",
            signed_in(),
        )
        parts: list[Any] = [
            Table(
                ("Label", "Place", "Town"),
                [
                    (each["label"], Link(each["name"], url_for("place", number=each["id"])), each["town"])
                    for each in found
                ],
            )
        ]
        parts += [Form(url_for("forget", number=each["id"]), f"Remove {each['name']}") for each in found]
        return show(Page("Bookmarks", parts))

    @app.post("/place/<int:number>/bookmark")
    def bookmark(number: int) -> Any:
        row("SELECT 1 FROM places WHERE id = ?", number)
        change(
            "INSERT INTO bookmarks VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET label = excluded.label",
            signed_in(),
            number,
            given("label", 60),
        )
        return back("bookmarks")

    @app.post("/place/<int:number>/forget")
    def forget(number: int) -> Any:
        change("DELETE FROM bookmarks WHERE user = ? AND place = ?", signed_in(), number)
        return back("bookmarks")

    @app.post("/place/<int:number>/report")
    def report(number: int) -> Any:
        row("SELECT 1 FROM places WHERE id = ?", number)
        change(
            "INSERT INTO reports (place, user, text, day) VALUES (?, ?, ?, ?)",
            number,
            signed_in(),
            given("report", 1000),
            words.TODAY.isoformat(),
        )
        return back("reports")

    @app.get("/reports")
    def reports() -> str:
        found = rows(
            "SELECT r.*, p.name FROM reports r JOIN places p ON p.id = r.place WHERE ? = 'editor' OR r.user = ? ORDER BY r.id",
            role(),
            signed_in(),
        )
        parts: list[Any] = [
            Table(("Place", "Report", "State"), [(each["name"], each["text"], each["state"]) for each in found])
        ]
        if role() == "editor":
            parts += [
                Form(url_for("settle", number=each["id"]), f"Mark report {each['id']} as done")
                for each in found
                if each["state"] == "new"
            ]
        elif not found:
            parts.append(Text(f"{user()} has sent no reports."))
        return show(Page("Reports", parts))

    @app.post("/reports/<int:number>")
    def settle(number: int) -> Any:
        if role() != "editor":
            abort(403)
        change("UPDATE reports SET state = 'done' WHERE id = ?", number)
        return back("reports")
