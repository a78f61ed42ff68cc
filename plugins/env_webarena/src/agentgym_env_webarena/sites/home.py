"""The page that knows where the sites are."""

from __future__ import annotations

from flask import Flask

from agentgym_env_webarena.sites.framework import Link, Links, Page, Text, make_site, show

SITES = {
    "shop": ("Tillmart", "a shop"),
    "admin": ("Tillmart administration", "the shop's back office"),
    "forum": ("Commonroom", "a forum"),
    "code": ("Forgeworks", "a host of code"),
    "map": ("Wayfinder", "a map"),
    "wiki": ("Openshelf", "an encyclopedia"),
}


def make() -> Flask:
    """The application."""
    app = make_site("home", "Start", "store", [])

    @app.get("/")
    def home() -> str:
        links = [Link(f"{title}: {about}", f"http://{name}.test/") for name, (title, about) in SITES.items()]
        return show(Page("Start", [Text("The sites that can be visited."), Links(links)]))

    return app
