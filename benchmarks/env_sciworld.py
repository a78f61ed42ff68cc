"""ScienceWorld: steps a second against the stock wrapper on the same actions, 64 sessions in one JVM, 32 episodes at once.

Rates are taken in turns, both sides warm, so that what else the machine does falls on both. Run: python benchmarks/env_sciworld.py
"""

from __future__ import annotations

import os
import statistics
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from _figures import Figure, main
from attrs import frozen

from agentgym_core.environment import Environment
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.rollout.placements.process_tree import descendants
from agentgym_core.types import Action

KINDS = ("boil", "use-thermometer", "power-component", "find-animal", "chemistry-mix", "lifespan-longest-lived")
Ways = Mapping[str, tuple[str, ...]]
WARM_UP, REPEATS, SESSIONS, AT_ONCE, EPISODES = 10, 3, 64, 8, 32


def resident_mb(*pids: int) -> float:
    """The resident memory of processes, in MB."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_seconds(pid: int) -> float:
    """The processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@frozen
class Effort:
    """Steps, and what they took: by the clock, and of the processor time of this process and the JVM."""

    steps: int
    seconds: float
    used: float


def effort(
    kinds: Iterable[str], load: Callable[[str], object], step: Callable[[str], object], ways: Ways, jvm: int
) -> Effort:
    """Play the ways of these kinds; the clock runs during steps alone."""
    steps, seconds, used = 0, 0.0, 0.0
    for kind in kinds:
        load(kind)
        clock, before = time.perf_counter(), time.process_time() + cpu_seconds(jvm)
        for text in ways[kind]:
            step(text)
        seconds += time.perf_counter() - clock
        used += time.process_time() + cpu_seconds(jvm) - before
        steps += len(ways[kind])
    return Effort(steps, seconds, used)


def rates(source: EnvironmentSource, engine: object, jvm: int, ways: Ways) -> Iterator[Figure]:
    """Steps a second of both, medians of the repeats."""
    from scienceworld import ScienceWorldEnv

    stock = ScienceWorldEnv("", envStepLimit=1000)

    stock_jvm = stock._gateway.java_process.pid
    with source.make(engine) as environment, warnings.catch_warnings():

        def ours() -> Effort:
            return effort(
                ways,
                lambda kind: environment.reset(source.find(f"sciworld-{kind}-0")),
                lambda text: environment.step(Action(text=text)),
                ways,
                jvm,
            )

        def theirs() -> Effort:
            return effort(ways, lambda kind: stock.load(kind, 0, ""), stock.step, ways, stock_jvm)

        for _ in range(WARM_UP):
            ours()
        theirs()
        pairs = [(ours(), theirs()) for _ in range(REPEATS)]
    stock.close()
    yield Figure("steps a second", statistics.median(a.steps / a.seconds for a, _ in pairs), "/s")
    yield Figure(
        "the stock wrapper's, on the same actions", statistics.median(b.steps / b.seconds for _, b in pairs), "/s"
    )
    times = statistics.median(b.seconds / a.seconds for a, b in pairs)
    yield Figure("times the stock wrapper, by the clock", times, "x", 15, at_least=True)
    yield Figure(
        "times the stock wrapper, by processor time", statistics.median(b.used / a.used for a, b in pairs), "x"
    )


def sessions(source: EnvironmentSource, engine: object, jvm: int) -> Iterator[Figure]:
    """What 64 sessions in one JVM hold, and how soon each shows its first observation."""
    made: list[Environment] = []
    waits, used, first = [], [], 0.0
    tasks = source.tasks("train")

    def one(number: int) -> float:
        begun = time.perf_counter()
        environment = source.make(engine)
        environment.reset(tasks[number])
        made.append(environment)
        return time.perf_counter() - begun

    for number in range(SESSIONS):
        before = time.process_time() + cpu_seconds(jvm)
        waits.append(one(number))
        used.append(time.process_time() + cpu_seconds(jvm) - before)
        if number == 0:
            first = resident_mb(os.getpid(), jvm)
    for environment in made:
        for _ in range(3):
            environment.step(Action(text="look around"))
    all_of_them = resident_mb(os.getpid(), jvm)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        before = time.process_time() + cpu_seconds(jvm)
        together = list(pool.map(one, range(AT_ONCE)))
        used_together = time.process_time() + cpu_seconds(jvm) - before
    for environment in made:
        environment.close()
    yield Figure("memory of the first session, JVM included", first, "MB")
    yield Figure("memory of each of 64 sessions over the first", (all_of_them - first) / (SESSIONS - 1), "MB", 40)
    yield Figure("first observation in a warm JVM, median of 64", statistics.median(waits), "s", 0.5)
    yield Figure("first observation in a warm JVM, worst of 64", max(waits), "s", 0.5)
    yield Figure("first observation in a warm JVM, processor time, median of 64", statistics.median(used), "s")
    yield Figure("first observation in a warm JVM, processor time, worst of 64", max(used), "s", 0.5)
    yield Figure("first observation, eight at once, worst", max(together), "s", 0.5)
    yield Figure("first observation, eight at once, processor time of all", used_together, "s", 0.5)


def at_once(source: EnvironmentSource) -> Iterator[Figure]:
    """Thirty-two episodes at once, wherever the spec puts them, with every process counted."""
    most = 0.0

    def look(episode: object) -> None:
        nonlocal most
        most = max(most, resident_mb(*descendants(os.getpid())))

    tasks = [task for task in source.tasks("train") if task.kind.startswith(("find", "lifespan", "power"))][:EPISODES]
    begun = time.perf_counter()
    settings = RolloutSettings(concurrency=EPISODES)
    summary = collect([Job(source, task) for task in tasks], "expert", settings, keep=True, on_episode=look)
    yield Figure(
        "32 episodes at once: solved", sum(t.score == 1 for t in summary.trajectories), "", EPISODES, at_least=True
    )
    yield Figure("32 episodes at once: seconds, start included", time.perf_counter() - begun, "s")
    yield Figure("32 episodes at once: memory of hosts and JVMs", most, "MB")
    yield Figure("32 episodes at once: processes left behind", len(descendants(os.getpid())), "", 0)


def figures() -> Iterator[Figure]:
    """All of it, one after another."""
    source = resolve_environment("sciworld")
    with source.cls.engine(source.config) as engine:
        jvm = engine.jvm_pid
        yield from sessions(source, engine, jvm)
        ways = {kind: engine.gold(source.find(f"sciworld-{kind}-0").data) for kind in KINDS}
        yield from rates(source, engine, jvm, ways)
    yield from at_once(source)


if __name__ == "__main__":
    main("env_sciworld", figures, __doc__)
