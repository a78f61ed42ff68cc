"""Expert trajectory sets in AgentTraj's format and sizes, made by playing: no network, no model."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, islice
from pathlib import Path

from attrs import evolve, frozen

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError, StopRun
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.rollout.settings import ActionFormat
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run, decode, encode, new_manifest
from agentgym_core.types import Outcome, Task, Trajectory, digest
from agentgym_data import export_agenttraj, to_record

SPLIT = "train"

TRIES = 3
"""Episodes are played up to this many times the wanted number, where the expert does not solve every task."""


@frozen
class Demonstrations:
    """What became of one environment's set.

    `episodes` of the `wanted` are in the file. `tasks` of them are of different tasks, `distinct` have a conversation of their own: the
    rest are repetitions with other seeds, made where the split has fewer tasks than the set has episodes. `outcomes` counts all that
    was played; `fault` is what the first fault among it said, or empty.
    """

    environment: str
    wanted: int
    episodes: int
    tasks: int
    distinct: int
    split_tasks: int
    outcomes: Mapping[str, int]
    file: str
    fault: str = ""


def make_set(
    source: EnvironmentSource,
    wanted: int,
    file: Path,
    run_folder: Path,
    *,
    seed: int = 0,
    action_format: ActionFormat = "react",
    placement: ComponentChoice | None = None,
    on_episode: Callable[[Trajectory], None] | None = None,
) -> Demonstrations:
    """Play the expert on the train split until `wanted` episodes are solved, and write these as an AgentTraj file.

    The same seed gives the same file. A run that was interrupted is continued.

    :param file: the AgentTraj file to write; what the format cannot hold goes into its sidecar.
    :param run_folder: where every episode that was played is kept. :param placement: where the environment lives.
    :raises ConfigError: the environment has no train split, or the folder holds a set made otherwise.
    """
    split = source.splits.get(SPLIT, 0)
    if not split:
        raise ConfigError(
            f"environment {source.spec.id!r} has no task in a split {SPLIT!r}",
            hint=f"its splits are: {', '.join(source.splits) or 'none'}",
        )
    tasks = source.tasks(SPLIT)
    order = random.Random(f"{seed} {source.spec.id}").sample(range(len(tasks)), min(len(tasks), wanted * TRIES))
    settings = RolloutSettings(seed=seed, action_format=action_format, max_failed_fraction=1.0, placement=placement)
    with _opened(run_folder, source, seed, action_format, wanted) as run:
        candidates = islice(_candidates(source, tasks, order), wanted * TRIES)
        while True:
            solved = _solved(run)
            batch = list(islice(candidates, wanted - solved))
            if not batch:
                break
            summary = collect(batch, "expert", settings, run=run, on_episode=on_episode)
            if summary.ended != "finished":
                raise StopRun(summary.reason)
            if not _solved(run):
                # An expert that solves nothing at all will not begin to.
                break
        chosen = _in_order(run, [tasks[index].id for index in order])[:wanted]
        outcomes = Counter(outcome.value for outcome in run.outcomes().values())
        fault = next((each.fault.message for each in run if each.fault is not None), "")
    export_agenttraj(map(decode, chosen), file)
    return evolve(_made(source, wanted, split, outcomes, chosen, file), fault=fault)


def _opened(folder: Path, source: EnvironmentSource, seed: int, action_format: str, wanted: int) -> Run:
    made_with = {"seed": seed, "action_format": action_format, "wanted": wanted, "environment": source.config_values}
    if not (folder / "manifest.json").exists():
        manifest = new_manifest(
            components={"environment": source.spec.canonical, "policy": "expert"},
            configuration=made_with,
            seeds={"rollout": seed},
        )
        return Run.create(folder, manifest)
    run = Run.open(folder, write=True)
    if run.manifest.get("configuration") != made_with:
        run.close()
        raise ConfigError(f"{folder}: holds a set that was made with other settings", hint="choose another --out")
    return run


def _candidates(source: EnvironmentSource, tasks: Sequence[Task], order: Sequence[int]) -> Iterator[Job]:
    for sample in count():
        for index in order:
            yield Job(source, tasks[index], sample)


def _solved(run: Run) -> int:
    return sum(outcome is Outcome.SOLVED for outcome in run.outcomes().values())


def _in_order(run: Run, order: Sequence[str]) -> list[bytes]:
    """The solved episodes as lines, in the order in which they were drawn: episodes end in any order."""
    places = {task: place for place, task in enumerate(order)}
    found = [
        (trajectory.key.sample, places[trajectory.key.task], encode(trajectory))
        for trajectory in run.trajectories()
        if trajectory.outcome is Outcome.SOLVED and trajectory.key.task in places
    ]
    return [line for _, _, line in sorted(found)]


def _made(
    source: EnvironmentSource, wanted: int, split: int, outcomes: Counter[str], chosen: Sequence[bytes], file: Path
) -> Demonstrations:
    tasks, distinct = set(), set()
    for line in chosen:
        trajectory = decode(line)
        tasks.add(trajectory.key.task)
        distinct.add(digest(to_record(trajectory)))
    return Demonstrations(
        environment=source.spec.id,
        wanted=wanted,
        episodes=len(chosen),
        tasks=len(tasks),
        distinct=len(distinct),
        split_tasks=split,
        outcomes=dict(sorted(outcomes.items())),
        file=str(file),
    )
