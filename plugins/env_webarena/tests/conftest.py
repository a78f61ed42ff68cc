from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, jsonify, redirect, request
from waitress.server import create_server

from agentgym_core.environments import resolve_environment
from agentgym_env_webarena.browser import HINT, find_chromium
from agentgym_env_webarena.environment import Host, WebArenaEnvironment

NEEDED = "AGENTGYM_NEEDS_CHROMIUM"
"""Where this is set, a browser that is missing is a failure: so it is where the tests decide."""

WITHOUT = (
    "test_sites.py",
    "test_objectives.py",
    "test_checks.py",
    "test_tree.py",
    "test_evaluators.py",
    "test_forward.py",
    "test_judge.py",
    "test_official.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need the browser are skipped where there is none, but not where it is said to be needed."""
    found = find_chromium()
    if found is not None and shutil.which(found) is not None:
        return
    if os.environ.get(NEEDED):
        pytest.exit(f"{NEEDED} is set and there is no Chromium: {HINT}", 1)
    for item in items:
        if "env_webarena" in item.path.parts and item.path.name not in WITHOUT:
            item.add_marker(pytest.mark.skip(reason=f"no Chromium ({HINT})"))


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """A browser and the sites."""
    with WebArenaEnvironment.engine(resolve_environment("webarena").config) as opened:
        yield opened


USER = "emma@post.test"
Serve = Callable[[Flask], str]


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Serves applications on ports of this machine; gives their addresses."""
    servers: list[tuple[Any, threading.Thread]] = []

    def start(app: Flask) -> str:
        server = create_server(app, host="127.0.0.1", port=0, threads=4)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.effective_port}"

    yield start
    for server, thread in servers:
        server.close()
        thread.join(10)


@pytest.fixture(scope="module")
def stand_ins(serve: Serve) -> dict[str, str]:
    """Addresses of small sites that speak the pages of WebArena's: their ways of signing in, of showing and of changing things."""
    return {name: serve(make()) for name, make in _SITES.items()}


@pytest.fixture(scope="module")
def addresses(stand_ins: dict[str, str]) -> dict[str, str]:
    return stand_ins | {"shopping_admin": stand_ins["shopping_admin"] + "/admin"}


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.json"
    path.write_text(
        json.dumps({site: {"username": USER, "password": f"pass of {site}"} for site in _SITES if site != "map"})
    )
    return path


def _page(title: str, body: str) -> str:
    return f"<!doctype html><title>{title}</title><h1>{title}</h1>{body}"


def _field(label: str, name: str, kind: str) -> str:
    return f"<label>{label} <input type='{kind}' name='{name}'></label>"


def _login(app: Flask, site: str, path: str, fields: str, user: str) -> None:
    """A page with the form of a site; a right password sets a cookie."""

    @app.route(path, methods=["GET", "POST"], endpoint="sign_in")
    def sign_in() -> Any:
        right = request.form.get(user) == USER and "pass of " + site in request.form.values()
        if request.method == "POST" and right:
            answer = redirect("/in")
            answer.set_cookie(f"{site}_user", "emma")
            return answer
        if request.cookies.get(f"{site}_user"):
            return redirect("/in")
        if request.cookies.get(f"{site}_user"):
            return redirect("/in")
        search = "<form action='/search'><input name='q' placeholder='Search'></form>"
        return _page("Sign in", f"{search}<form method='post'>{fields}<button>Sign in</button></form>")

    @app.get("/in")
    def inside() -> str:
        return _page("Welcome", f"Signed in as {request.cookies.get(f'{site}_user', 'nobody')}")


def _shopping() -> Flask:
    app = Flask("shopping", static_folder=None)
    orders: list[int] = [12]
    fields = _field("Email", "login[username]", "email") + _field("Password", "login[password]", "password")
    _login(app, "shopping", "/customer/account/login/", fields, "login[username]")

    @app.get("/")
    def home() -> str:
        who = request.cookies.get("shopping_user", "guest")
        links = "<a href='/kettle.html'>Kettle</a> <a href='/leave'>Elsewhere</a> <a href='/secret'>Members</a>"
        return _page("One Stop Market", f"<p>Welcome, {who}!</p>{links}")

    @app.get("/kettle.html")
    def product() -> str:
        return _page(
            "Kettle", "<p>Price: $5.00</p><form method='post' action='/buy'><button>Buy &amp; pay</button></form>"
        )

    @app.post("/buy")
    def buy() -> Any:
        orders.append(orders[-1] + 1)
        return redirect(f"/sales/order/view/order_id/{orders[-1]}/")

    @app.get("/sales/order/view/order_id/<int:number>/")
    def order(number: int) -> str:
        return _page(f"Order # {number:09}", "<ul><li class='sku'>B00&#x2D;KETTLE</li></ul>")

    @app.get("/leave")
    def leave() -> Any:
        return redirect(request.args.get("to", "http://127.0.0.1:59997/out"))

    @app.post("/rest/V1/integration/admin/token")
    def token() -> Any:
        given = request.get_json()
        return jsonify("t0ken") if given == {"username": USER, "password": "pass of shopping_admin"} else ("no", 401)

    @app.get("/rest/V1/orders")
    def latest() -> Any:
        if request.headers.get("Authorization") != "Bearer t0ken":
            return "no", 401
        assert request.args["searchCriteria[sortOrders][0][direction]"] == "DESC"
        return jsonify({"items": [{"entity_id": orders[-1], "increment_id": f"{orders[-1]:09}"}]})

    @app.get("/rest/V1/products/<sku>/reviews")
    def reviews(sku: str) -> Any:
        found = [
            {"nickname": "Emma", "ratings": [{"percent": 80}]},
            {"nickname": "Emma Lopez", "ratings": [{"percent": 100}]},
        ]
        return jsonify(found if sku == "B00J8" else [])

    return app


def _admin() -> Flask:
    app = Flask("shopping_admin", static_folder=None)
    fields = _field("", "login", "text") + _field("", "pass", "password") + _field("", "form_key", "hidden")
    _login(app, "shopping_admin", "/admin", fields, "login")
    return app


def _reddit() -> Flask:
    app = Flask("reddit", static_folder=None)
    fields = _field("Username", "_username", "text") + _field("Password", "_password", "password")
    _login(app, "reddit", "/login", fields, "_username")

    @app.get("/f/<forum>/<int:number>/<path:rest>")
    @app.get("/f/<forum>/<int:number>/")
    def post(forum: str, number: int, rest: str = "") -> str:
        return _page(
            f"Post {number}", f"<p class='text'>I like {forum}</p><a href='/f/{forum}/{number}/-/comment/7'>Comment</a>"
        )

    return app


def _gitlab() -> Flask:
    app = Flask("gitlab", static_folder=None)
    fields = _field("Username or email", "user[login]", "text") + _field("Password", "user[password]", "password")
    _login(app, "gitlab", "/users/sign_in", fields, "user[login]")

    @app.get("/<owner>/<project>/-/project_members")
    def members(owner: str, project: str) -> str:
        def row(name: str, role: str) -> str:
            return f"<tr><td data-label='Account'>Someone <span>@{name}</span></td><td class='col-max-role'><span>{role}</span></td></tr>"

        return _page(f"{owner}/{project}", f"<table>{row('emma-2', 'Owner')}{row('emma', 'Guest')}</table>")

    return app


def _map() -> Flask:
    app = Flask("map", static_folder=None)
    app.add_url_rule("/", "home", lambda: _page("OpenStreetMap", "<p>The way takes 14min.</p>"))
    return app


_SITES = {"shopping": _shopping, "shopping_admin": _admin, "reddit": _reddit, "gitlab": _gitlab, "map": _map}
