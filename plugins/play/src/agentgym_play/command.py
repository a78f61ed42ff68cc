"""Play an environment yourself; the episode is kept as a demonstration. Type help while you play."""

from __future__ import annotations

import argparse
import contextlib
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentgym_core.environments import EnvironmentSource
    from agentgym_core.store import Run
    from agentgym_core.types import Trajectory


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    from agentgym_core.cli.options import add_options
    from agentgym_core.cli.playing import REFERENCE, add_placement
    from agentgym_core.rollout import RolloutSettings

    parser.add_argument("environment", help=REFERENCE)
    parser.add_argument("--task", help="the id of a task; without it one is drawn from the split")
    parser.add_argument("--split", help="the split to draw from; the first one to train on where left out")
    parser.add_argument("--seed", type=int, help="draws the task and seeds the episode; a new one where left out")
    add_options(parser, RolloutSettings, ("max_rounds",))
    parser.add_argument("--config", action="append", default=[], metavar="KEY=VALUE", help="the environment's settings")
    add_placement(parser)
    parser.add_argument("--out", type=Path, help="the run folder that keeps the episode; a new one or one to add to")


def run(arguments: argparse.Namespace) -> int:
    """Play one episode at the terminal."""
    from agentgym_core import registry
    from agentgym_core.cli.playing import placement_from, source_from
    from agentgym_core.rollout import Job, RolloutSettings, collect
    from agentgym_play.human import HumanPolicy
    from agentgym_play.screen import show

    source = source_from(arguments)
    seed = secrets.randbelow(2**31) if arguments.seed is None else arguments.seed
    task = source.find(arguments.task) if arguments.task else source.draw(arguments.split or "", seed)
    folder = arguments.out or Path("runs") / f"play-{source.spec.id}-{time.strftime('%Y%m%d-%H%M%S')}"
    description = source.description
    show(f"{source.spec.id}, task {task.id} ({task.split}), seed {seed}. Type help for help, quit to stop.\n")
    show(description.instruction)
    settings = RolloutSettings(
        concurrency=1,
        seed=seed,
        max_rounds=arguments.max_rounds,
        attempts=1,
        placement=placement_from(arguments.placement),
    )
    played: list[Trajectory] = []
    rounds = arguments.max_rounds or description.max_rounds
    policy = HumanPolicy(hints=description.expert_score is not None, opening=False, rounds=rounds)
    policy_id = registry.spec("policy", "human").canonical
    with _open(folder, source, policy_id, seed) as store:
        sample = sum(1 for trajectory in store.trajectories() if trajectory.key.task == task.id)
        jobs = [Job(source, task, sample)]
        with contextlib.suppress(KeyboardInterrupt):
            collect(jobs, policy, settings, policy_id=policy_id, run=store, on_episode=played.append)
    for trajectory in played:
        _tell(trajectory, folder)
    return 0


def _open(folder: Path, source: EnvironmentSource, policy_id: str, seed: int) -> Run:
    from agentgym_core.store import Run, new_manifest
    from agentgym_core.store.manifest import MANIFEST

    if (folder / MANIFEST).exists():
        return Run.open(folder, write=True)
    manifest = new_manifest(
        components={"environment": source.spec.canonical, "policy": policy_id},
        configuration={"environment": source.config_values},
        seeds={"rollout": seed},
    )
    return Run.create(folder, manifest)


def _tell(trajectory: Trajectory, folder: Path) -> None:
    from agentgym_core.types import Outcome
    from agentgym_play.screen import show

    if trajectory.outcome is not Outcome.CANCELLED and trajectory.turns:
        show(f"\n{trajectory.turns[-1].observation}")
    score = "" if trajectory.score is None else f", score {trajectory.score:g}"
    rounds = f"{len(trajectory.turns)} {'round' if len(trajectory.turns) == 1 else 'rounds'}"
    cut = f" ({trajectory.truncation})" if trajectory.truncation else ""
    show(f"\n{trajectory.outcome}{cut} after {rounds}{score}; kept in {folder} (see: agentgym view {folder})")
