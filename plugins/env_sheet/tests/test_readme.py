"""The README's example prints what the README says, and its figures are those that are declared."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path

from agentgym_core.environments import resolve_environment
from agentgym_env_sheet.families import FAMILIES
from agentgym_env_sheet.functions import FUNCTIONS
from agentgym_env_sheet.tools import SheetTools

FOLDER = Path(__file__).resolve().parents[1]
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_example_prints_what_is_shown() -> None:
    found = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", README, re.DOTALL)
    assert found is not None
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(found[1], "README.md", "exec"), {})
    assert printed.getvalue() == found[2]


def test_the_tables_are_true() -> None:
    splits = resolve_environment("sheet").splits
    kinds = len(FAMILIES)
    assert f"| `train` | {splits['train']} | {splits['train'] // kinds} each of {kinds} kinds" in README
    assert f"| `eval` | {splits['eval']} | {splits['eval'] // kinds} each" in README
    assert all(f"`{name}`" in README for name in SheetTools.tools())
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
