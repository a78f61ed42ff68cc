"""One writer for each run folder. The operating system frees the lock when its process dies, even by SIGKILL."""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock, Timeout

from agentgym_core.errors import StoreError, StoreLocked


class WriterLock:
    """Held from creation until `release`.

    :raises StoreLocked: another writer holds it; the message names its process.
    :raises StoreError: the file system or the platform has no such locks.
    """

    def __init__(self, path: Path) -> None:
        # Beside the lock and not in it: filelock empties its file at every try.
        holder = path.with_name(f"{path.name}.pid")
        # A run may be opened in one thread and closed in another, so the lock must not belong to a thread.
        self._lock = FileLock(path, thread_local=False)
        try:
            self._lock.acquire(blocking=False)
            holder.write_text(f"{os.getpid()}\n")
        except Timeout as error:
            writer = holder.read_text(errors="replace").strip() if holder.exists() else ""
            raise StoreLocked(
                f"{path.parent}: process {writer or 'unknown'} is writing to this run",
                hint="wait for it to end, or write to another folder",
            ) from error
        except (OSError, NotImplementedError) as error:
            self.release()
            raise StoreError(f"{path.parent}: cannot be written to: {getattr(error, 'strerror', error)}") from error

    def release(self) -> None:
        """Let the next writer in; calling it twice is fine. The file stays, so that no two writers lock different files."""
        self._lock.release()
