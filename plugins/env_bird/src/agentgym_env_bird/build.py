"""Builds the package's own databases once a machine, into a cache; a folder's name is the digest of what it is built from."""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import threading
from contextlib import closing, suppress
from importlib import resources
from pathlib import Path

from agentgym_env_bird import own

_MANIFEST = "manifest.json"
_LOCK = threading.Lock()
_FOUND: dict[tuple[str | None, ...], str] = {}


def database_path(database: str) -> str:
    """The file of one of the package's databases; the first call in a process builds or verifies all of them."""
    return f"{_found()}{os.sep}{database}.sqlite"


def folder() -> Path:
    """The folder with all databases.

    It lies under `AGENTGYM_CACHE`, else under the user's cache folder; where neither can be written, in a temporary folder that
    goes away with the process.
    """
    return Path(_found())


def _found() -> str:
    named = (os.environ.get("AGENTGYM_CACHE"), os.environ.get("XDG_CACHE_HOME"))
    place = _FOUND.get(named)
    if place is None:
        with _LOCK:
            place = _FOUND.get(named) or str(_ensure(cache_root()))
            _FOUND[named] = place
    return place


def cache_root() -> Path:
    """Where caches of this plugin belong."""
    named = os.environ.get("AGENTGYM_CACHE")
    if named:
        return Path(named) / "bird"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "agentgym" / "bird"


def source_digest() -> str:
    """The digest of everything that decides the content of the databases."""
    found = hashlib.sha256(sqlite3.sqlite_version.encode())
    for item in sorted(resources.files("agentgym_env_bird.databases").iterdir(), key=lambda item: item.name):
        if item.name.endswith((".py", ".schema.sql")):
            found.update(item.name.encode() + b"\0" + item.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def _ensure(root: Path) -> Path:
    place = root / source_digest()
    if _whole(place):
        return place
    try:
        root.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".building-", dir=root))
    except OSError:
        made = Path(tempfile.mkdtemp(prefix="agentgym-bird-"))
        atexit.register(shutil.rmtree, made, ignore_errors=True)
        build(made)
        return made
    try:
        build(made)
        if place.exists() and not _whole(place):
            # What lies there was damaged; processes that have it open keep their files.
            place.rename(root / f".broken-{made.name}")
            shutil.rmtree(root / f".broken-{made.name}", ignore_errors=True)
        with suppress(OSError):
            # Another process may have been faster: its files are the same.
            made.rename(place)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return place


def _whole(place: Path) -> bool:
    try:
        manifest = json.loads((place / _MANIFEST).read_bytes())
        return set(manifest) == {*own.TRAIN, *own.EVAL} and all(
            _digest(place / f"{name}.sqlite") == digest for name, digest in manifest.items()
        )
    except (OSError, ValueError, TypeError):
        return False


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build(place: Path) -> None:
    """Write every database into a folder, and a manifest with the digests of the files."""
    manifest = {}
    for name in (*own.TRAIN, *own.EVAL):
        path = place / f"{name}.sqlite"
        write(name, path)
        path.chmod(0o444)
        manifest[name] = _digest(path)
    (place / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    place.chmod(0o755)


def write(database: str, path: Path) -> None:
    """Write one database to a new file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(own.ddl(database))
        connection.execute("BEGIN")
        for table, entries in own.rows(database):
            marks = ", ".join("?" * len(entries[0]))
            connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', entries)  # noqa: S608 - names of our own
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("VACUUM")


def content_digest(path: Path) -> str:
    """The digest of a database's tables and rows, whatever version of SQLite wrote the file."""
    found = hashlib.sha256()
    with closing(sqlite3.connect(path)) as connection:
        for line in connection.iterdump():
            if "sqlite_stat" not in line:
                found.update(line.encode() + b"\n")
    return found.hexdigest()[:16]
