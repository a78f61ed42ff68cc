"""The README's example prints what the README says, and its figures are those that are declared."""

from __future__ import annotations

import json
from pathlib import Path

from agentgym_core.environments import resolve_environment
from agentgym_env_sheet.families import FAMILIES
from agentgym_env_sheet.functions import FUNCTIONS
from agentgym_env_sheet.tools import SheetTools
from agentgym_testing import ToolReadmeConformance

FOLDER = Path(__file__).resolve().parents[1]
README = (FOLDER / "README.md").read_text(encoding="utf-8")


class TestReadme(ToolReadmeConformance):
    readme = FOLDER / "README.md"
    environment = "sheet"
    kinds = tuple(FAMILIES)
    tools = tuple(SheetTools.tools())


def test_the_number_of_questions_is_true() -> None:
    kinds = len(FAMILIES)
    questions = sum(resolve_environment("sheet").find(f"sheet-train-{number}").data.asks for number in range(kinds))
    assert questions == 10
    assert "ten kinds of questions" in README


def test_the_figures_of_the_engine_are_true() -> None:
    rows = json.loads((FOLDER / "tests/data/functions.json").read_text(encoding="utf-8"))["rows"]
    edits = json.loads((FOLDER / "tests/data/edits.json").read_text(encoding="utf-8"))["cases"]
    assert f"{len(FUNCTIONS)} functions are allowed" in README
    assert f"{len(rows)} formulas of {len({row['function'] for row in rows})} functions" in README
    assert f"{len(edits)} of them give" in README


def test_the_figures_of_the_players_are_true() -> None:
    splits = json.loads((FOLDER / "ledger.json").read_text(encoding="utf-8"))["splits"]
    random = {split: entry["scores"]["random"] for split, entry in splits.items()}
    assert f"random {random['train']:.3f} on `train` and {random['eval']:.3f} on `eval`" in README
