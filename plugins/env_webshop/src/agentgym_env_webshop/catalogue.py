"""A catalogue on disk: products and goals in SQLite, the search index beside them. Built once, then only read, by as many as like."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Protocol, Self

import msgspec
from filelock import FileLock
from platformdirs import user_cache_path

from agentgym_core.errors import ConfigError, EnvironmentFault
from agentgym_env_webshop import search
from agentgym_env_webshop.product import Goal, Product

_LOG = logging.getLogger(__name__)
FORMAT = 1
"""Of the files: counts up when they change, and what was built before is left alone."""

_COMMIT = 50_000
_KEPT = 4096


class Source(Protocol):
    """Where a catalogue's products come from."""

    @property
    def key(self) -> str:
        """A name for a folder: sources with the same products and goals have the same one, and others do not."""

    def products(self) -> Iterator[Product]:
        """All products, in order."""

    def goals(self, products: Iterable[Product]) -> list[Goal]:
        """The goals that are kept beside the products, by number; none where they are worked out when they are asked for."""

    def goal(self, number: int, catalogue: Catalogue) -> Goal:
        """The goal of a number."""


class Catalogue:
    """An open catalogue. Reading it is safe from several threads."""

    def __init__(self, folder: Path, source: Source) -> None:
        self.folder = folder
        self.source = source
        self.index = search.Search(folder / "index")
        self.product = lru_cache(maxsize=_KEPT)(self._product)
        self.goal = lru_cache(maxsize=_KEPT)(self._goal)
        where = f"{(folder / 'products.sqlite').as_uri()}?mode=ro&immutable=1"
        self._base = sqlite3.connect(where, uri=True, check_same_thread=False)
        try:
            if len(self.index) != self.size:
                raise sqlite3.DatabaseError(f"{len(self.index)} products can be searched of {self.size}")
        except BaseException:
            self._base.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size(self) -> int:
        """The number of products."""
        return int(self._one("SELECT count(*) FROM products"))

    @property
    def goals(self) -> int:
        """The number of goals that are kept here."""
        return int(self._one("SELECT count(*) FROM goals"))

    def search(self, query: str) -> tuple[int, ...]:
        """The places of the products that a query finds, the best first, at most 50."""
        return self.index.find(query)

    def place(self, asin: str) -> int | None:
        """Where a product stands, or None."""
        found = self._base.execute("SELECT place FROM products WHERE asin = ?", (asin.upper(),)).fetchone()
        return None if found is None else int(found[0])

    def kept_goal(self, number: int) -> Goal:
        """The goal of a number, of those that are kept."""
        return msgspec.msgpack.decode(self._one("SELECT body FROM goals WHERE number = ?", number), type=Goal)

    def close(self) -> None:
        """Let go of the files."""
        self._base.close()

    def _product(self, place: int) -> Product:
        return msgspec.msgpack.decode(self._one("SELECT body FROM products WHERE place = ?", place), type=Product)

    def _goal(self, number: int) -> Goal:
        return self.source.goal(number, self)

    def _one(self, query: str, *values: object) -> bytes:
        found = self._base.execute(query, values).fetchone()
        if found is None:
            raise LookupError(f"{query} {values}")
        content: bytes = found[0]
        return content


def cache_folder(cache: Path | None) -> Path:
    """Where built catalogues lie: the configuration's folder, that of AGENTGYM_CACHE, or the user's cache."""
    if cache is not None:
        return cache / "webshop"
    root = os.environ.get("AGENTGYM_CACHE")
    return (Path(root) if root else user_cache_path("agentgym", appauthor=False)) / "webshop"


def open_catalogue(source: Source, cache: Path | None = None) -> Catalogue:
    """Open a source's catalogue, and build it first where it is not there or broken.

    Two processes that want the same build it once: the other one waits.

    :raises EnvironmentFault: it cannot be built, for want of space or of the right to write.
    """
    root = cache_folder(cache)
    folder = root / f"{FORMAT}-{source.key}"
    if (folder / "products.sqlite").is_file():
        with suppress(sqlite3.Error, ValueError, OSError):
            return Catalogue(folder, source)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f"{folder.name}.lock"):
            if (folder / "products.sqlite").is_file():
                try:
                    return Catalogue(folder, source)
                except (sqlite3.Error, ValueError, OSError) as error:
                    _LOG.warning("webshop: the catalogue in %s is broken and is built again: %s", folder, error)
                    shutil.rmtree(folder)
            _build(folder, source)
            return Catalogue(folder, source)
    except (OSError, sqlite3.Error, ValueError) as error:
        raise EnvironmentFault(
            f"webshop: the catalogue cannot be kept in {root}: {error}",
            hint="make room, or name another folder by AGENTGYM_CACHE",
        ) from error


def _build(folder: Path, source: Source) -> None:
    """Build beside the folder and move there, so that what is found under its name is whole."""
    work = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".partial", dir=folder.parent))
    try:
        (work / "index").mkdir()
        _fill(work, source)
        work.chmod(0o755)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _fill(folder: Path, source: Source) -> None:
    base = sqlite3.connect(folder / "products.sqlite")
    try:
        # Nobody reads it before it is whole: a journal would protect nothing.
        base.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE products (place INTEGER PRIMARY KEY, asin TEXT NOT NULL UNIQUE, body BLOB NOT NULL);"
            "CREATE TABLE goals (number INTEGER PRIMARY KEY, body BLOB NOT NULL);"
        )

        def documents() -> Iterator[str]:
            for place, product in enumerate(source.products()):
                body = msgspec.msgpack.encode(product)
                base.execute("INSERT INTO products VALUES (?, ?, ?)", (place, product.asin.upper(), body))
                if place % _COMMIT == _COMMIT - 1:
                    base.commit()
                    _LOG.info("webshop: %s products are indexed", f"{place + 1:,}")
                yield product.document

        number = search.build(folder / "index", documents())
        if not number:
            raise ConfigError("webshop: the catalogue has no products")
        stored = (
            msgspec.msgpack.decode(body, type=Product)
            for (body,) in base.execute("SELECT body FROM products ORDER BY place")
        )
        rows = [(at, msgspec.msgpack.encode(goal)) for at, goal in enumerate(source.goals(stored))]
        base.executemany("INSERT INTO goals VALUES (?, ?)", rows)
        base.commit()
    finally:
        base.close()
