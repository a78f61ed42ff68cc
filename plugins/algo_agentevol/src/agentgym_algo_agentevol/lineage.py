"""Where the data of each learning step came from, kept as one line a trajectory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import asdict, frozen

from agentgym_core.errors import StoreError
from agentgym_core.store.manifest import write_whole
from agentgym_core.types import WeightedTrajectory

FOLDER = "lineage"

_LEARNED = "learn-"

GIVEN = "given"
"""The stage of trajectories that were handed over; where they were played is not ours to know."""


@frozen
class Sourced:
    """A weighted trajectory with the stage that played it, its iteration (0: before the evolution), and the stage that made its policy."""

    item: WeightedTrajectory
    stage: str
    iteration: int = 0
    player: str = ""


@frozen
class Origin:
    """One line: a trajectory of a learning step, its weight there, and where it came from.

    `turns` holds the weights of its turns where they are not all 1. `player` is the learning step that made the policy which played it,
    empty where no learning step did (an expert); `weights` is the digest of that policy's weights.
    """

    trajectory: str
    environment: str
    task: str
    sample: int
    seed: int
    policy: str
    weights: str
    weight: float
    stage: str
    iteration: int
    player: str
    outcome: str
    turns: tuple[float, ...] | None = None


def step_of(iteration: int) -> str:
    """The name of an iteration's learning step; that of iteration 0 is behavioural cloning."""
    return f"{_LEARNED}{iteration}" if iteration else "bc"


def iteration_of(step: str) -> int:
    """The iteration of a learning step."""
    return int(step.removeprefix(_LEARNED)) if step.startswith(_LEARNED) else 0


def keep(folder: Path, step: str, data: Iterable[Sourced]) -> None:
    """Write the lines of a learning step.

    :raises StoreError: the disk is full.
    """
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(asdict(_origin(source))) + "\n" for source in data]
    write_whole(folder / FOLDER / f"{step}.jsonl", "".join(lines).encode())


def _origin(source: Sourced) -> Origin:
    trajectory, key = source.item.trajectory, source.item.trajectory.key
    return Origin(
        trajectory=trajectory.id,
        environment=key.environment,
        task=key.task,
        sample=key.sample,
        seed=key.seed,
        policy=key.policy,
        weights=key.weights,
        weight=source.item.weight,
        stage=source.stage,
        iteration=source.iteration,
        player=source.player,
        outcome=trajectory.outcome.value,
        turns=source.item.turns,
    )


def steps(folder: Path) -> list[str]:
    """The learning steps of an evolution that have lines, in the order in which they were done."""
    return sorted((file.stem for file in (folder / FOLDER).glob("*.jsonl")), key=iteration_of)


def read(folder: Path, step: str) -> Sequence[Origin]:
    """The lines of a learning step.

    :raises StoreError: there are none, or they cannot be read.
    """
    file = folder / FOLDER / f"{step}.jsonl"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        return [Origin(**{**row, "turns": None if row["turns"] is None else tuple(row["turns"])}) for row in rows]
    except FileNotFoundError:
        known = ", ".join(steps(folder)) or "none"
        raise StoreError(f"{folder}: no learning step {step!r}", hint=f"there are: {known}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{file}: cannot be read: {error}", hint="run the evolution again: it writes the file anew"
        ) from error
