"""What a rollout costs: the overhead of a step, episodes a minute, and the memory of many episodes.

Figures are medians of the repeats, in processor time: what one core has to do. By the wall clock it is the same on a core of its own, and
more where others use it too. Run: python benchmarks/rollout.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from _figures import Figure, main, one_core

from agentgym_core import ActionSpec, Description, Environment, Parameter, Step, Task, TaskList
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.registry import make
from agentgym_core.rollout import Job, Jobs, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run
from agentgym_core.types import Action, Outcome

TURNS = 8
REPEATS, EPISODES = 5, 2000


class TrivialEnvironment(Environment):
    """Answers at once and ends after a fixed number of steps: what is left is the rollout's own work."""

    description = Description(
        instruction="Say go until it is over.",
        actions=(ActionSpec("go", (Parameter("place"),), text="go {place}"),),
        splits={"train": 100_000},
        max_rounds=TURNS,
    )

    @classmethod
    def tasks(cls, config: Any, split: str) -> TaskList:
        """A hundred thousand tasks."""
        return TaskList(_Names(), lambda id: Task(id, split))

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Begin."""
        self.left = TURNS
        return "You are at the start."

    def step(self, action: Action) -> Step:
        """Count down."""
        self.left -= 1
        return Step("You went on.", 1 - self.left / TURNS, terminated=self.left == 0)


class _Names(Sequence[str]):
    def __len__(self) -> int:
        return 100_000

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [f"task-{number}" for number in range(*index.indices(len(self)))]
        return f"task-{range(len(self))[index]}"


def play(jobs: Iterable[Job], policy: ComponentChoice, settings: RolloutSettings) -> tuple[float, float, int, int]:
    """Wall and processor seconds, episodes and turns of one collection with the store on."""
    turns = 0
    solved = 0

    def count(trajectory: Any) -> None:
        nonlocal turns, solved
        turns += len(trajectory.turns)
        solved += trajectory.outcome is Outcome.SOLVED

    with tempfile.TemporaryDirectory() as folder, Run.create(Path(folder) / "run", {}) as run:
        wall, cpu = time.perf_counter(), time.process_time()
        summary = collect(
            jobs, make("policy", policy.id, policy.config), settings, policy_id="bench", run=run, on_episode=count
        )
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if solved != summary.played:
        raise SystemExit(f"{summary.played - solved} of {summary.played} episodes were not solved: nothing to measure")
    return wall, cpu, summary.played, turns


def medians(name: str, measure: Callable[[], tuple[float, float, int, int]], repeats: int) -> dict[str, float]:
    """The median of every figure over the repeats."""
    runs = [measure() for _ in range(repeats)]
    return {
        f"{name}: a step": statistics.median(1e6 * cpu / turns for _, cpu, _, turns in runs),
        f"{name}: a step, by the wall clock": statistics.median(1e6 * wall / turns for wall, _, _, turns in runs),
        f"{name}: episodes a minute": statistics.median(60 * episodes / cpu for _, cpu, episodes, _ in runs),
        f"{name}: episodes a minute, by the wall clock": statistics.median(
            60 * episodes / wall for wall, _, episodes, _ in runs
        ),
    }


def overhead(repeats: int, episodes: int, placement: str) -> dict[str, float]:
    """The trivial environment with 64 episodes at once."""
    source = resolve_environment(TrivialEnvironment)
    tasks = source.tasks("train")[:episodes]
    settings = RolloutSettings(concurrency=64, placement=ComponentChoice(placement))
    policy = ComponentChoice("scripted", {"actions": ["go north"]})
    return medians(f"trivial, {placement}", lambda: play(Jobs([(source, tasks)]), policy, settings), repeats)


def recorded(source: EnvironmentSource, wanted: int, turns: range) -> tuple[list[Task], dict[str, list[str]]]:
    """Tasks whose expert needs a number of turns in a range, and the expert's actions by the text of the opening."""
    summary = collect(Jobs.of(source, "train", limit=wanted * 8), "expert", RolloutSettings(max_failed_fraction=1))
    tasks: list[Task] = []
    cues: dict[str, list[str]] = {}
    for trajectory in summary.trajectories:
        if len(trajectory.turns) in turns and trajectory.opening not in cues and len(tasks) < wanted:
            tasks.append(source.find(trajectory.key.task))
            cues[trajectory.opening] = list(trajectory.actions)
    return tasks, cues


def textcraft(repeats: int, episodes: int) -> dict[str, float] | None:
    """Episodes of about eight turns with the expert's recorded actions; None where the plugin is not installed."""
    from agentgym_core.errors import AgentGymError

    try:
        source = resolve_environment("textcraft")
    except AgentGymError:
        return None
    tasks, cues = recorded(source, 40, range(7, 10))
    jobs = [Job(source, tasks[index % len(tasks)], index // len(tasks)) for index in range(episodes)]
    turns = sum(len(actions) for actions in cues.values()) / len(cues)
    return medians(
        f"textcraft, {turns:.1f} turns",
        lambda: play(jobs, ComponentChoice("scripted", {"cues": cues}), RolloutSettings(concurrency=64)),
        repeats,
    )


def memory(episodes: int) -> float:
    """The largest resident memory of a fresh process that plays many episodes into a store, in MiB."""
    program = (
        "import sys, resource; sys.path.insert(0, sys.argv[1]); import rollout\n"
        "rollout.overhead(1, int(sys.argv[2]), 'inline')\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    words = [sys.executable, "-c", program, str(Path(__file__).parent), str(episodes)]
    return float(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def figures() -> Iterator[Figure]:
    """The store is on, 64 episodes are played at once, on one core."""
    one_core()
    yield from _judged(overhead(REPEATS, EPISODES, "inline"), step=80)
    yield from _judged(overhead(1, EPISODES // 4, "thread"))
    crafted = textcraft(REPEATS, EPISODES)
    if crafted is not None:
        yield from _judged(crafted, episodes=20_000)
    yield Figure("10,000 episodes: resident memory at most", memory(10_000), "MiB", 300)


def _judged(values: dict[str, float], step: float | None = None, episodes: float | None = None) -> Iterator[Figure]:
    for name, value in values.items():
        wall = name.endswith("wall clock")
        if "a step" in name:
            yield Figure(name, value, "us", None if wall else step)
        else:
            yield Figure(name, value, "/min", None if wall else episodes, at_least=True)


if __name__ == "__main__":
    main("rollout", figures, __doc__)
