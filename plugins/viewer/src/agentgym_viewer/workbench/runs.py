"""What is known of a run without asking the index: its manifest, how far its file was read, and the counts so far."""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from attrs import Factory, define

from agentgym_core.errors import StoreError
from agentgym_core.evaluation.labels import labels_of
from agentgym_core.evaluation.rows import EpisodeRow, Labels
from agentgym_core.store import Run
from agentgym_core.store.manifest import MANIFEST, TRAJECTORIES
from agentgym_core.types import Outcome, digest

if TYPE_CHECKING:
    from agentgym_viewer.workbench.taking_over import Before

HOLDER = ".lock.pid"
"""Where the store says which process writes to a run; the lock beside it is never touched from here."""

QUIET = 60.0
"""Seconds without an episode after which a run is not taken for running unless its process is there."""

_PACE = 256


@define(eq=False)
class Tally:
    """Counts of the episodes that stand; retried ones are taken out again."""

    episodes: int = 0
    scored: int = 0
    solved: int = 0
    score_sum: float = 0.0
    rounds: int = 0
    unread: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    outcomes: Counter[str] = Factory(Counter)
    environments: Counter[str] = Factory(Counter)
    kinds: Counter[str] = Factory(Counter)

    def add(self, row: EpisodeRow, times: int = 1) -> None:
        """Count an episode; -1 takes it out."""
        self.episodes += times
        if row.score is not None:
            self.scored += times
            self.solved += times * bool(row.success)
            self.score_sum += times * row.score
        self.rounds += times * row.rounds
        self.unread += times * row.unread
        self.prompt_tokens += times * row.prompt_tokens
        self.completion_tokens += times * row.completion_tokens
        self.cost += times * row.cost
        self.outcomes[row.outcome.value] += times
        self.environments[row.environment] += times
        self.kinds[row.kind] += times

    @property
    def mean_score(self) -> float | None:
        """Over scored episodes; None where there is none."""
        return self.score_sum / self.scored if self.scored else None


