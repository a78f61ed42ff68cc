"""The quickstart in its short form: everything that the real one does, learning next to nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "evolve.py"


@pytest.mark.timeout(900)
def test_the_quickstart_evolves_and_shows_what_it_brought(tmp_path: Path) -> None:
    for name in ("torch", "transformers", "agentgym_algo_bc", "agentgym_algo_agentevol", "agentgym_env_textcraft"):
        pytest.importorskip(name, reason=f"the quickstart needs {name}: make setup-learn")
    folder = tmp_path / "evolve"
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "--smoke", "--folder", str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    metrics = json.loads((folder / "stages/evolve/result.json").read_text(encoding="utf-8"))["result"]["metrics"]
    assert [row["iteration"] for row in metrics["iterations"]] == [0, 1]
    assert metrics["iterations"][1]["explored"] == 72
    assert metrics["iterations"][1]["learner"]["steps"] == 90
    for environment in ("maze", "wordle", "textcraft"):
        assert environment in done.stdout
    pages = {page.name: page.read_text(encoding="utf-8") for page in folder.glob("*.html")}
    assert set(pages) == {"evolution.html", "compare.html", "view.html"}
    assert "<svg" in pages["evolution.html"]
    assert not any("http://" in text.replace("http://www.w3.org", "") for text in pages.values())
