"""What of pipelines has news without an episode: a stage that began or is done, a learner that logged something."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from agentgym_viewer.workbench.discovery import Found
from agentgym_viewer.workbench.learning import LOSSES
from agentgym_viewer.workbench.runs import pipeline_id, relative


class StageWatch:
    """Watches the stages of the pipelines below a folder. Used by one thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pipelines: Sequence[Path] = ()
        self._learners: dict[Path, tuple[int, int]] = {}
        self._news: set[str] = set()

    def take(self, found: Found) -> None:
        """Watch what a look at the folder found."""
        self._pipelines = found.pipelines
        self._learners = {folder: self._learners.get(folder, (0, 0)) for folder in found.learners}
        for folder in found.changed:
            self._news.update(self._pipelines_of(folder))

    def news(self) -> list[str]:
        """The ids of pipelines that have news since the last call."""
        for folder, known in self._learners.items():
            try:
                file = os.stat(folder / LOSSES)
            except OSError:
                continue
            if (file.st_ino, file.st_size) != known:
                self._learners[folder] = (file.st_ino, file.st_size)
                self._news.update(self._pipelines_of(folder))
        told = sorted(self._news)
        self._news.clear()
        return told

    def _pipelines_of(self, folder: Path) -> Iterator[str]:
        for pipeline in self._pipelines:
            if folder.is_relative_to(pipeline):
                yield pipeline_id(relative(pipeline, self._root))
