"""All sites: their applications, and their data as they are when an episode starts."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Mapping
from functools import cache

from flask import Flask

from agentgym_env_webarena.sites import (
    admin,
    code,
    code_data,
    forum,
    forum_data,
    home,
    maps,
    maps_data,
    shop,
    store_data,
    wiki,
    wiki_data,
)

VERSION = 1
"""Counts up whenever the data or the pages change: tasks and recorded steps belong to it."""

DATA = {
    "store": store_data.fill,
    "forum": forum_data.fill,
    "code": code_data.fill,
    "map": maps_data.fill,
    "wiki": wiki_data.fill,
}
USERS = {
    "shop": store_data.BUYER,
    "admin": store_data.MANAGER,
    "forum": forum_data.MEMBER,
    "code": code_data.DEVELOPER,
    "map": maps_data.VISITOR,
    "wiki": wiki_data.AUTHOR,
}
"""Who is logged in from the start."""


@cache
def apps() -> Mapping[str, Flask]:
    """The application of each host."""
    made = {"home": home, "shop": shop, "admin": admin, "forum": forum, "code": code, "map": maps, "wiki": wiki}
    return {f"{name}.test": module.make() for name, module in made.items()}


@cache
def images() -> Mapping[str, bytes]:
    """Each site's database, made once a process: the same bytes of data everywhere."""
    found = {}
    for name, fill in DATA.items():
        base = sqlite3.connect(":memory:")
        try:
            fill(base, random.Random(f"webarena {VERSION} {name}"))
            base.commit()
            found[name] = base.serialize()
        finally:
            base.close()
    return found
