"""One pipeline for several seeds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentgym_core.cli import main

FILE = """
folder = "{folder}"
[policies.teacher]
id = "expert"
[tasks.some]
environment = "maze"
limit = 2
[[stages]]
name = "demos"
kind = "collect"
policy = "teacher"
tasks = "some"
"""


def test_seeds_run_in_folders_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("agentgym_env_maze")
    file = tmp_path / "run.toml"
    file.write_text(FILE.format(folder=tmp_path / "kept"), encoding="utf-8")
    assert main(["run", str(file), "--seeds", "1,5", "--jobs", "2", "--json"]) == 0
    folders = [Path(folder) for folder in json.loads(capsys.readouterr().out)["folders"]]
    assert [folder.name for folder in folders] == ["seed-1", "seed-5"]
    seeds = [json.loads((folder / "pipeline.json").read_text(encoding="utf-8"))["seed"] for folder in folders]
    assert seeds == [1, 5]
    assert "done: 1 stages" in (folders[0] / "log.txt").read_text(encoding="utf-8")


def test_a_seed_that_fails_is_told_and_the_others_are_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("agentgym_env_maze")
    file = tmp_path / "run.toml"
    file.write_text(FILE.format(folder=tmp_path / "kept"), encoding="utf-8")
    (tmp_path / "kept" / "seed-2" / "stages").mkdir(parents=True)
    (tmp_path / "kept" / "seed-2" / "stages" / "demos").write_text("in the way", encoding="utf-8")
    assert main(["run", str(file), "--seeds", "2,3"]) == 1
    assert "1 of 2 seeds failed" in capsys.readouterr().err
    assert (tmp_path / "kept" / "seed-3" / "stages" / "demos" / "result.json").exists()


@pytest.mark.parametrize("text", ["1,1", "a", "", "1,-2"])
def test_seeds_are_different_numbers(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(tmp_path / "run.toml"), "--seeds", text]) == 2
    assert "no list of different seeds" in capsys.readouterr().err


def test_modules_of_the_current_folder_are_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("agentgym_env_maze")
    for name in ("html", "secrets", "platform"):
        (tmp_path / f"{name}.py").write_text(f"open('imported-{name}', 'w').close()\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "run.toml"
    file.write_text(FILE.format(folder=tmp_path / "kept"), encoding="utf-8")
    assert main(["run", str(file), "--seeds", "1"]) == 0
    assert list(tmp_path.glob("imported-*")) == []
