"""Calls of a live service, kept by request, so that what was played once can be played again offline."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from agentgym_core.errors import EnvironmentFault, StoreError
from agentgym_core.types import digest

MODES = ("off", "record", "replay", "reuse")
"""`off` keeps nothing; `record` calls and keeps; `replay` never calls; `reuse` calls only for what is not kept."""


class _Kept(msgspec.Struct, frozen=True):
    key: str
    method: str
    path: str
    query: dict[str, str]
    sent: Any
    status: int
    text: str


class Recording:
    """The calls of one scope: an episode of a service with a state, or everything of a service that only answers.

    A reply is kept under its request and under all requests before it that changed something: the same question after another change is
    another question. No header is kept, so no token is.

    :param folder: where recordings lie, a file a scope.
    :param scope: names the episode, such as its task and seed.
    :param mode: one of `MODES` other than `off`; `record` begins the scope's file anew.
    :raises StoreError: the file cannot be read or written, or holds something else.
    """

    def __init__(self, folder: Path, scope: str, mode: str) -> None:
        self.mode = mode
        self.scope = scope
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", scope)[:60].strip("-")
        self.path = folder / f"{name}-{digest(scope)}.jsonl"
        self._before = digest(scope)
        self._kept: dict[str, _Kept] = {}
        if mode != "record":
            self._load()
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(b"")
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written: {error.strerror}") from error

    def find(self, method: str, path: str, query: dict[str, str], sent: Any) -> tuple[int, str] | None:
        """The status and text that are kept for a request; None where it has to be made.

        :raises EnvironmentFault: in `replay`, nothing is kept for it.
        """
        if self.mode == "record":
            return None
        kept = self._kept.get(self._key(method, path, query, sent))
        if kept is not None:
            return kept.status, kept.text
        if self.mode == "replay":
            raise EnvironmentFault(
                f"the recording of {self.scope!r} has no reply to {method} {path} at this point",
                hint=f"play the actions that were recorded, or record again: {self.path.parent}",
            )
        return None

    def keep(self, method: str, path: str, query: dict[str, str], sent: Any, status: int, text: str) -> None:
        """Keep the reply to a request that was made.

        :raises StoreError: it cannot be written.
        """
        kept = _Kept(self._key(method, path, query, sent), method, path, query, sent, status, text)
        self._kept[kept.key] = kept
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(msgspec.json.encode(kept) + b"\n")
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written: {error.strerror}") from error

    def passed(self, method: str, path: str, query: dict[str, str], sent: Any) -> None:
        """Take note of a request that is over: one that changes something changes what later ones mean."""
        if method != "GET":
            self._before = self._key(method, path, query, sent)

    def _key(self, method: str, path: str, query: dict[str, str], sent: Any) -> str:
        return digest([self._before, method, path, query, sent])

    def _load(self) -> None:
        try:
            lines = self.path.read_bytes().split(b"\n") if self.path.exists() else []
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be read: {error.strerror}") from error
        if not lines and self.mode == "replay":
            raise StoreError(
                f"there is no recording of {self.scope!r} in {self.path.parent}",
                hint="record it first, with the same task and seed",
            )
        # What follows the last newline is a line that a crash cut off.
        for number, line in enumerate(lines[:-1], 1):
            try:
                kept = msgspec.json.decode(line, type=_Kept)
            except msgspec.MsgspecError as error:
                raise StoreError(f"{self.path}: line {number} is no recorded call: {error}") from error
            self._kept[kept.key] = kept
