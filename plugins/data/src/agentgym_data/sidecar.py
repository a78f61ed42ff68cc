"""The sidecar of an exported file: what its format has no place for, an entry for each episode that has more."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from attrs import evolve

from agentgym_core.errors import StoreError
from agentgym_core.store.codec import from_plain, read_json, refuse_disagreement, slim, slim_message
from agentgym_core.types import Message, Trajectory, digest
from agentgym_data.agenttraj import IMPORTED, LAYOUT, POLICIES, from_record, origin_of
from agentgym_data.conversations import read_conversation
from agentgym_data.files import open_plain
from agentgym_data.jsonfile import LONGEST
from agentgym_data.jsonstyle import JsonStyle

_MOVE = "move the sidecar away to import the file without it"


def sidecar_path(path: str | os.PathLike[str]) -> Path:
    """Where the sidecar of a file lies: `NAME.meta.jsonl` beside it."""
    found = Path(path)
    name = found.name.removesuffix(".gz")
    return found.with_name(name.removesuffix(".jsonl").removesuffix(".json") + ".meta.jsonl")


class Sidecar:
    """The sidecar of a file, where there is one. A context manager; each entry is given out once.

    :raises StoreError: it cannot be read.
    """

    def __init__(self, of: Path) -> None:
        self.path = sidecar_path(of)
        self._places: dict[str, list[int]] = defaultdict(list)
        self._open = ExitStack()
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        if self.path.is_file():
            self._index()
            if self._places:
                self._file = self._open.enter_context(open_plain(self.path))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open.close()

    def restored(self, record: Any, where: str) -> Trajectory | None:
        """The whole episode of a record, or None where the sidecar has none.

        :raises StoreError: its entry cannot be read.
        """
        offsets = self._places.get(record_digest(record)) if self._places else None
        if not offsets or self._file is None:
            return None
        self._file.seek(offsets.pop(0))
        line = self._file.readline(LONGEST)
        try:
            kept = read_json(line)
            spoken = record["conversations"] if "conversations" in record else record["messages"]
            messages = list(read_conversation(spoken, where).messages)
            for index, message in kept["messages"].items():
                messages[int(index)] = from_plain(message, Message)
            found = evolve(from_plain(kept["trajectory"], Trajectory), messages=tuple(messages))
            refuse_disagreement(found)
            return found
        except (StoreError, TypeError, KeyError, ValueError, IndexError, AttributeError) as error:
            raise StoreError(f"{where}: its entry in {self.path.name} cannot be read: {error}", hint=_MOVE) from error

    def _index(self) -> None:
        offset = number = 0
        with open_plain(self.path) as file:
            while line := file.readline(LONGEST):
                number += 1
                try:
                    self._places[read_json(line)["record"]].append(offset)
                except (StoreError, TypeError, KeyError):
                    raise StoreError(
                        f"{self.path}, line {number}: not the sidecar of an export",
                        hint="move it away to import the file without it",
                    ) from None
                offset += len(line)


def sidecar_entry(trajectory: Trajectory, record: dict[str, Any]) -> dict[str, Any] | None:
    """What a record leaves out of its trajectory, or None where reading the record gives the same."""
    form = "conversations" if "conversations" in record else "messages"
    key = trajectory.key
    if key.policy in POLICIES and trajectory.split == "train" and not key.sample:
        try:
            again = from_record(record, environment=key.environment)
        except StoreError:
            # A record without an id is called after its file, and the next file may have another name.
            again = None
        if again is not None and _without_layout(again) == _without_layout(trajectory):
            return None
    read = read_conversation(record[form], "").messages
    return {
        "record": record_digest(record),
        "trajectory": slim(trajectory, messages=False),
        "messages": {
            str(index): slim_message(message)
            for index, (message, again) in enumerate(zip(trajectory.messages, read, strict=True))
            if message != again
        },
    }


def _without_layout(trajectory: Trajectory) -> Trajectory:
    """A trajectory without what tells how its record was written, which the file itself tells."""
    origin = {name: value for name, value in origin_of(trajectory).items() if name not in LAYOUT}
    return evolve(trajectory, info={**trajectory.info, IMPORTED: origin})


def record_digest(record: Any) -> str:
    """What tells a record from others, whatever the layout."""
    try:
        return digest(record)
    except UnicodeEncodeError:
        return digest(JsonStyle(ascii=True).dumps(record))
