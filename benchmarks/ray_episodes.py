"""Episodes a second of environments with engines through the placement `ray`, beside `process` on the same cores, in one run.

Run: python benchmarks/ray_episodes.py [environment ...] [--episodes 24] [--rounds 3]
"""

from __future__ import annotations

import argparse
import statistics
import time

from agentgym_core.environments import resolve_environment
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice
from agentgym_ray.cluster import connect
from agentgym_ray.config import RayConfig

HOSTS = 2
TARGET = 0.9


def main() -> None:
    """Measure. A round's time is from its first finished episode to its last: hosts start before it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environments", nargs="*", default=["sciworld", "webshop"])
    parser.add_argument("--episodes", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=8)
    arguments = parser.parse_args()
    connect(RayConfig())
    for name in arguments.environments:
        source = resolve_environment(name)
        tasks = list(source.tasks("train"))
        jobs = [Job(source, tasks[number % len(tasks)], number // len(tasks)) for number in range(arguments.episodes)]
        rates: dict[str, list[float]] = {"process": [], "ray": []}
        for number in range(arguments.rounds):
            for place in rates if number % 2 else reversed(rates):
                ends: list[float] = []
                collect(
                    jobs,
                    "expert",
                    RolloutSettings(
                        concurrency=arguments.concurrency, placement=ComponentChoice(place, {"hosts": HOSTS})
                    ),
                    on_episode=lambda episode, ends=ends: ends.append(time.perf_counter()),  # type: ignore[misc]
                )
                skipped = len(ends) // 4
                rates[place].append((len(ends) - 1 - skipped) / (ends[-1] - ends[skipped]))
        middle = {place: statistics.median(found) for place, found in rates.items()}
        ratio = statistics.median([one / other for one, other in zip(rates["ray"], rates["process"], strict=True)])
        print(
            f"ray: {name}: process {middle['process']:.1f} episodes/s, ray {middle['ray']:.1f}, "
            f"ratio {ratio:.2f} (target {TARGET}; {arguments.rounds} rounds of {arguments.episodes}, {arguments.concurrency} at once)"
        )


if __name__ == "__main__":
    main()
