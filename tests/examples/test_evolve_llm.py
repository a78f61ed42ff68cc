"""The evolution of a real model in its short form, with a tiny model in its place: every stage, every page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "evolve_llm.py"


@pytest.mark.timeout(600)
def test_it_evolves_and_is_judged_beside_a_control(tmp_path: Path) -> None:
    for name in ("torch", "peft", "agentgym_algo_bc", "agentgym_algo_agentevol", "agentgym_policy_transformers"):
        pytest.importorskip(name, reason=f"the evolution of a model needs {name}: make setup-learn")
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "--smoke", "--folder", str(tmp_path / "evolve")],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    stages = tmp_path / "evolve" / "stages"
    assert {path.name for path in stages.iterdir()} == {"demos", "before", "evolve", "control", "control-judged"}
    evolved = json.loads((stages / "evolve" / "result.json").read_text(encoding="utf-8"))["result"]
    control = json.loads((stages / "control" / "result.json").read_text(encoding="utf-8"))["result"]
    assert [row["iteration"] for row in evolved["metrics"]["iterations"]] == [0, 1]
    assert evolved["policy"]["config"]["adapter"]
    assert evolved["metrics"]["iterations"][1]["learner"]["steps"] == control["metrics"]["steps"] == 2
    for row in ("before", "BC", "iteration 1", "control-judged"):
        assert row in done.stdout
    assert {page.name for page in (tmp_path / "evolve").glob("*.html")} == {
        "evolution.html",
        "compare.html",
        "view.html",
    }
