"""The notebook runs from its first cell to its last, and is kept without what it printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "examples" / "notebook.ipynb"
RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": sys.argv[2]}}).execute()
nbformat.write(notebook, sys.argv[2] + "/executed.ipynb")
"""


def cells(notebook: Path) -> list[dict[str, Any]]:
    found = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == "code"]


def test_the_notebook_is_kept_without_outputs() -> None:
    """What it prints is made when it is run: in a diff stands what somebody wrote, and nothing of anybody's machine."""
    for cell in cells(NOTEBOOK):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        assert cell["metadata"] == {}


@pytest.mark.timeout(900)
def test_the_notebook_runs_and_shows_pages_frames_and_a_plot(tmp_path: Path) -> None:
    for name in ("nbclient", "ipykernel", "matplotlib", "pandas", "agentgym_viewer", "agentgym_data"):
        pytest.importorskip(name, reason=f"the notebook needs {name}: make setup")
    environment = {
        **os.environ,
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "MPLCONFIGDIR": str(tmp_path),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "jupyter"),
        "TMPDIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(NOTEBOOK), str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    shown: dict[str, dict[str, str]] = {}
    for cell in cells(tmp_path / "executed.ipynb"):
        assert [each for each in cell["outputs"] if each["output_type"] in ("stream", "error")] == []
        for output in cell["outputs"]:
            last = "".join(cell["source"]).splitlines()[-1]
            shown[last] = {kind: "".join(value) for kind, value in output["data"].items()}
    drawn = {last for last, data in shown.items() if 'class="agentgym ' in data.get("text/html", "")}
    assert {"summary", "random", "compare(random, expert)"} <= drawn
    assert 'class="turn"' in next(data["text/html"] for last, data in shown.items() if last.startswith("next("))
    assert "better" in shown["compare(random, expert)"]["text/html"]
    assert sum("dataframe" in data.get("text/html", "") for data in shown.values()) == 2
    assert "image/png" in shown["plt.show()"]
