"""Plays a case on this build."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

from golden import house
from golden.canon import case_key, episode_record
from golden.cases import Case


@functools.cache
def play(case: Case) -> list[dict[str, Any]]:
    """The episodes of a case as they stand in the run's file, in the order of their tasks and samples."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        house.agentgym(*case.words(), "--out", str(out))
        found = house.episodes(out)
    return sorted(found, key=lambda each: (each["key"]["task"], each["key"].get("sample", 0)))


def case_record(episodes: list[dict[str, Any]]) -> dict[str, Any]:
    """What is kept of a case."""
    return {"key": case_key(episodes), "episodes": [episode_record(each) for each in episodes]}
