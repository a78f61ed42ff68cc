"""The words that films and stories are made of, in eight languages; all of it written for this environment."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=8)
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a table by column."""
    head, *rows = [line.split("\t") for line in _lines(f"{name}.tsv")]
    return tuple(dict(zip(head, row, strict=True)) for row in rows)


@lru_cache(maxsize=1)
def keywords() -> tuple[str, ...]:
    """All keywords of films but "remake" and "sequel"."""
    return tuple(_lines("keywords.txt"))


def _lines(name: str) -> list[str]:
    return files(__name__).joinpath(name).read_text(encoding="utf-8").splitlines()
