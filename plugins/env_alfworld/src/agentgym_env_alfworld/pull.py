"""Fetches the official games. They are ALFWorld's, under the MIT licence; nothing of them is shipped here."""

from __future__ import annotations

import shutil
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath

from agentgym_core.errors import ComponentUnavailable

URL = "https://github.com/alfworld/alfworld/releases/download/0.2.2/json_2.1.1_tw-pddl.zip"
"""The release that AgentGym's ids are about."""

_BY_HAND = "fetch it by hand, unpack it, and name the folder: data = '.../json_2.1.1'"


def pull(folder: Path, url: str = "") -> str:
    """Download and unpack the game files; what is there already is replaced.

    :raises ComponentUnavailable: the archive cannot be fetched, or it is none.
    """
    address = url or URL
    with tempfile.TemporaryFile(dir=folder) as archive:
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - the address is our own, or a test's
                shutil.copyfileobj(answer, archive)
        except OSError as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            raise ComponentUnavailable(f"alfworld: {address} cannot be fetched: {error}", hint=_BY_HAND) from error
        count = _unpack(archive, folder, address)
    root = folder / "json_2.1.1"
    return f"{count} game files are in {root}; play them with data = {str(root)!r}"


def _unpack(archive: object, folder: Path, address: str) -> int:
    count = 0
    try:
        with zipfile.ZipFile(archive) as packed:  # type: ignore[call-overload]
            for item in packed.infolist():
                parts = PurePosixPath(item.filename).parts
                if item.is_dir() or not item.filename.endswith("game.tw-pddl"):
                    continue
                if item.filename.startswith("/") or ".." in parts:
                    raise zipfile.BadZipFile(f"it holds {item.filename!r}")
                target = folder.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(item) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
                count += 1
    except (zipfile.BadZipFile, EOFError) as error:
        raise ComponentUnavailable(f"alfworld: what {address} sent is no archive: {error}", hint=_BY_HAND) from error
    return count
