"""Fetches the original's files from where its authors keep them. Nothing of them is shipped here: they hold a shop's texts."""

from __future__ import annotations

import hashlib
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from attrs import frozen

from agentgym_core.errors import ComponentUnavailable

ADDRESS = "https://drive.usercontent.google.com/download?export=download&confirm=t&id={id}"
SUMS = "SHA256SUMS.json"
"""What was fetched, with the SHA-256 and the size of each file: a file that has changed since is fetched again."""

_BY_HAND = "fetch the file by hand, as WebShop's setup says, and name it in the configuration"
_PIECE = 1 << 20
_SECONDS = 60.0


@frozen
class Remote:
    """A file: its name, its id at its keeper's, how many bytes it has at most, and the sign that it begins with."""

    name: str
    id: str
    most: int
    begins: bytes


HUMAN = Remote("items_human_ins.json", "14Kb5SPBk_jfdLZ_CDBNitW98QLDlKR5O", 100_000_000, b"{")
FILES: Mapping[str, Sequence[Remote]] = {
    "small": (
        Remote("items_shuffle_1000.json", "1EgHdxQ_YxqIQlvvq5iKlCrkEKR6-j0Ib", 100_000_000, b"["),
        Remote("items_ins_v2_1000.json", "1IduG0xl544V_A_jv3tHXC0kyFi7PnyBu", 10_000_000, b"{"),
        HUMAN,
    ),
    "all": (
        Remote("items_shuffle.json", "1A2whVgOO0euk5O13n2iYDM0bQRkkRduB", 10_000_000_000, b"["),
        Remote("items_ins_v2.json", "1s2j6NgHljiZzQNL3veZaAiyW_qDEgBNi", 1_000_000_000, b"{"),
        HUMAN,
    ),
}
"""WebShop's two sizes: 1,000 products, or 1.18 million."""


def pull(folder: Path, which: str, address: str = ADDRESS, files: Sequence[Remote] | None = None) -> str:
    """Fetch the files of a size; what is there whole stays, and what was cut off goes on where it ended.

    :param address: where files are, with `{id}` in it. :param files: others than WebShop's.
    :raises ComponentUnavailable: one cannot be fetched, is larger than it may be, or is something else.
    """
    wanted = FILES[which] if files is None else files
    sums = _read_sums(folder)
    for file in wanted:
        path = folder / file.name
        if path.is_file() and sums.get(file.name) == _sum(path):
            continue
        _fetch(address.replace("{id}", file.id), file, path)
        sums[file.name] = _sum(path)
        (folder / SUMS).write_text(json.dumps(sums, indent=2) + "\n", encoding="utf-8")
    items, attributes = folder / wanted[0].name, folder / wanted[1].name
    return (
        f"{len(wanted)} files are in {folder}; play them with --config items={items} --config attributes={attributes}"
    )


def _fetch(address: str, file: Remote, path: Path) -> None:
    part = path.with_name(f"{path.name}.part")
    have = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the address is our own, or a test's
            # A server that does not go on where the file ended sends it whole.
            goes_on = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            with part.open("ab" if goes_on else "wb") as sink:
                _copy(answer, sink, file, have if goes_on else 0, _length(answer.headers))
    except urllib.error.HTTPError as error:
        status = error.code
        error.close()
        if status == 416:
            # What is there is longer than the file: it is of another one.
            part.unlink()
            _fetch(address, file, path)
            return
        raise _failed(file, f"status {status}") from None
    except OSError as error:
        raise _failed(file, f"{error}; what came is kept, and goes on with the same command") from error
    with part.open("rb") as begun:
        if not begun.read(64).lstrip().startswith(file.begins):
            part.unlink()
            raise _failed(file, "what came is no JSON file of its kind")
    os.replace(part, path)


def _copy(answer: Any, sink: IO[bytes], file: Remote, have: int, length: int | None) -> None:
    left = None if length is None else length
    while piece := answer.read(_PIECE):
        have += len(piece)
        if have > file.most:
            raise _failed(file, f"it has more than {file.most:,} bytes")
        sink.write(piece)
        if left is not None:
            left -= len(piece)
    if left:
        raise OSError(f"the connection ended {left:,} bytes early")


def _length(headers: Any) -> int | None:
    text = headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


def _failed(file: Remote, why: str) -> ComponentUnavailable:
    return ComponentUnavailable(f"webshop: {file.name} cannot be fetched: {why}", hint=_BY_HAND)


def _read_sums(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / SUMS).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _sum(path: Path) -> dict[str, Any]:
    made = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            made.update(piece)
    return {"sha256": made.hexdigest(), "bytes": path.stat().st_size}
