"""What all sites are made of: pages of parts, rows of the episode's own database, and who is logged in."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from attrs import Factory, field, frozen
from flask import Flask, abort, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from werkzeug.wrappers import Response

from agentgym_env_webarena.gate import State

PAGE = 20
"""Rows a page of a list."""


@frozen
class Link:
    """A link in a table or a list."""

    text: str
    to: str


@frozen
class Text:
    """A paragraph; `look` is `p`, `alert` or `pre`."""

    text: str
    look: str = "p"


@frozen
class Heading:
    """A heading below the page's own."""

    text: str


@frozen
class Facts:
    """Names with values."""

    values: Mapping[str, Any]


@frozen
class Table:
    """Rows of cells, each text or a `Link`."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


@frozen
class Links:
    """A list of links."""

    links: Sequence[Link]


@frozen
class Field:
    """A field of a form. `kind` is an HTML input type, `area`, `select` (with `options`) or `hidden`."""

    name: str
    label: str = ""
    kind: str = "text"
    value: Any = ""
    options: Sequence[str] = ()
    required: bool = True


@frozen
class Form:
    """A form with one button."""

    to: str
    button: str
    fields: Sequence[Field] = ()
    method: str = "post"


@frozen
class Pages:
    """Where a long list goes on."""

    number: int
    more: bool
    to: Callable[[int], str]


@frozen
class Page:
    """A page: its heading and its parts."""

    title: str
    parts: list[Any] = field(default=Factory(list))


def make_site(name: str, title: str, base: str, menu: Sequence[tuple[str, str]]) -> Flask:
    """An application with the site's name, the database that it uses, and the links on top of each of its pages."""
    app = Flask("agentgym_env_webarena.sites", template_folder="templates", static_folder=None)
    app.jinja_env.globals["kind_of"] = lambda part: type(part).__name__
    app.config.update(SITE=title, BASE=base, MENU=menu, SECRET_KEY=_key(), SESSION_COOKIE_NAME=f"{name}_session")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.register_error_handler(
        404, lambda _: (show(Page("Page not found", [Text("There is nothing at this address.")])), 404)
    )
    app.register_error_handler(403, lambda _: (show(Page("Not allowed", [Text("Your account may not do this.")])), 403))
    app.register_error_handler(
        400, lambda error: (show(Page("That cannot be done", [Text(str(error.description), "alert")])), 400)
    )
    return app


_KEYS: list[str] = []


def _key() -> str:
    import secrets

    if not _KEYS:
        _KEYS.append(secrets.token_hex(16))
    return _KEYS[0]


def cookie(app: Flask, user: str) -> str:
    """The value of a site's cookie with which a browser is logged in as a user."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return serializer.dumps({"user": user})


def base() -> sqlite3.Connection:
    """The database of the episode that asks."""
    from flask import current_app

    state: State = request.environ["agentgym.state"]
    return state.bases[current_app.config["BASE"]]


def rows(query: str, *values: Any) -> list[sqlite3.Row]:
    """All rows of a query."""
    return base().execute(query, values).fetchall()


def row(query: str, *values: Any) -> sqlite3.Row:
    """The one row of a query; a page that is not found where there is none."""
    found = base().execute(query, values).fetchone()
    if found is None:
        abort(404)
    return cast("sqlite3.Row", found)


def value(query: str, *values: Any) -> Any:
    """The first value of a query, or None."""
    found = base().execute(query, values).fetchone()
    return None if found is None else found[0]


def change(query: str, *values: Any) -> int:
    """Change data; the number of the row that was added last."""
    done = base().execute(query, values)
    base().commit()
    return done.lastrowid or 0


def user() -> str:
    """Who is logged in, or an empty string."""
    return str(session.get("user", ""))


def signed_in() -> str:
    """Who is logged in; others are shown that they may not."""
    if not user():
        abort(403)
    return user()


def role() -> str:
    """The role of who is logged in."""
    return str(value("SELECT role FROM users WHERE name = ?", user()) or "guest")


def given(name: str, most: int = 500, *, empty: bool = False) -> str:
    """A field of a form that was sent, without blanks around it.

    What is missing or too long is told on a page.
    """
    text = request.form.get(name, "").strip()
    if not text and not empty:
        abort(400, f"Please fill in: {name.replace('_', ' ')}.")
    if len(text) > most:
        abort(400, f"{name.replace('_', ' ').capitalize()} may have at most {most} characters.")
    return text


def whole_number(name: str, low: int, high: int) -> int:
    """A whole number of a form that was sent."""
    text = given(name)
    if not text.isdecimal() or not low <= int(text) <= high:
        abort(400, f"{name.replace('_', ' ').capitalize()} must be a whole number from {low} to {high}.")
    return int(text)


def at_page() -> int:
    """Which page of a list is asked for, from 1 on."""
    text = request.args.get("page", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 6 else 1


def listed(query: str, *values: Any) -> tuple[list[sqlite3.Row], Pages]:
    """The rows of the page that is asked for, and the way to the others."""
    page = at_page()
    found = rows(f"{query} LIMIT ? OFFSET ?", *values, PAGE + 1, (page - 1) * PAGE)
    given_arguments = request.args.to_dict() | (request.view_args or {})
    endpoint = request.endpoint or ""

    def to(number: int) -> str:
        return url_for(endpoint, **(given_arguments | {"page": number}))

    return found[:PAGE], Pages(page, len(found) > PAGE, to)


def listing(
    title: str,
    columns: Sequence[str],
    cells: Callable[[sqlite3.Row], Sequence[Any]],
    query: str,
    *values: Any,
    above: Sequence[Any] = (),
) -> str:
    """A page with the rows of a query in a table, and the way to those that do not fit.

    :param cells: the cells of a row. :param above: what stands before the table, such as a form that searches it.
    """
    found, pages = listed(query, *values)
    return show(Page(title, [*above, Table(columns, [cells(each) for each in found]), pages]))


def searched_for() -> str:
    """What a form that searches asks for, cut to what a query takes."""
    return request.args.get("q", "").strip()[:100]


def search_form(label: str, text: str) -> Form:
    """A form that searches the page that it stands on."""
    return Form(request.path, "Search", [Field("q", label, value=text)], "get")


def back(endpoint: str, **values: Any) -> Response:
    """Go to a page after something was done."""
    return redirect(url_for(endpoint, **values), 303)


def show(page: Page) -> str:
    """A page as HTML."""
    return render_template("page.html", page=page, who=user())


def add_login(app: Flask) -> None:
    """The pages for logging in and out, over the table `users` with `name`, `password` and `role`."""

    @app.get("/login")
    def login() -> str:
        fields = [Field("name", "User name"), Field("password", "Password", "password")]
        return show(Page("Log in", [Form(url_for("enter"), "Log in", fields)]))

    @app.post("/login")
    def enter() -> Any:
        name = value("SELECT name FROM users WHERE name = ? AND password = ?", given("name"), given("password"))
        if name is None:
            abort(400, "User name or password is wrong.")
        session["user"] = name
        return redirect("/", 303)

    @app.post("/logout")
    def leave() -> Any:
        session.clear()
        return redirect("/", 303)
