"""Which runs and pipelines a folder holds, found again and again without reading what has not changed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import Factory, define, frozen

from agentgym_core.store.manifest import MANIFEST, TRAJECTORIES
from agentgym_viewer.workbench.learning import LOSSES

PIPELINE = "pipeline.json"
MARKER, RESULT = "made_from", "result.json"
"""What is in the folder of a stage from its beginning, and in the end."""

DEEPEST = 16
"""How far down folders are looked through: stages of stages lie about eight below the folder of a pipeline."""

_UNSETTLED = 2_000_000_000
"""Nanoseconds for which a folder's time of change proves nothing: two changes within a tick of the file system's clock have one time.
A tick is 4 ms to 10 ms with Linux before 6.13, and up to 2 s elsewhere."""

_PASSED_OVER = frozenset({"attachments", "checkpoints", "lineage", "node_modules", "__pycache__"})


@frozen
class Found:
    """What a look found: the folders of runs, of pipelines, and of learners, which keep their losses there; `changed` are those of runs,
    pipelines and stages that changed since the last look, `barred` those that may not be looked into."""

    runs: Sequence[Path]
    pipelines: Sequence[Path]
    learners: Sequence[Path]
    changed: Sequence[Path]
    barred: Sequence[Path] = ()


@define
class _Listed:
    """What a folder held when it was last changed; `changed` is its time of change in nanoseconds.

    `path` is made once, with its hash: over a thousand folders that is most of what a look takes. `settled` says that what changes from
    now on changes that time too, and `files` is a hash of names and inodes.
    """

    path: Path
    changed: int = -1
    settled: bool = False
    files: int = 0
    run: bool = False
    pipeline: bool = False
    stage: bool = False
    learns: bool = False
    folders: list[str] = Factory(list)


class Discovery:
    """Looks through a folder for runs. Links are not followed, and folders that begin with a dot are passed over.

    A folder is listed again only when its own time of change says that something in it came or went, so that looking at a thousand
    runs costs a thousand calls of `stat` and no more.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, _Listed] = {}

    def look(self) -> Found:
        """Look through the folder."""
        self._changed: list[Path] = []
        self._barred: list[Path] = []
        seen = dict(self._walk(str(self._folder), 0))
        for gone in self._known.keys() - seen.keys():
            del self._known[gone]
        return Found(
            runs=[found.path for found in seen.values() if found.run],
            pipelines=[found.path for found in seen.values() if found.pipeline],
            learners=[found.path for found in seen.values() if found.learns],
            changed=self._changed,
            barred=self._barred,
        )

    def _walk(self, path: str, depth: int) -> Iterator[tuple[str, _Listed]]:
        found = self._listed(path)
        if found is None:
            return
        yield path, found
        if depth < DEEPEST:
            for name in found.folders:
                yield from self._walk(os.path.join(path, name), depth + 1)

    def _listed(self, path: str) -> _Listed | None:
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = _Listed(Path(path))
        try:
            changed = os.stat(path).st_mtime_ns
            if known.settled and changed == known.changed:
                return known
            settled = abs(time.time_ns() - changed) > _UNSETTLED
            folders: list[str] = []
            names: dict[str, int] = {}
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if not entry.name.startswith(".") and entry.name not in _PASSED_OVER:
                            folders.append(entry.name)
                    else:
                        names[entry.name] = entry.inode()
        except PermissionError:
            self._barred.append(known.path)
            return None
        except OSError:
            # It may have gone between two looks.
            return None
        files = hash(frozenset(names.items()))
        told = changed != known.changed or files != known.files
        known.files = files
        known.changed, known.settled, known.folders = changed, settled, sorted(folders)
        known.run = MANIFEST in names or TRAJECTORIES in names
        known.pipeline = PIPELINE in names
        known.stage = MARKER in names
        known.learns = LOSSES in names
        if told and (known.run or known.pipeline or known.stage):
            self._changed.append(known.path)
        return known
