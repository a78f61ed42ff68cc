"""The index of a folder: a thread that follows every run by its file's length, and never opens one for writing."""

from __future__ import annotations

import logging
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from agentgym_viewer.workbench.database import Database, is_damage
from agentgym_viewer.workbench.discovery import Discovery
from agentgym_viewer.workbench.place import Place
from agentgym_viewer.workbench.reading import Reader
from agentgym_viewer.workbench.runs import QUIET, RunState, seal_of
from agentgym_viewer.workbench.taking_over import Before, left_behind
from agentgym_viewer.workbench.watching import StageWatch

log = logging.getLogger(__name__)

PAUSE = 0.25
"""Seconds from one look at the files that grow to the next."""

QUIET_PAUSE = 0.7
"""The same for files that have not grown for a while: an episode is seen within a second of its end, and looking at a thousand
quiet runs takes less than a fiftieth of a core."""

FOLDERS = 1.5
"""Seconds from one look for new runs, and for manifests that were replaced, to the next."""

PATIENCE = 5.0
"""Seconds for which a page waits until the folder was looked through once more."""

SLICE = 0.05
"""Seconds of reading between two looks at what else there is to do."""

Changed = Callable[[Sequence[str]], object]


class Index:
    """What the pages are made from. `changed` is called in the index's thread with the ids of runs that have news; an empty
    sequence says that the list of runs itself changed.

    :param folder: looked through for runs; nothing in it is ever written or locked.
    :param cache: where indexes are kept from one start to the next; None keeps nothing. Of two workbenches over one folder the second
        keeps nothing either.
    """

    def __init__(self, folder: Path, changed: Changed = lambda ids: None, cache: Path | None = None) -> None:
        self.folder = folder
        self._place = None if cache is None else Place.held(cache, folder)
        self.database, self._left = _taken_over(self._place)
        self._reader = Reader(self.database)
        self._doubted = threading.Event()
        self._old: list[Database] = []
        self.runs: dict[str, RunState] = {}
        self.pipelines: Sequence[Path] = []
        self.barred: Sequence[Path] = []
        self.changed = changed
        self._by_folder: dict[Path, RunState] = {}
        self._numbers = max((before.number for before in self._left.values()), default=0)
        self._discovery = Discovery(folder)
        self._stopping = threading.Event()
        self._asked: queue.SimpleQueue[threading.Event] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._follow, name="agentgym-index", daemon=True)
        self._first: list[str] = []
        self._stages = StageWatch(folder)
        self._looked = {"folders": 0.0, "quiet": 0.0}

    def start(self) -> None:
        """Look for runs once, in this thread, and begin to follow them."""
        try:
            self.look_again()
        except sqlite3.DatabaseError:
            # What an earlier start left is damaged further in.
            log.exception("the index is made anew")
            self._left.clear()
            self._begin_anew()
            self.look_again()
        self._thread.start()

    def close(self) -> None:
        """Stop following, and remove what is not kept for the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for database in (*self._old, self.database):
            database.close()
        if self._place is not None:
            self._place.release()

    def doubt(self) -> None:
        """Say that the database cannot be read: the index's thread makes it anew."""
        self._doubted.set()

    def look_once_more(self) -> None:
        """Have the folder looked through, and wait for it: what began a moment ago is known then. Not for the index's own thread."""
        if self._thread.is_alive():
            looked = threading.Event()
            self._asked.put(looked)
            looked.wait(PATIENCE)

    def hurry(self, id: str) -> None:
        """Read this run before the others: somebody looks at it."""
        self._first = [id, *(each for each in self._first if each != id)][:8]

    @property
    def backlog(self) -> int:
        """Bytes that are there and not read yet."""
        return sum(max(0, run.size - run.offset) for run in list(self.runs.values()) if not run.barred)

    @property
    def share(self) -> float:
        """The share of all bytes that was read: what is not, is in no list and is not found."""
        runs = [run for run in list(self.runs.values()) if not run.barred]
        size = sum(run.size for run in runs)
        return sum(min(run.offset, run.size) for run in runs) / size if size else 1.0

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._doubted.is_set():
                    self._begin_anew()
                # Only those that ask before the look begins have their answer from it.
                asked = [self._asked.get() for _ in range(self._asked.qsize())]
                if (self._due("folders", FOLDERS) or asked) and self.look_again():
                    self.changed(())
                for looked in asked:
                    looked.set()
                quiet = self._due("quiet", QUIET_PAUSE)
                news = self._look(quiet=quiet)
                if quiet:
                    news += self._stages.news()
                busy = self.read_on()
                if news or busy:
                    self.changed(sorted({*news, *busy}))
                if not busy:
                    self._stopping.wait(PAUSE)
            except Exception as error:
                log.exception("the index goes on after an error")
                if is_damage(error):
                    self.doubt()
                self._stopping.wait(1.0)

    def _begin_anew(self) -> None:
        """Read everything again, into a temporary database: the one that there was cannot be read or written."""
        self._old.append(self.database)
        self.database.discard()
        self.database = Database()
        self._reader = Reader(self.database)
        for state in self.runs.values():
            state.forget()
            state.version += 1
        self._doubted.clear()
        self.changed(())

    def _due(self, what: str, seconds: float) -> bool:
        now = time.monotonic()
        if now - self._looked[what] < seconds:
            return False
        self._looked[what] = now
        return True

    def look_again(self) -> bool:
        """Look for runs that came or went; whether any did."""
        found = self._discovery.look()
        here = set(found.runs)
        gone = [state for folder, state in self._by_folder.items() if folder not in here]
        new = [folder for folder in found.runs if folder not in self._by_folder]
        for state in gone:
            del self._by_folder[state.folder]
            self.runs.pop(state.id, None)
            self._reader.forget(state)
        for folder in new:
            self._numbers += 1
            state = RunState.at(self._numbers, folder, self.folder)
            state.look_at_manifest()
            seal = _measure(state)
            self._take_over(state, seal)
            self._by_folder[folder] = self.runs[state.id] = state
        # A manifest is replaced by another file, which changes its folder.
        told = []
        for known in filter(None, map(self._by_folder.get, found.changed)):
            labels = known.labels_digest
            if known.look_at_manifest():
                known.version += 1
                told.append(known)
            if known.labels_digest != labels and known.offset:
                self._reader.forget(known)
        news = bool(new or gone or told or found.pipelines != self.pipelines or found.barred != self.barred)
        self.pipelines, self.barred = found.pipelines, found.barred
        self._stages.take(found)
        for before in self._left.values():
            self._reader.drop(before.number)
        self._left.clear()
        return news

    def _take_over(self, state: RunState, seal: tuple[int, ...]) -> None:
        """Take over what an earlier start read of a run: at once where its file is the same, otherwise when that is known."""
        before = self._left.pop(state.id, None)
        if before is None:
            return
        if not before.fits(state):
            self._reader.drop(before.number)
        elif before.seal == seal:
            before.give(self.database.connection(), state)
        else:
            state.before = before

    def _look(self, *, quiet: bool) -> list[str]:
        """Look at the length of files; the ids of runs of which what was read is no more."""
        news = []
        hot = time.time() - QUIET
        for state in list(self.runs.values()):
            if not quiet and state.changed < hot:
                continue
            before = state.inode
            _measure(state)
            if state.barred and quiet and self._reader.read(state, time.monotonic() + SLICE):
                news.append(state.id)
            # Another file lies there now or none, or lines that were read are gone.
            if before and (state.inode != before or state.size < state.offset):
                self._reader.forget(state)
                news.append(state.id)
        return news

    def read_on(self) -> list[str]:
        """Read for a while, those that are looked at and the latest first; the ids of runs of which something was read."""
        waiting = [state for state in list(self.runs.values()) if state.offset < state.size and not state.barred]
        if not waiting:
            return []
        places = {id: place for place, id in enumerate(self._first)}
        waiting.sort(key=lambda state: (places.get(state.id, len(places)), -state.changed))
        until = time.monotonic() + SLICE
        read = []
        for state in waiting:
            if self._reader.read(state, until):
                read.append(state.id)
            if time.monotonic() > until or self._stopping.is_set():
                break
        return read


def _measure(state: RunState) -> tuple[int, ...]:
    """See how long the file is and when it was written to; what it is to the system."""
    try:
        found = os.stat(state.file)
    except OSError:
        state.size = state.inode = 0
        return ()
    if state.inode == found.st_ino and state.changed != found.st_mtime:
        state.seen = time.monotonic()
    state.size, state.inode, state.changed = found.st_size, found.st_ino, found.st_mtime
    return seal_of(found)


def _taken_over(place: Place | None) -> tuple[Database, dict[str, Before]]:
    """The database of a place, with what an earlier start left in it; a temporary one where there is no place, or it cannot be used."""
    if place is None:
        return Database(), {}
    for _ in range(2):
        database = None
        try:
            database = Database(place.index)
            return database, left_behind(database.connection())
        except (OSError, sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
            log.info("the index in %s is thrown away: %s", place.index, error)
            if database is not None:
                database.close()
                database.discard()
    return Database(), {}
