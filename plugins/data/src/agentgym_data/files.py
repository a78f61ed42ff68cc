"""Files that are packed or not, and files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import difflib
import gzip
import io
import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from agentgym_core.errors import StoreError
from agentgym_core.store.manifest import create_beside, sync_folder

UNPACKED = 64 << 20
"""Bytes that a packed file may unpack to, however small it is."""

RATIO = 250
"""How many times its size a larger packed file may unpack to. Trajectories come to 5 to 60 times; a bomb to 1,000."""


def open_plain(path: Path) -> BinaryIO:
    """A file's bytes, unpacked where it is gzipped, whatever its name.

    :raises StoreError: it cannot be read; when read from: it unpacks to far more than its size.
    """
    try:
        with open(path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            size = os.fstat(file.fileno()).st_size
        return cast(BinaryIO, _Unpacked(path, max(UNPACKED, RATIO * size))) if packed else open(path, "rb")
    except FileNotFoundError:
        raise StoreError(f"{path}: there is no such file", hint=_near(path)) from None
    except IsADirectoryError:
        raise StoreError(f"{path}: cannot be read: it is a folder", hint="name a file in it") from None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from error


class _Unpacked(gzip.GzipFile):
    """A packed file that gives no more than `most` bytes."""

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(path)
        self._path = path
        self._most = most

    def read(self, size: int | None = -1) -> bytes:
        return self._counted(super().read(size))

    def readline(self, size: int | None = -1) -> bytes:
        return self._counted(super().readline(size))

    def _counted(self, data: bytes) -> bytes:
        if self.tell() > self._most:
            raise StoreError(
                f"{self._path}: unpacks to more than {self._most:,} bytes, {RATIO} times its size: it looks like a bomb",
                hint="look at it, and where it is meant so, unpack it yourself (gunzip) and name the file that comes of it",
            )
        return data


def _near(path: Path) -> str:
    """What stands in the folder of a file that is not there."""
    folder = path.parent
    try:
        names = sorted(entry.name for entry in folder.iterdir() if ".json" in entry.name)
    except OSError:
        return f"nor is there a folder {folder}"
    found = difflib.get_close_matches(path.name, names, 3) or names[:3]
    return f"in {folder} stand: {', '.join(found)}" if found else f"in {folder} stands no JSON file"


# Beside core's `write_whole`, which has all of its bytes at once: core streams, packs and discards no file, so this is no part of it.
class WholeFile:
    """A file that appears under its name only once it is complete. Gzipped where the name ends in `.gz`.

    A context manager; `write` takes bytes. An error inside leaves whatever stood there before.

    :raises StoreError: the folder cannot be written to, or the disk is full.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._discarded = False

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, self._temporary = create_beside(self.path)
        except OSError as error:
            raise self._trouble(error) from error
        self._raw = os.fdopen(handle, "wb")
        self._file: io.BufferedIOBase = self._raw
        if self.path.suffix == ".gz":
            # No name and no time inside: the same data give the same bytes.
            self._file = gzip.GzipFile("", "wb", fileobj=self._raw, mtime=0)
        return self

    def write(self, data: bytes) -> None:
        """Add bytes."""
        try:
            self._file.write(data)
        except OSError as error:
            raise self._trouble(error) from error

    @property
    def file(self) -> io.BufferedIOBase:
        """For a library that writes by itself."""
        return self._file

    def discard(self) -> None:
        """Leave what stands there, or nothing, after all."""
        self._discarded = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None and not self._discarded:
                self._finish()
        except OSError as trouble:
            raise self._trouble(trouble) from trouble
        finally:
            # A full disk may refuse the buffer again on close; the descriptor is closed all the same.
            for file in (self._file, self._raw):
                with contextlib.suppress(OSError, ValueError):
                    file.close()
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)

    def _finish(self) -> None:
        if self._file is not self._raw:
            self._file.close()
        self._raw.flush()
        os.fsync(self._raw.fileno())
        os.replace(self._temporary, self.path)
        sync_folder(self.path.parent)

    def _trouble(self, error: OSError) -> StoreError:
        return StoreError(
            f"{self.path}: cannot be written: {error.strerror or error}",
            hint="free some space or choose another folder",
        )
