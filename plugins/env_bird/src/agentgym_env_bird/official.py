"""The official BIRD folder: `train/` and `dev/` as their publishers' archives unpack, with AgentGym's ids.

`sqlgym_0` to `sqlgym_9427` are the entries of `train.json`, `sqlgym_9428` to `sqlgym_10961` those of `dev.json`. An entry's number is
its `question_id` where the file has them, so that a shortened file such as the mini-dev set keeps its ids, and otherwise its place.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import msgspec
from attrs import frozen

from agentgym_core.errors import ConfigError
from agentgym_env_bird.own import Question

FIRST = {"train": 0, "dev": 9428}
SIZES = {"train": 9428, "dev": 1534}
SOURCE = "https://bird-bench.github.io"
_LOG = logging.getLogger(__name__)


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `train.json` or `dev.json`; they have further keys."""

    # The name of a database is a part of a path, and must not lead elsewhere.
    db_id: Annotated[str, msgspec.Meta(pattern=r"\A\w[\w .-]*\Z", max_length=200)]
    question: str
    evidence: str | None = ""
    SQL: str
    difficulty: str | None = ""
    question_id: int | None = None


@frozen(eq=False)
class Part:
    """One of the official splits: its questions in order, and the folder with its databases."""

    questions: tuple[Question, ...]
    databases: Path

    def path(self, database: str) -> str:
        """The file of a database."""
        return str(self.databases / database / f"{database}.sqlite")


def parts(root: Path) -> dict[str, Part]:
    """The official splits that a folder holds.

    :raises ConfigError: it holds none, or a file in it is not what it should be.
    """
    if not root.is_dir():
        raise ConfigError(f"data: {root} is no folder", hint=f"unpack train.zip and dev.zip of {SOURCE} there")
    found = {}
    for split in FIRST:
        listing = _listing(root, split)
        if listing is not None:
            found[split] = Part(_read(listing, split), _databases(listing.parent, split))
    if not found:
        raise ConfigError(
            f"data: {root} holds neither train/train.json nor dev/dev.json",
            hint=f"unpack train.zip and dev.zip of {SOURCE} there",
        )
    return found


def _listing(root: Path, split: str) -> Path | None:
    """The list of questions: in the folder of the split, which newer archives give a date."""
    folders = [root / split, *sorted(root.glob(f"{split}_2*")), *sorted(root.glob(f"{split}/{split}_2*")), root]
    return next((folder / f"{split}.json" for folder in folders if (folder / f"{split}.json").is_file()), None)


def _databases(folder: Path, split: str) -> Path:
    for name in (f"{split}_databases", "databases"):
        if (folder / name).is_dir():
            return folder / name
    packed = folder / f"{split}_databases.zip"
    raise ConfigError(
        f"data: {folder} has no folder {split}_databases",
        hint=f"unpack {packed}" if packed.is_file() else f"it comes in {split}.zip of {SOURCE}",
    )


def _read(path: Path, split: str) -> tuple[Question, ...]:
    try:
        records = msgspec.json.decode(path.read_bytes(), type=list[_Record])
    except (OSError, msgspec.DecodeError) as error:
        hint = f"it should be BIRD's {split}.json"
        raise ConfigError(f"data: {path} cannot be read: {error}", hint=hint) from error
    return tuple(
        Question(
            record.db_id,
            FIRST[split] + number,
            record.difficulty or "",
            record.question,
            record.evidence or "",
            record.SQL,
        )
        for number, record in zip(_numbers(path, split, records), records, strict=True)
    )


def _numbers(path: Path, split: str, records: list[_Record]) -> list[int]:
    """What each entry counts as in its official list, from 0.

    :raises ConfigError: two entries would have one number, or a number is not of the list.
    """
    size = SIZES[split]
    if len(records) < size and all(record.question_id is None for record in records):
        _LOG.warning(
            "%s has %d of %d entries and no question_id: ids are places in this file, and not the original's",
            path,
            len(records),
            size,
        )
    numbers = [place if record.question_id is None else record.question_id for place, record in enumerate(records)]
    seen: dict[int, int] = {}
    for place, number in enumerate(numbers):
        if not 0 <= number < size:
            raise ConfigError(
                f"data: {path}: entry {place} counts as number {number}, but BIRD's {split} has 0 to {size - 1}",
                hint=f"use {split}.json as it was published, or entries of it as they are",
            )
        if seen.setdefault(number, place) != place:
            raise ConfigError(
                f"data: {path}: entries {seen[number]} and {place} both count as number {number}",
                hint="give every entry its own question_id, or none",
            )
    return numbers