@define(eq=False)
class RunState:
    """One run of the folder. `id` is short and the same at every start; `number` is the index's own.

    `file` holds its episodes, and `offset` is how many bytes of it were read, always whole lines; `checksum` is their CRC-32, and `tail`
    the last of them. `size` is how many there were at the last look, `barred` why it could not be opened. `changed` is when it was
    written to, as its system says, and `seen` when that was last seen to change (`time.monotonic`). `before` is what an earlier start read
    of it, until it is known to be still true.
    """

    number: int
    id: str
    folder: Path
    name: str
    file: str
    offset: int = 0
    size: int = 0
    line: int = 0
    inode: int = 0
    damaged: int = 0
    checksum: int = 0
    tail: bytes = b""
    version: int = 0
    manifest: Mapping[str, Any] = Factory(dict)
    labels: Labels = Labels()
    trouble: str = ""
    barred: str = ""
    manifest_seal: tuple[int, ...] | None = None
    changed: float = 0.0
    seen: float = -math.inf
    tally: Tally = Factory(Tally)
    ends: deque[float] = Factory(lambda: deque(maxlen=_PACE))
    first: float = 0.0
    last: float = 0.0
    before: Before | None = None

    @classmethod
    def at(cls, number: int, folder: Path, root: Path) -> RunState:
        """The run in a folder below `root`."""
        name = relative(folder, root)
        return cls(number, run_id(name), folder, name, str(folder / TRAJECTORIES))

    @property
    def labels_digest(self) -> str:
        """A digest of those labels that are in the rows of episodes."""
        labels = self.labels
        return digest([dict(labels.suites), dict(labels.max_rounds), sorted(labels.declared)])

    @property
    def seal(self) -> tuple[int, int]:
        """What was read of it so far: another one where anything changed, a run that is made again in its place among it."""
        return self.number, self.version

    @property
    def read(self) -> float:
        """The share of its file that was read."""
        return 1.0 if not self.size else min(1.0, self.offset / self.size)

    @property
    def parent(self) -> str:
        """The id of the pipeline that it is part of, or an empty text."""
        return str(self.manifest.get("parent") or "")

    @property
    def stage(self) -> str:
        """Its place in the pipeline."""
        return str(self.manifest.get("stage") or "")

    @property
    def policy(self) -> str:
        """Who plays, as the manifest says it."""
        configured = self.manifest.get("configuration")
        policy = configured.get("policy") if isinstance(configured, Mapping) else None
        if isinstance(policy, Mapping):
            named = policy.get("config")
            model = named.get("model") if isinstance(named, Mapping) else None
            # Of a folder the end says which model it is.
            told = "/".join(str(model).split("/")[-2:]) if str(model).startswith("/") else model
            return " ".join(str(each) for each in (policy.get("id"), told) if each)
        components = self.manifest.get("components")
        if isinstance(components, Mapping):
            return ", ".join(str(name) for name, what in components.items() if what == "policy") or str(
                components.get("policy") or ""
            )
        return ""

    @property
    def created(self) -> str:
        """When it was made, as its manifest says it (ISO 8601)."""
        return str(self.manifest.get("created") or "")

    def state(self, now: float | None = None) -> str:
        """`running`, `lost` (it says that it runs, and nothing does), what it ended as, or `unknown`."""
        told = str(self.manifest.get("status") or "")
        if told != "running":
            return told if told in ("finished", "stopped", "interrupted", "failed") else "unknown"
        # What was seen to change is written to, whatever clock its file was stamped with.
        recent = (
            abs((time.time() if now is None else now) - self.changed) < QUIET or time.monotonic() - self.seen < QUIET
        )
        return "running" if recent or _writes(self.folder) else "lost"

    def rate(self, now: float | None = None) -> float | None:
        """Episodes a minute: of the last minute where it runs, otherwise from its first episode to its last."""
        now = time.time() if now is None else now
        # An end that is far from now on either side was told by another clock, or by this one before it was put right.
        if self.ends and abs(now - self.ends[-1]) < QUIET:
            now = max(now, self.ends[-1])
            recent = [at for at in self.ends if at >= now - QUIET]
            span = max(1.0, now - recent[0])
            return 60.0 * len(recent) / span
        span = self.last - self.first
        return 60.0 * self.tally.episodes / span if span > 0 and self.tally.episodes > 1 else None

    def look_at_manifest(self) -> bool:
        """Read the manifest where it changed; whether it did."""
        try:
            seal = seal_of(os.stat(self.folder / MANIFEST))
        except OSError:
            seal = ()
        if seal == self.manifest_seal:
            return False
        self.manifest_seal = seal
        try:
            run = Run.open(self.folder)
        except StoreError as error:
            self.trouble = str(error.message)
            return True
        self.trouble = ""
        self.manifest, self.labels = run.manifest, labels_of(run, self.name)
        return True

    def forget(self) -> None:
        """Begin again: the file is another one."""
        self.offset = self.line = self.damaged = self.checksum = 0
        self.before, self.tail = None, b""
        self.first = self.last = 0.0
        self.tally = Tally()
        self.ends.clear()

    def count(self, row: EpisodeRow, started: float) -> None:
        """Take a new episode into the counts."""
        self.tally.add(row)
        ended = started + row.seconds
        if started:
            self.first = min(self.first or started, started)
            self.last = max(self.last, ended)
            if row.outcome is not Outcome.CANCELLED:
                self.ends.append(ended)


def seal_of(found: os.stat_result) -> tuple[int, ...]:
    """What a file is to the system: another, or changed, where this is another."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def relative(folder: Path, root: Path) -> str:
    """A folder as a person names it from `root`."""
    name = folder.relative_to(root).as_posix()
    return root.name if name == "." else name


def run_id(name: str) -> str:
    """A short name for an address, from the run's place in the folder: the same at every start."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def pipeline_id(name: str) -> str:
    """The same for a pipeline, which may lie where a run does."""
    return run_id(f"pipeline:{name}")


def _writes(folder: Path) -> bool:
    """Whether the process that last wrote to a run is there, as far as this machine can tell."""
    try:
        holder = folder / HOLDER
        pid = int(holder.read_text(encoding="ascii", errors="replace").strip())
        since = holder.stat().st_mtime
        # A process that began after the note was written only has the number of one that is gone.
        return bool(psutil.Process(pid).create_time() <= since + 1.0)
    except (OSError, ValueError, psutil.Error):
        return False
