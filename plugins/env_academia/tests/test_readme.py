"""The README's example prints what the README says, and its figures are those that are declared."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from agentgym_core.environments import resolve_environment
from agentgym_env_academia.families import FAMILIES
from agentgym_env_academia.tools import AcademiaTools

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_example_prints_what_is_shown() -> None:
    found = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", README, re.DOTALL)
    assert found is not None
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(found[1], "README.md", "exec"), {})
    assert printed.getvalue() == found[2]


def test_the_tables_are_true() -> None:
    splits = resolve_environment("academia").splits
    kinds = len(FAMILIES)
    assert f"| `train` | {splits['train']} | {splits['train'] // kinds} each of {kinds} kinds" in README
    assert f"| `eval` | {splits['eval']} | {splits['eval'] // kinds} each" in README
    assert all(f"`{name}`" in README for name in AcademiaTools.tools())


def test_the_figures_of_the_expert_are_true() -> None:
    source = resolve_environment("academia")
    rounds = [len(task.data.aim.goals) + 1 for split in source.splits for task in source.tasks(split)]
    mean = sum(rounds) / len(rounds)
    assert f"takes {min(rounds)} to {max(rounds)} rounds, {mean:.1f} in the mean" in README
