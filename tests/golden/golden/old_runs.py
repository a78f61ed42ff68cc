"""Run folders that an earlier build made, and what that build said of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from golden import house

_COMMON = ["--split", "eval", "--concurrency", "1", "--seed", "5", "--json"]

COMMANDS: dict[str, list[str]] = {
    "chance": ["collect", "maze,wordle", "--policy", "random", "--limit", "3", "--rounds", "6", *_COMMON],
    "expert": ["eval", "maze,wordle", "--policy", "expert", "--limit", "3", "--rounds", "6", *_COMMON],
    "faulty": [
        *("collect", "todo", "--policy", "scripted", "--format", "function_calling", "--limit", "2"),
        *("--policy-config", 'actions=["get_projects with Action Input: {}", "get_user_current_date", "finish now"]'),
        *("--policy-config", "at_end=fault", "--max-failed", "1", *_COMMON),
    ],
}
"""The commands that made them, without `--out`: one of chance, one of the expert, one of native tool calls that end in faults."""


def make(folder: Path) -> None:
    """Make the folders with the build at hand, without what tells of this machine."""
    for name, words in COMMANDS.items():
        house.agentgym(*words, "--out", str(folder / name))
        manifest = folder / name / "manifest.json"
        told = json.loads(manifest.read_text(encoding="utf-8"))
        told["platform"] = "Linux"
        manifest.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        # Tracebacks name the files of the machine.
        file = folder / name / house.EPISODES
        file.write_bytes(re.sub(rb'File \\"[^"]*/(\w+/[\w/]+\.py)\\"', rb'File \\"\1\\"', file.read_bytes()))


NEWER = ("cut", "replies", "lenient_replies", "overlong_replies", "invalid_actions")
"""Counts that reports did not give when the records were made."""


def numbers(report: Any, key: str = "") -> Iterator[float]:
    """Every number of a report but its times, whatever the keys are called."""
    if isinstance(report, dict):
        for inner, value in report.items():
            if inner not in ("seconds", "versions", "schema", *NEWER):
                yield from numbers(value, inner)
    elif isinstance(report, list):
        for value in report:
            yield from numbers(value, key)
    elif isinstance(report, (int, float)) and not isinstance(report, bool):
        yield round(float(report), 9)


def judged(folder: Path) -> dict[str, list[float]]:
    """What `score` and `compare` say of the folders, as sorted numbers."""
    said = {f"score {name}": house.agentgym("score", str(folder / name), "--json") for name in COMMANDS}
    said["compare"] = house.agentgym("compare", str(folder / "chance"), str(folder / "expert"), "--json")
    return {what: sorted(numbers(json.loads(text))) for what, text in said.items()}
