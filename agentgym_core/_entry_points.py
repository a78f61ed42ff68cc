"""The entry points of a group, read straight from the folders of the installed distributions.

`importlib_metadata` finds the same; its import and its parser of mail headers cost more than all else that a listing does. It answers
where this module cannot: `read` returns None where Python finds distributions in archives or in ways of its own.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from importlib.machinery import PathFinder
from typing import NamedTuple

# PEP 503: runs of these signs are equal in a distribution's name.
_SEPARATORS = re.compile(r"[-_.]+")


class EntryPoint(NamedTuple):
    """One line of a distribution's entry points: `value` is `module` or `module:attribute`."""

    name: str
    value: str
    distribution: str
    version: str


def normalized(name: str) -> str:
    """A distribution's name as it is compared: `a.B_c` and `A-b-c` are one."""
    return _SEPARATORS.sub("-", name).lower()


def find(group: str) -> list[EntryPoint]:
    """The entry points of a group, of all that is installed."""
    entries = read(group)
    return _ask_metadata(group) if entries is None else entries


def _ask_metadata(group: str) -> list[EntryPoint]:
    # The backport replaces standard-library classes on import, so it is imported where there is no other way.
    import importlib_metadata

    return [
        EntryPoint(
            entry.name, entry.value, entry.dist.name if entry.dist else "", entry.dist.version if entry.dist else ""
        )
        for entry in importlib_metadata.entry_points(group=group)
    ]


def read(group: str, path: Sequence[str] | None = None) -> list[EntryPoint] | None:
    """The entry points of a group, in the order of `sys.path`; of a distribution that is there twice, the first.

    :param path: the folders to look in, instead of `sys.path`.
    :return: None if `importlib_metadata` must be asked: an archive is on the path, or a finder of distributions is installed.
    """
    folders = sys.path if path is None else path
    if any(_foreign(finder) for finder in sys.meta_path) or any(_is_archive(folder) for folder in folders):
        return None
    places: dict[str, list[str]] = {}
    # A folder listed twice is read once.
    for folder in dict.fromkeys(folders):
        for key, info in _infos(folder or "."):
            places.setdefault(key, []).append(info)
    found = []
    for infos in places.values():
        # Like Python's own import, the first folder that has a distribution wins. Metadata are looked at only where that must be known.
        first = infos[0] if len(infos) == 1 else next(filter(_has_metadata, infos), "")
        pairs = _pairs(first, group)
        if pairs and _has_metadata(first):
            name, version = _head(first)
            found += [EntryPoint(*pair, name, version) for pair in pairs]
    return found


def _foreign(finder: object) -> bool:
    ours = finder is PathFinder or getattr(finder, "__module__", "") == "importlib_metadata"
    return not ours and hasattr(finder, "find_distributions")


def _is_archive(folder: str) -> bool:
    return folder.lower().rstrip("/\\").endswith(".egg") or os.path.isfile(folder)


def _infos(folder: str) -> Iterator[tuple[str, str]]:
    """The metadata folders in a folder of packages, each with the distribution's name as it is compared."""
    try:
        children = os.listdir(folder)
    except OSError:
        return
    for child in children:
        # `name-1.2.dist-info` or `name.egg-info`: a dash in a name is written as an underscore there.
        stem, extension = os.path.splitext(child)
        if extension.lower() in (".dist-info", ".egg-info"):
            yield normalized(stem.partition("-")[0]), os.path.join(folder, child)


def _has_metadata(info: str) -> bool:
    # A half-removed distribution leaves a folder without them.
    return any(os.path.isfile(os.path.join(info, name)) for name in ("METADATA", "PKG-INFO"))


def _head(info: str) -> tuple[str, str]:
    """Name and version as the metadata say them."""
    # The mail headers before the first blank line; the long description below may hold lines that look like them.
    text = _text(info, "METADATA") or _text(info, "PKG-INFO")
    lines = text.partition("\n\n")[0].splitlines()
    fields = dict(line.split(":", 1) for line in lines if line.startswith(("Name:", "Version:")))
    return fields.get("Name", "").strip(), fields.get("Version", "").strip()


def _pairs(info: str, group: str) -> list[tuple[str, str]]:
    text = _text(info, "entry_points.txt")
    if group not in text:  # of the distributions that are installed, nearly all
        return []
    pairs, section = [], ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif section == group and "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            pairs.append((name.strip(), value.strip()))
    return pairs


def _text(folder: str, name: str) -> str:
    try:
        # In bytes: for files as small as these a reader of text costs more than to read them.
        with open(os.path.join(folder, name), "rb", buffering=0) as file:
            return file.read().decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return ""


def distribution_versions(names: Iterable[str]) -> dict[str, str]:
    """The versions of those of `names` that are installed."""
    import importlib_metadata

    versions = {}
    for name in names:
        with suppress(importlib_metadata.PackageNotFoundError):
            versions[name] = importlib_metadata.version(name)
    return versions


def direct_url(name: str) -> str | None:
    """What pip wrote down about where a distribution came from (`direct_url.json`, PEP 610); None where it came from an index."""
    import importlib_metadata

    try:
        return importlib_metadata.distribution(name).read_text("direct_url.json")
    except importlib_metadata.PackageNotFoundError:
        return None
