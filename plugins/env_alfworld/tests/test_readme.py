"""The README's example prints what the README says, and its figures are those that are declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentgym_core.environments import resolve_environment
from agentgym_env_alfworld.plugin import KINDS
from agentgym_testing import ReadmeConformance
from agentgym_testing.ledger import read

FOLDER = Path(__file__).resolve().parents[1]
README = (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.engine
class TestReadme(ReadmeConformance):
    readme = FOLDER / "README.md"


def test_the_tables_are_true() -> None:
    splits = resolve_environment("alfworld").splits
    assert f"| `train` | {splits['train']:,} | own games, {splits['train'] // len(KINDS)} a kind" in README
    assert f"| `eval` | {splits['eval']:,} | own games, {splits['eval'] // len(KINDS)} a kind" in README
    for split, entry in read(FOLDER / "ledger.json")["splits"].items():
        scores = [f"{entry['scores'][policy]:.2f}" for policy in ("expert", "random", "null")]
        assert f"| `{split}` | {' | '.join(scores)} |" in README
