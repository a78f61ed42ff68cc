"""What is written for OpenEnv's hubs is what its own code reads."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgym_core.cli import main

COMMIT = "0123456789" * 4
READ = """
import json, pathlib, sys
from openenv.validation.parsers.openenv_yaml import OpenEnvYamlParser
from openenv.discovery.models import EnvironmentCard
folder = pathlib.Path(sys.argv[1])
manifest = OpenEnvYamlParser().parse(folder)
card = EnvironmentCard.model_validate_json((folder / "environment-card.json").read_text())
print(json.dumps([manifest.model_dump(mode="json"), card.model_dump(mode="json")]))
"""


def test_openenv_reads_what_was_written(tmp_path: Path, peer: Callable[[str], Path]) -> None:
    pytest.importorskip("agentgym_env_todo", reason="the plugin env_todo is not installed")
    words = ["--source", "https://github.com/someone/some-where", "--revision", COMMIT, "--license", "MIT"]
    assert main(["export-card", "todo", "--out", str(tmp_path), *words]) == 0
    done = subprocess.run(
        [peer("openenv-0.10"), "-c", READ, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    manifest, card = json.loads(done.stdout)
    assert (manifest["name"], manifest["reward"]["range"]) == ("todo", [0.0, 1.0])
    assert "finish" in manifest["capabilities"]["declared_tools"]
    assert manifest["capabilities"]["declared_task_count"]["eval"] > 0
    assert manifest["capabilities"]["task_api"] is True
    assert (card["name"], card["source"]["revision"], card["license"]) == ("todo", COMMIT, "MIT")


def test_a_card_needs_a_source_and_a_commit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("agentgym_env_maze", reason="the plugin env_maze is not installed")
    for words in (["--source", "here"], ["--source", "https://github.com/a/b", "--revision", "main"]):
        assert main(["export-card", "maze", "--out", str(tmp_path), *words]) == 1
    said = capsys.readouterr().err
    assert "git rev-parse HEAD" in said
    assert "https://github.com/OWNER/NAME" in said
    assert not list(tmp_path.iterdir())
    assert main(["export-card", "maze", "--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["openenv.yaml"]
