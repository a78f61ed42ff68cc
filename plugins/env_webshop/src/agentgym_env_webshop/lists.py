"""The lists of words that this package ships."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """A file of the folder `words`."""
    return tomllib.loads((resources.files(__package__) / "words" / f"{name}.toml").read_text(encoding="utf-8"))


def words(name: str) -> list[str]:
    """A list of words of `lists.toml`."""
    text: str = table("lists")[name]
    return text.split()


def lines(name: str) -> list[str]:
    """A list of lines of `lists.toml`."""
    text: str = table("lists")[name]
    return text.strip().splitlines()
