"""A real third-party distribution: built, installed with pip, and its four parts run together from one file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).resolve().parents[1] / "example_plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip installed the built distribution into. Needs no network: the build backend is installed."""
    pytest.importorskip("hatchling", reason="hatchling builds the example plugin")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    command += ["--disable-pip-version-check", "--target", str(folder), str(EXAMPLE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def agentgym(installed: Path, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed), "AGENTGYM_PLUGINS": "agentgym-example,agentgym-data"}
    command = [sys.executable, "-c", "import sys; from agentgym_core.cli import main; sys.exit(main())", *arguments]
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, timeout=200, check=False)


def test_it_is_a_wheel_with_metadata_of_its_own(installed: Path) -> None:
    assert (installed / "agentgym_example-1.2.3.dist-info" / "RECORD").is_file()
    assert (installed / "agentgym_example" / "py.typed").is_file()


def test_all_four_parts_are_found(installed: Path) -> None:
    row = next(row for row in json.loads(agentgym(installed, "plugins", "--json").stdout) if row["name"] == "example")
    assert row["state"] == "ok"
    assert (row["distribution"], row["version"]) == ("agentgym-example", "1.2.3")
    assert set(row["components"]) == {
        "environment:example-sums",
        "policy:example-lookup",
        "reward:example-brevity",
        "algorithm:example-memorise",
    }


def test_its_environment_keeps_every_promise(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('agentgym_conformance = ["example-sums"]\n')
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_the_file_is_checked_without_running_it(installed: Path, tmp_path: Path) -> None:
    done = agentgym(installed, "check", str(EXAMPLE / "pipeline.toml"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_one_file_runs_the_four_together(installed: Path, tmp_path: Path) -> None:
    done = agentgym(installed, "run", str(EXAMPLE / "pipeline.toml"), "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results: dict[str, Any] = json.loads(done.stdout)
    assert results["demonstrations"]["trajectories"] == 40
    assert results["weighed"]["trajectories"] == 40
    assert results["learned"]["metrics"]["known"] > 20
    before, after = (mean_score(results[stage]) for stage in ("before", "after"))
    assert before < 0.2
    assert after > 0.7
    exported = json.loads((tmp_path / "runs/example" / results["shared"]["file"]).read_text())
    assert len(exported) == 40
    assert "Action:\nanswer " in exported[0]["conversations"][-1]["value"]

    again = agentgym(installed, "run", str(EXAMPLE / "pipeline.toml"), "--json", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == results


def mean_score(report: dict[str, Any]) -> float:
    found = report["groups"][0]["metrics"]["reward"]["value"]
    assert isinstance(found, float)
    return found


def test_a_pipeline_without_the_plugin_says_what_is_missing(tmp_path: Path) -> None:
    environment = {**os.environ, "AGENTGYM_PLUGINS": "agentgym-data"}
    code = "import sys; from agentgym_core.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "check", str(EXAMPLE / "pipeline.toml")]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "plugin 'example' is not installed" in done.stderr
    assert "Traceback" not in done.stderr
