"""Many episodes in one run folder through the placement `ray`: does the driver's memory stay flat, and does its writer keep up?

Mazes of 7 by 7 with the goal a move or two away, so that the driver has as much to do as it ever has. Shown at a tenth, a half and all of
them: the driver's resident memory, its processor time an episode since the last line, and the share of the wall that writing took.

Run: python benchmarks/ray_many.py [--episodes 100000] [--concurrency 64] [--placement ray]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from agentgym_core.environments import resolve_environment
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run
from agentgym_core.types import Trajectory
from agentgym_ray.cluster import connect
from agentgym_ray.config import RayConfig

TASKS = 100
HOSTS = 2
GROWTH = 1.1
"""How much larger the driver may be at the end than at a tenth."""


class Watch:
    """What the driver holds and has used, at the episodes that are to be shown."""

    def __init__(self, marks: list[int], run: Run) -> None:
        self._marks, self._run = marks, run
        self._count = 0
        self._process = psutil.Process()
        self.writing = 0.0
        self.resident: list[float] = []
        self._before = (0, time.perf_counter(), time.process_time(), 0.0)
        append: Any = run.append

        def timed(trajectory: Trajectory) -> None:
            began = time.perf_counter()
            append(trajectory)
            self.writing += time.perf_counter() - began

        run.append = timed

    def __call__(self, episode: Trajectory) -> None:
        """An episode has ended."""
        self._count += 1
        if self._count not in self._marks:
            return
        count, wall, processor, writing = self._before
        now = (self._count, time.perf_counter(), time.process_time(), self.writing)
        self._before = now
        self.resident.append(self._process.memory_info().rss / 2**20)
        played = now[0] - count
        seconds = now[1] - wall
        print(
            f"ray: {self._count:>7} episodes: {self.resident[-1]:.0f} MiB; since the last line {played / seconds:.0f} episodes/s, "
            f"{1e3 * (now[2] - processor) / played:.2f} ms of the driver's processor an episode, writing "
            f"{100 * (now[3] - writing) / seconds:.1f} % of the wall, {1e6 * (now[3] - writing) / played:.0f} us an episode",
            flush=True,
        )


def main() -> None:
    """Play, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=100_000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--placement", default="ray")
    arguments = parser.parse_args()
    if arguments.placement == "ray":
        connect(RayConfig())
    source = resolve_environment("maze", {"sizes": [7], "min_distance": 1, "max_distance": 2})
    jobs = [Job(source, task) for task in list(source.tasks("train"))[:TASKS]]
    samples = arguments.episodes // len(jobs)
    total = samples * len(jobs)
    settings = RolloutSettings(
        concurrency=arguments.concurrency,
        samples=samples,
        placement=ComponentChoice(arguments.placement, {"hosts": HOSTS} if arguments.placement != "inline" else {}),
    )
    with tempfile.TemporaryDirectory() as folder, Run.create(Path(folder) / "run", {}) as run:
        watch = Watch([total // 100, total // 10, total // 2, total], run)
        collect(jobs, "expert", settings, run=run, on_episode=watch)
        size = sum(file.stat().st_size for file in run.folder.rglob("*") if file.is_file())
        print(f"ray: {total} episodes, {len(jobs)} tasks, one folder of {size / 2**20:.0f} MiB")
    sys.exit(watch.resident[-1] > GROWTH * watch.resident[1])


if __name__ == "__main__":
    main()
