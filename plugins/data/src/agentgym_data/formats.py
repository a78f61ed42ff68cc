"""The formats that a pipeline's stage `export` writes. Each takes weighted trajectories and a file, and returns how many it wrote."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from agentgym_core.errors import ConfigError
from agentgym_core.types import Trajectory, WeightedTrajectory
from agentgym_data.flat import export_jsonl
from agentgym_data.parquet import export_parquet
from agentgym_data.transfer import export_agenttraj, export_messages


def agenttraj(episodes: Iterable[WeightedTrajectory], path: Path) -> int:
    """AgentTraj's records.

    :raises ConfigError: an episode has a weight, which AgentTraj cannot hold. :raises StoreError: the file cannot be written.
    """
    return export_agenttraj(map(_unweighted, episodes), path).episodes


def messages(episodes: Iterable[WeightedTrajectory], path: Path) -> int:
    """OpenAI's form.

    :raises ConfigError: an episode has a weight, which it cannot hold. :raises StoreError: the file cannot be written.
    """
    return export_messages(map(_unweighted, episodes), path).episodes


def jsonl(episodes: Iterable[WeightedTrajectory], path: Path) -> int:
    """A flat record on each line. :raises StoreError: the file cannot be written."""
    return export_jsonl(episodes, path)


def parquet(episodes: Iterable[WeightedTrajectory], path: Path) -> int:
    """The flat records as Parquet. :raises StoreError: the file cannot be written, or pyarrow is missing."""
    return export_parquet(episodes, path)


def _unweighted(episode: WeightedTrajectory) -> Trajectory:
    if episode.weight != 1.0 or episode.turns is not None:
        raise ConfigError(
            f"neither AgentTraj nor OpenAI's messages can hold the weight {episode.weight:g} of episode {episode.trajectory.id}",
            hint='export as "jsonl" or "parquet", or from the stage before the weighing',
        )
    return episode.trajectory
