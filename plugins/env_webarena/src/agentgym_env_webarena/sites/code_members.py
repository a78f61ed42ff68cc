"""Who belongs to a project of the host of code, and what they may do in it."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, url_for

from agentgym_env_webarena.sites.code_data import ROLES
from agentgym_env_webarena.sites.framework import (
    Field,
    Form,
    Heading,
    Page,
    Table,
    back,
    change,
    given,
    row,
    rows,
    show,
    signed_in,
    value,
)


def may(project: str, part: str) -> None:
    """End with a page that says so where who is logged in has less than this role in the project."""
    found = value("SELECT role FROM members WHERE project = ? AND user = ?", project, signed_in())
    if found is None or ROLES.index(found) < ROLES.index(part):
        abort(403)


def add_members(app: Flask) -> None:
    """Add the pages."""

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
