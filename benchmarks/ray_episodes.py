"""Episodes a second of environments with engines through the placement `ray`, beside `process` on the same cores, in one run.

Rounds take turns, and each number of `--concurrency` has its own. Processor time of all processes, the cluster's and the hosts',
stands beside the wall's: on a machine that does other work too it says more.

Run: python benchmarks/ray_episodes.py [environment ...] [--episodes 24] [--rounds 3] [--concurrency 8 64]
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import time
from collections import defaultdict

import psutil

from agentgym_core.environments import resolve_environment
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import Trajectory
from agentgym_ray.cluster import connect
from agentgym_ray.config import RayConfig

HOSTS = 2
TARGET = 0.9


def processor() -> dict[int, float]:
    """Processor seconds of this process and of all below it."""
    me = psutil.Process()
    found = {}
    for process in (me, *me.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            used = process.cpu_times()
            found[process.pid] = used.user + used.system
    return found


class Watch:
    """Two moments of a round, at a quarter of its episodes and at its last but few: hosts start before it and end after it."""

    def __init__(self, episodes: int) -> None:
        self._first, self._last = max(1, episodes // 4), episodes - 2
        self._ended = 0
        self._moments: list[tuple[float, dict[int, float]]] = []

    def __call__(self, episode: Trajectory) -> None:
        """An episode has ended."""
        self._ended += 1
        if self._ended in (self._first, self._last):
            self._moments.append((time.perf_counter(), processor()))

    def figures(self) -> tuple[float, float]:
        """Episodes a second, and processor milliseconds an episode."""
        (began, before), (ended, after) = self._moments
        used = sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())
        count = self._last - self._first
        return count / (ended - began), 1e3 * used / count


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environments", nargs="*", default=["sciworld", "webshop"])
    parser.add_argument("--episodes", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, nargs="*", default=[8])
    arguments = parser.parse_args()
    connect(RayConfig())
    for name in arguments.environments:
        source = resolve_environment(name)
        tasks = list(source.tasks("train"))
        jobs = [Job(source, tasks[number % len(tasks)], number // len(tasks)) for number in range(arguments.episodes)]
        figures: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
        for number in range(arguments.rounds):
            for concurrency in arguments.concurrency:
                for place in ("ray", "process") if number % 2 else ("process", "ray"):
                    watch = Watch(len(jobs))
                    placed = ComponentChoice(place, {"hosts": HOSTS})
                    collect(
                        jobs, "expert", RolloutSettings(concurrency=concurrency, placement=placed), on_episode=watch
                    )
                    figures[place, concurrency].append(watch.figures())
        for concurrency in arguments.concurrency:
            far, near = figures["ray", concurrency], figures["process", concurrency]
            rates = [statistics.median(rate for rate, _ in each) for each in (near, far)]
            costs = [statistics.median(cost for _, cost in each) for each in (near, far)]
            ratio = statistics.median(one[0] / other[0] for one, other in zip(far, near, strict=True))
            print(
                f"ray: {name}, {concurrency} at once: process {rates[0]:.1f} episodes/s, ray {rates[1]:.1f}, ratio {ratio:.2f} "
                f"(target {TARGET}); processor {costs[0]:.1f} and {costs[1]:.1f} ms an episode; "
                f"{arguments.rounds} rounds of {arguments.episodes}"
            )


if __name__ == "__main__":
    main()
