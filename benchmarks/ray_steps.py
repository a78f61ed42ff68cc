"""What a step costs through the placement `ray`, beside a bare call of a Ray actor for each step, in one run.

64 sessions of one host take a step each, over and over, of an environment that does nearly nothing (the maze, which answers that there is
no such move), once straight to the host's process and once in calls of Ray (`direct = false`). Beside them 64 callers call a method of a
bare actor with a few bytes, and 64 sessions of the placement `process` take the same steps. Rounds take turns; medians count. Processor
time is that of this process; that of all processes is shown beside it, since the actor, the host and the raylet work too.

Run: python benchmarks/ray_steps.py [rounds]
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

import psutil
import ray

from agentgym_core.environments import resolve_environment
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.placements.process import ProcessConfig, ProcessPlacement
from agentgym_core.types import Action
from agentgym_ray.cluster import connect
from agentgym_ray.config import RayConfig
from agentgym_ray.placement import RayPlacement

SESSIONS = 64
STEPS = 12
TARGET = 0.25
IN_CALLS = "ray, in calls of Ray"
WALL = Action(text="stay")


class Bare:
    """An actor that gives back what it gets."""

    def step(self, data: bytes) -> bytes:
        """The bytes again."""
        return data


def children() -> float:
    """Processor seconds of this process and of all below it: the cluster was started here."""
    total = 0.0
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        try:
            used = process.cpu_times()
        except psutil.Error:
            continue
        total += used.user + used.system
    return total


async def main(rounds: int = 5) -> None:
    """Measure."""
    config = RayConfig(hosts=1, per_host=SESSIONS, num_cpus=0.3)
    connect(config)
    maze = resolve_environment("maze")
    task = maze.tasks("train")[0].id
    bare = ray.remote(Bare).options(num_cpus=0.3).remote()
    places = {
        "ray": RayPlacement(config),
        IN_CALLS: RayPlacement(config.model_copy(update={"direct": False})),
        "process": ProcessPlacement(ProcessConfig(hosts=1, per_host=SESSIONS)),
    }
    sessions: dict[str, list[Any]] = {}
    for name, placement in places.items():
        sessions[name] = [await placement.open(maze) for _ in range(SESSIONS)]
        await asyncio.gather(*(session.reset(ResetRequest(task)) for session in sessions[name]))

    async def called() -> None:
        for _ in range(STEPS):
            await bare.step.remote(b"x" * 40)

    def stepped(name: str) -> Callable[[], Coroutine[Any, Any, None]]:
        async def all_of() -> None:
            await asyncio.gather(*(steps(session) for session in sessions[name]))

        return all_of

    async def steps(session: Any) -> None:
        for _ in range(STEPS):
            await session.step(WALL)

    async def all_called() -> None:
        await asyncio.gather(*(called() for _ in range(SESSIONS)))

    runs: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
        "a bare actor call": all_called,
        **{name: stepped(name) for name in places},
    }
    figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in runs}
    for number in range(rounds):
        for name in runs if number % 2 else reversed(runs):
            for session in sessions.get(name, ()):
                await session.reset(ResetRequest(task))
            began, mine, all_ = time.perf_counter(), time.process_time(), children()
            await runs[name]()
            count = SESSIONS * STEPS
            figures[name].append(
                (
                    (time.perf_counter() - began) / count,
                    (time.process_time() - mine) / count,
                    (children() - all_) / count,
                )
            )
    print(f"ray: {'us a step, 64 at once':<28}{'wall':>10}{'this process':>16}{'all processes':>16}")
    for name, rows in figures.items():
        wall, mine, all_ = (1e6 * statistics.median(column) for column in zip(*rows, strict=True))
        print(f"ray: {name:<28}{wall:>10.0f}{mine:>16.0f}{all_:>16.0f}")
    for place, what in enumerate(("wall", "this process", "all processes")):
        for name in ("ray", IN_CALLS):
            ratios = [
                one[place] / max(other[place], 1e-9)
                for one, other in zip(figures[name], figures["a bare actor call"], strict=True)
            ]
            print(
                f"ray: {name}: a step costs {statistics.median(ratios):.2f} of a bare call by {what} (target {TARGET})"
            )
    sent = places[IN_CALLS]._links[0]._transport._sent  # type: ignore[union-attr]
    print(
        f"ray: {SESSIONS * (STEPS + 1) * rounds / sent:.0f} calls of sessions travelled in one call of the actor, on average"
    )
    for placement in places.values():
        await placement.close()
    ray.shutdown()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:2])))
