"""The files that a user's configuration names: JSON lines of questions, and what they are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from attrs import frozen

from agentgym_core.errors import ConfigError
from agentgym_core.types import Task

T = TypeVar("T")


@frozen
class UserFile:
    """A file that an environment reads. `key` is the setting that names it, `hint` says which file is meant."""

    environment: str
    key: str
    path: Path
    hint: str

    def unreadable(self, why: object) -> ConfigError:
        """The error that says what is wrong with the file."""
        return ConfigError(f"{self.environment}: {self.key}: {str(self.path)!r}: {why}", hint=self.hint)

    def read(self) -> bytes:
        """All of it.

        :raises ConfigError: it cannot be read.
        """
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise self.unreadable(error.strerror or error) from error

    def decode(self, type: type[T]) -> T:
        """All of it, as JSON of a type.

        :raises ConfigError: it cannot be read, or holds something else.
        """
        try:
            return msgspec.json.decode(self.read(), type=type)
        except msgspec.MsgspecError as error:
            raise self.unreadable(error) from error

    def lines(self, type: type[T]) -> Iterator[tuple[str, T]]:
        """Its lines as JSON of a type, without blank ones, each with its place in words.

        :raises ConfigError: it cannot be read, or a line holds something else.
        """
        for number, line in enumerate(self.read().split(b"\n"), 1):
            if line.strip():
                try:
                    value = msgspec.json.decode(line, type=type)
                except msgspec.MsgspecError as error:
                    raise self.unreadable(f"line {number}: {error}") from error
                yield f"line {number}", value

    def checked(self, splits: Mapping[str, Sequence[Task]]) -> dict[str, tuple[Task, ...]]:
        """The splits that were made of its lines; those without tasks are left out.

        :raises ConfigError: there is no task, or two share an id.
        """
        ids = [task.id for found in splits.values() for task in found]
        if not ids or len(set(ids)) != len(ids):
            raise self.unreadable("two questions share an id" if ids else "it is empty")
        return {split: tuple(found) for split, found in splits.items() if found}


def first_beside(file: Path, places: Sequence[str]) -> Path:
    """The first of some places, relative to a file's folder, where there is a file; else the first place."""
    found = [file.parent / place for place in places]
    return next((path for path in found if path.is_file()), found[0])
