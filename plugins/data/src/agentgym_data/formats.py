"""The formats that a pipeline's stage `export` writes. Each takes trajectories and a file, and returns how many episodes it wrote."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from agentgym_core.types import Trajectory
from agentgym_data.flat import export_jsonl
from agentgym_data.parquet import export_parquet
from agentgym_data.transfer import export_agenttraj


def agenttraj(trajectories: Iterable[Trajectory], path: Path) -> int:
    """AgentTraj's records. :raises StoreError: the file cannot be written."""
    return export_agenttraj(trajectories, path).episodes


def jsonl(trajectories: Iterable[Trajectory], path: Path) -> int:
    """A flat record on each line. :raises StoreError: the file cannot be written."""
    return export_jsonl(trajectories, path)


def parquet(trajectories: Iterable[Trajectory], path: Path) -> int:
    """The flat records as Parquet. :raises StoreError: the file cannot be written, or pyarrow is missing."""
    return export_parquet(trajectories, path)
