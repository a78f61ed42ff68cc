"""A run on disk: a folder with `manifest.json` and append-only `trajectories.jsonl`."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from agentgym_core._notebook import Shown
from agentgym_core.errors import StoreError
from agentgym_core.store._appendfile import AppendFile
from agentgym_core.store._checks import seal
from agentgym_core.store._lock import WriterLock
from agentgym_core.store.codec import Head, decode, decode_head, encode, is_record
from agentgym_core.store.manifest import (
    MANIFEST,
    TRAJECTORIES,
    new_manifest,
    read_manifest,
    remove_leftovers,
    write_manifest,
)
from agentgym_core.types import Outcome, RunInfo, Trajectory

log = logging.getLogger(__name__)

TORN, LOCK = "trajectories.jsonl.torn", ".lock"

RERUN = frozenset({Outcome.INFRASTRUCTURE_FAULT, Outcome.CANCELLED})
"""Outcomes that say nothing of the policy or the environment: resume plays these episodes again."""


class Run(Shown):
    """A run folder, open for reading or for writing. A context manager.

    Made by `Run.create` and `Run.open`. Reading never changes a file. `torn_bytes` is the length of an unfinished last line that was
    found: ignored when reading, moved to `trajectories.jsonl.torn` when writing. `skipped` counts corrupt lines passed over by the last
    reading, where the run was opened with `skip_corrupt`.
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any], *, skip_corrupt: bool = False) -> None:
        self.folder = folder
        self.path = folder / TRAJECTORIES
        self.torn_bytes = 0
        self.skipped = 0
        self._manifest = dict(manifest)
        self._skip_corrupt = skip_corrupt
        self._lock: WriterLock | None = None
        self._file: AppendFile | None = None
        self._mutex = threading.Lock()

    @classmethod
    def create(
        cls,
        folder: str | os.PathLike[str],
        manifest: Mapping[str, Any] | None = None,
        *,
        sync_seconds: float | None = 5.0,
        recover: bool = False,
    ) -> Run:
        """A new run, open for writing.

        :param manifest: entries of the caller, laid over those of `new_manifest()`.
        :param recover: keep the episodes of a folder whose manifest is gone; the new one says so (`recovered`).
        :param sync_seconds: how often at most what was appended is forced to the disk, so that a power cut loses no more than that;
            None for only on close. A killed process loses nothing either way.
        :raises StoreLocked: another process writes to this folder.
        :raises StoreError: the folder holds a run already, or cannot be written to.
        """
        path = Path(folder)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{path}: cannot be made: {error.strerror}") from error
        lock = WriterLock(path / LOCK)
        try:
            kept = recover and (path / TRAJECTORIES).exists()
            for name in (MANIFEST,) if kept else (MANIFEST, TRAJECTORIES):
                if (path / name).exists():
                    raise StoreError(
                        f"{path}: holds a run already ({name})",
                        hint="continue it with --resume, or choose another folder",
                    )
            full = {**new_manifest(), **(manifest or {}), **({"recovered": True} if kept else {})}
            write_manifest(path, full)
            run = cls(path, full)
            run._start_writing(lock, sync_seconds)
        except BaseException:
            lock.release()
            raise
        return run

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        write: bool = False,
        *,
        skip_corrupt: bool = False,
        sync_seconds: float | None = 5.0,
    ) -> Run:
        """A run that is there.

        :param write: whether to append; an unfinished last line is then set aside.
        :param skip_corrupt: pass over lines that cannot be read, and count them, instead of raising.
        :raises StoreLocked: for `write`, where another process writes to it.
        :raises StoreError: there is no run, it cannot be read, or a newer core wrote it; for `write`, its manifest is gone.
        """
        path = Path(folder)
        run = cls(path, read_manifest(path, lenient=not write), skip_corrupt=skip_corrupt)
        if write:
            lock = WriterLock(path / LOCK)
            try:
                run._start_writing(lock, sync_seconds)
            except BaseException:
                lock.release()
                raise
        return run

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the run was made with."""
        return dict(self._manifest)

    @property
    def id(self) -> str:
        """The run's own id, given when it was made."""
        return str(self._manifest.get("id", ""))

    @property
    def info(self) -> RunInfo:
        """The run as observers see it."""
        place = {name: str(self._manifest.get(name, "")) for name in ("parent", "stage")}
        return RunInfo(self.id, str(self.folder), self.manifest, **place)

    @property
    def writable(self) -> bool:
        """Whether this object may append."""
        return self._file is not None

    def annotate(self, **entries: Any) -> None:
        """Set entries of the manifest, which is replaced at once.

        :raises StoreError: the run is not open for writing, or the disk is full.
        """
        with self._mutex:
            self._require_writing()
            manifest = {**self._manifest, **entries}
            write_manifest(self.folder, manifest)
            self._manifest = manifest

    def append(self, trajectory: Trajectory) -> None:
        """Add an episode: one whole line, handed to the operating system before this returns. Safe from any thread.

        :raises StoreError: it holds what JSON cannot, or it could not be written (a full disk). The run then stands as it was before.
        """
        line = seal(encode(trajectory))
        with self._mutex:
            self._require_writing().append(line)

    def trajectories(self) -> Iterator[Trajectory]:
        """The episodes in the order they ended. Of several with one key the last counts: it is the retry.

        Reads one at a time; memory grows only by a few bytes an episode, for their keys.

        :raises StoreError: a line is corrupt (unless `skip_corrupt`); the message names file and line.
        """
        last: dict[str, int] = {}
        superseded = set()
        for number, head in self._heads():
            before = last.get(key := head.key.digest)
            if before is not None:
                superseded.add(before)
            last[key] = number
        count = max(last.values(), default=0)
        del last
        self.skipped = 0
        for number, line in self._lines():
            if number > count:
                return
            if number not in superseded:
                trajectory = self._parsed(decode, line, number)
                if trajectory is None:
                    self.skipped += 1
                else:
                    yield trajectory

    def outcomes(self) -> dict[str, Outcome]:
        """The outcome of every episode by its key's digest; the last record of a key counts.

        :raises StoreError: a line is corrupt (unless `skip_corrupt`).
        """
        return {head.key.digest: head.outcome for _, head in self._heads()}

    def ends(self) -> list[tuple[str, Outcome]]:
        """Id and outcome of every episode, in the order of `trajectories`, without reading the episodes themselves.

        :raises StoreError: a line is corrupt (unless `skip_corrupt`).
        """
        last: dict[str, tuple[str, Outcome]] = {}
        for _, head in self._heads():
            # The retry stands where it ended, not where the first try did.
            last.pop(key := head.key.digest, None)
            last[key] = (head.id, head.outcome)
        return list(last.values())

    def finished(self, *, scored: bool = False) -> set[str]:
        """Digests of the keys that need not be played again: all but those lost to infrastructure, cancelled, or cut by a budget.

        :param scored: only those that were played to an end that says something about the policy: no faults.
        :raises StoreError: a line is corrupt (unless `skip_corrupt`).
        """
        heads = {head.key.digest: head for _, head in self._heads()}
        return {
            key
            for key, head in heads.items()
            if not head.outcome.cut(head.truncation) and (head.outcome.scored if scored else head.outcome not in RERUN)
        }

    def __len__(self) -> int:
        """The number of episodes."""
        return len(self.outcomes())

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    def __iter__(self) -> Iterator[Trajectory]:
        return self.trajectories()

    def close(self) -> None:
        """Force everything to the disk and let the next writer in; twice is fine. :raises StoreError: the disk did not take it."""
        with self._mutex:
            try:
                if self._file is not None:
                    self._file.close()
            finally:
                self._file = None
                if self._lock is not None:
                    self._lock.release()
                    self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _start_writing(self, lock: WriterLock, sync_seconds: float | None) -> None:
        remove_leftovers(self.folder / MANIFEST)
        self._file = AppendFile(self.path, self.folder / TORN, sync_seconds, is_record)
        self.torn_bytes = self._file.torn_bytes
        self._lock = lock

    def _require_writing(self) -> AppendFile:
        if self._file is None:
            raise StoreError(
                f"{self.folder}: is not open for writing", hint="open it with: Run.open(folder, write=True)"
            )
        return self._file

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        try:
            file = open(self.path, "rb", 1 << 18)  # noqa: SIM115  the generator holds it
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be read: {error.strerror}") from error
        with file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):
                    yield number, line
                elif self._file is None and self.torn_bytes != len(line):
                    self.torn_bytes = len(line)
                    log.warning("%s: line %d is unfinished and was ignored", self.path, number)

    def _heads(self) -> Iterator[tuple[int, Head]]:
        self.skipped = 0
        for number, line in self._lines():
            head = self._parsed(decode_head, line, number)
            if head is None:
                self.skipped += 1
            else:
                yield number, head

    def _parsed(self, parse: Any, line: bytes, number: int) -> Any:
        try:
            return parse(line)
        except StoreError as error:
            if self._skip_corrupt:
                return None
            hint = error.hint or "pass over such lines with --skip-corrupt (Run.open(..., skip_corrupt=True))"
            raise StoreError(f"{self.path}, line {number}: {error.message}", hint=hint) from None
