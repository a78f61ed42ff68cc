"""A file that only grows, by whole lines, through crashes and full disks."""

from __future__ import annotations

import errno
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from agentgym_core.errors import StoreError

log = logging.getLogger(__name__)

# The end of the file is searched backwards in steps of this size: lines are long, and the file may be many GiB.
_BLOCK = 65536


# The states of the file, as a crash may leave them and as opening repairs them:
#
#   line\n line\n             whole: nothing to do
#   line\n line\n {"id": ...  torn: the rest goes to the `torn` file, then the file is cut after its last newline
#   line\n line\n {...}       whole but for its newline: gets one
#
# The torn bytes are on disk in the other file before they are cut here, so a second crash loses nothing: at worst they
# are set aside twice.
class AppendFile:
    """Open for appending until `close`; made where it is missing. The caller sees to it that there is one writer.

    What follows the last newline was cut short by a crash: it is moved to `torn`, and its length is `torn_bytes`. Where `is_whole` says
    that only its newline was lost, it gets one instead.

    :param sync_seconds: how often at most to force what was appended to the disk; None for only on close.
    :raises StoreError: the file cannot be opened or repaired.
    """

    def __init__(self, path: Path, torn: Path, sync_seconds: float | None, is_whole: Callable[[bytes], bool]) -> None:
        self.path = path
        self.torn_bytes = 0
        self._sync_seconds = sync_seconds
        self._synced = time.monotonic()
        self._dirty = False
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise StoreError(f"{path}: cannot be written to: {error.strerror}") from error
        try:
            self._repair(torn, is_whole)
        except BaseException as error:
            os.close(self._file)
            if isinstance(error, OSError):
                raise StoreError(f"{path}: cannot be repaired: {error.strerror}") from error
            raise

    def append(self, line: bytes) -> None:
        """Add a line and hand it to the operating system.

        :raises StoreError: it could not be written, or the disk refused; a line that was written in part is taken back.
        """
        self._write(line)
        self._dirty = True
        if self._sync_seconds is not None and time.monotonic() - self._synced >= self._sync_seconds:
            self._sync()

    def close(self) -> None:
        """Force everything to the disk and close.

        :raises StoreError: the disk did not take it; the file is closed all the same.
        """
        try:
            self._sync()
        finally:
            os.close(self._file)

    def _write(self, line: bytes) -> None:
        # `os.write` may take only part of the line (a full disk, a signal). If the rest fails or is interrupted, the
        # file is cut back to where it was: a reader never sees half a line in the middle.
        before = os.fstat(self._file).st_size
        view = memoryview(line)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except BaseException as error:
            os.ftruncate(self._file, before)
            if not isinstance(error, OSError):
                raise
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            raise StoreError(
                f"{self.path}: an episode could not be written: {error.strerror}; what was there is intact",
                hint="free some space, then continue with --resume" if full else "",
            ) from error

    def _sync(self) -> None:
        # `write` hands bytes to the operating system, which keeps them if the process dies. `fsync` makes them survive a
        # power cut; it takes milliseconds, so it runs every `sync_seconds` at most.
        if not self._dirty:
            return
        try:
            os.fsync(self._file)
        except OSError as error:
            raise StoreError(f"{self.path}: the disk did not take what was written: {error.strerror}") from error
        self._dirty = False
        self._synced = time.monotonic()

    def _repair(self, torn: Path, is_whole: Callable[[bytes], bool]) -> None:
        size = os.fstat(self._file).st_size
        tail = self._unfinished(size)
        if not tail:
            return
        if is_whole(tail):
            self._write(b"\n")
            return
        with open(torn, "ab") as aside:
            aside.write(tail + b"\n")
            aside.flush()
            os.fsync(aside.fileno())
        os.ftruncate(self._file, size - len(tail))
        os.fsync(self._file)
        self.torn_bytes = len(tail)
        log.warning("%s: the last line was unfinished; its %d bytes are kept in %s", self.path, len(tail), torn.name)

    def _unfinished(self, size: int) -> bytes:
        """What follows the last newline."""
        end = size
        while end > 0:
            start = max(0, end - _BLOCK)
            newline = os.pread(self._file, end - start, start).rfind(b"\n")
            if newline >= 0:
                return self._read(start + newline + 1, size)
            end = start
        return self._read(0, size)

    def _read(self, start: int, end: int) -> bytes:
        parts = []
        while start < end:
            part = os.pread(self._file, end - start, start)
            if not part:
                break
            parts.append(part)
            start += len(part)
        return b"".join(parts)
