"""One writer a run folder. The operating system frees the lock of a process that dies, however it dies."""

from __future__ import annotations

import os
from pathlib import Path

from agentgym_core.errors import StoreError, StoreLocked


class WriterLock:
    """Held from creation until `release`.

    :raises StoreLocked: another writer holds it; the message names its process.
    :raises StoreError: the file system or the platform has no such locks.
    """

    def __init__(self, path: Path) -> None:
        try:
            import fcntl
        except ImportError as error:
            raise StoreError("writing a run needs file locks, which this platform lacks") from error
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise StoreError(f"{path.parent}: cannot be written to: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise StoreLocked(
                f"{path.parent}: process {holder} is writing to this run",
                hint="wait for it to end, or write to another folder",
            ) from error
        except OSError as error:
            os.close(self._file)
            raise StoreError(f"{path}: cannot be locked: {error.strerror}") from error
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            self.release()
            raise StoreError(f"{path}: cannot be written: {error.strerror}") from error

    def release(self) -> None:
        """Let the next writer in; calling it twice is fine. The file stays, so that no two writers lock different files."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
