"""What a rollout costs: the overhead of a step, episodes a minute, and the memory of many episodes.

Run it pinned to one core (`taskset -c 0 python benchmarks/rollout.py`). Prints a Markdown row a figure, or JSON with `--json`.
Figures are medians of the repeats; "cpu" figures count the process's own time, which other work on the machine does not change.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from agentgym_core import ActionSpec, Description, Environment, Parameter, Step, Task, TaskList
from agentgym_core.algorithm import PolicyChoice
from agentgym_core.placement import PlacementChoice
from agentgym_core.registry import EnvironmentSource, environment_source, make, source_of
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.store import Run
from agentgym_core.types import Action, Outcome

TURNS = 8


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


def play(jobs: Iterable[Job], policy: PolicyChoice, settings: RolloutSettings) -> tuple[float, float, int, int]:
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


def medians(measure: Callable[[], tuple[float, float, int, int]], repeats: int) -> dict[str, float]:
    """The median of every figure over the repeats."""
    runs = [measure() for _ in range(repeats)]
    return {
        "us_per_step": round(statistics.median(1e6 * wall / turns for wall, _, _, turns in runs), 1),
        "us_per_step_cpu": round(statistics.median(1e6 * cpu / turns for _, cpu, _, turns in runs), 1),
        "episodes_per_minute": round(statistics.median(60 * episodes / wall for wall, _, episodes, _ in runs)),
        "episodes_per_minute_cpu": round(statistics.median(60 * episodes / cpu for _, cpu, episodes, _ in runs)),
        "turns_per_episode": round(runs[0][3] / runs[0][2], 2),
    }


def overhead(repeats: int, episodes: int, placement: str) -> dict[str, float]:
    """The trivial environment with 64 episodes at once."""
    source = source_of(TrivialEnvironment, id="trivial")
    tasks = source.tasks("train")[:episodes]
    settings = RolloutSettings(concurrency=64, placement=PlacementChoice(placement))
    policy = PolicyChoice("scripted", {"actions": ["go north"]})
    return medians(lambda: play(Jobs([(source, tasks)]), policy, settings), repeats)


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
        source = environment_source("textcraft")
    except AgentGymError:
        return None
    tasks, cues = recorded(source, 40, range(7, 10))
    jobs = [Job(source, tasks[index % len(tasks)], index // len(tasks)) for index in range(episodes)]
    return medians(
        lambda: play(jobs, PolicyChoice("scripted", {"cues": cues}), RolloutSettings(concurrency=64)), repeats
    )


def memory(episodes: int) -> dict[str, float]:
    """The largest resident memory of a fresh process that plays many episodes into a store, in MiB."""
    program = (
        "import sys, resource; sys.path.insert(0, sys.argv[1]); import rollout\n"
        "rollout.overhead(1, int(sys.argv[2]), 'inline')\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parent), str(episodes)],
        check=True,
        capture_output=True,
        text=True,
    )
    return {"episodes": episodes, "max_rss_mib": round(float(done.stdout), 1)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--episodes", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures: dict[str, Any] = {
        "trivial, inline, N=64, store on": overhead(arguments.repeats, arguments.episodes, "inline"),
        "trivial, thread, N=64, store on": overhead(1, arguments.episodes // 4, "thread"),
        "textcraft, recorded expert, N=64, store on": textcraft(arguments.repeats, arguments.episodes),
        "memory, inline, N=64, store on": memory(10_000),
    }
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    for name, values in figures.items():
        if values is None:
            print(f"| {name} | its plugin is not installed |")
        else:
            print(f"| {name} | " + ", ".join(f"{key} {value:g}" for key, value in values.items()) + " |")


if __name__ == "__main__":
    main()
