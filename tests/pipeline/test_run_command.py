"""`agentgym run`: it shows what came of it, and what goes on from there."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.hooks import hookimpl
from agentgym_core.pipeline import Pipeline, read
from agentgym_core.plugins import plugins
from agentgym_core.types import RunInfo

FILE = """
folder = "{folder}"
seed = 7

[policies.teacher]
id = "expert"

[policies.chance]
id = "random"

[[tasks.narrow]]
environment = "counting"
limit = 4

[[tasks.held]]
environment = "counting"
split = "eval"

[[stages]]
name = "demos"
kind = "collect"
policy = "teacher"
tasks = "narrow"

[[stages]]
name = "before"
kind = "evaluate"
policy = "chance"
tasks = "held"

[[stages]]
name = "good"
kind = "filter"
source = "demos"

[[stages]]
name = "student"
kind = "train"
algorithm = "tally"
source = "good"

[[stages]]
name = "after"
kind = "evaluate"
policy = "student"
tasks = "held"

[[stages]]
name = "out"
kind = "export"
format = "jsonl"
source = "good"
file = "good.jsonl"
"""


def write(tmp_path: Path, old: str = "", new: str = "") -> str:
    file = tmp_path / "run.toml"
    file.write_text(FILE.format(folder=tmp_path / "kept").replace(old, new), encoding="utf-8")
    return str(file)


def test_results_are_shown_with_where_they_lie_and_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", write(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert re.search(r"counting +split:eval +3/3 +1\.000 +100\.0 % ", told), "the score of the judged policy"
    assert "[43.9, 100.0]" in told, "with its interval"
    assert f"out      trajectories 4: {tmp_path / 'kept' / 'stages' / 'out' / 'good.jsonl'}" in told
    assert "student  episodes 4, weight 4" in told
    assert "good     trajectories 4, of 4" in told
    commands = re.findall(r"agentgym ((?:view|compare) .*)", told)
    assert len(commands) == 2
    for command in commands:
        assert main(shlex.split(command)) == 0, command
    assert "agentgym eval ENV --policy expert" in told
    assert json.loads((tmp_path / "kept" / "stages" / "after" / "report.json").read_text())["groups"]


def test_a_second_call_shows_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", write(tmp_path)])
    first = capsys.readouterr().out
    main(["run", write(tmp_path)])
    assert capsys.readouterr().out == first


def test_what_differs_is_named_and_done_again_where_asked(
    tmp_path: Path, toy_world: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["run", write(tmp_path)])
    changed = write(tmp_path, "limit = 4", "limit = 3")
    assert main(["run", changed]) == 1
    told = capsys.readouterr().err
    assert "tasks.0.limit was 4, is 3" in told
    assert "--redo demos" in told
    assert main(["run", changed, "--redo", "demos"]) == 0
    told = capsys.readouterr()
    assert "student  episodes 3" in told.out
    aside = tmp_path / "kept" / "redone"
    # What takes from the stage is done again with it; what does not is not.
    assert sorted(path.name for path in aside.iterdir()) == ["after-1", "demos-1", "good-1", "out-1", "student-1"]
    assert str(aside / "demos-1") in told.err
    assert len((aside / "demos-1" / "run" / "trajectories.jsonl").read_text().splitlines()) == 4
    assert toy_world.calls == 2


def test_a_change_of_what_earlier_stages_gave_says_so(tmp_path: Path) -> None:
    Pipeline(read(Path(write(tmp_path)))).run()
    stages = tmp_path / "kept" / "stages"
    selection = json.loads((stages / "good" / "dataset.json").read_text())
    selection["items"].pop()
    (stages / "good" / "dataset.json").write_text(json.dumps(selection))
    with pytest.raises(StoreError, match=r"'student'.*the trajectories it learns from changed"):
        Pipeline(read(Path(write(tmp_path)))).run()


def test_secrets_are_not_in_what_a_stage_was_made_from(tmp_path: Path) -> None:
    Pipeline(
        read(Path(write(tmp_path, 'algorithm = "tally"', 'algorithm = "tally"\nconfig.more.api_key = "sk-1"')))
    ).run()
    assert not [path for path in (tmp_path / "kept").rglob("*") if path.is_file() and b"sk-1" in path.read_bytes()]
    other = write(tmp_path, 'algorithm = "tally"', 'algorithm = "tally"\nconfig.more.api_key = "sk-2"')
    with pytest.raises(StoreError, match="'student'") as caught:
        Pipeline(read(Path(other))).run()
    assert "sk-" not in str(caught.value)


def test_a_folder_of_an_older_version_has_the_digest_alone(tmp_path: Path) -> None:
    Pipeline(read(Path(write(tmp_path)))).run()
    for marker in (tmp_path / "kept").rglob("made_from"):
        marker.write_text(marker.read_text().splitlines()[0] + "\n")
    Pipeline(read(Path(write(tmp_path)))).run()
    with pytest.raises(StoreError, match=r"'demos'.*other settings or other earlier stages\n"):
        Pipeline(read(Path(write(tmp_path, "limit = 4", "limit = 3")))).run()


def test_only_a_stage_of_the_file_can_be_done_again(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no stage is called nobody"):
        Pipeline(read(Path(write(tmp_path)))).redo(["nobody"])


class Watching:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str]] = []

    @hookimpl
    def agentgym_run_started(self, run: RunInfo) -> None:
        self.seen.append((run.kind, run.parent, run.stage))

    @hookimpl
    def agentgym_progress(self, stage: str, done: int) -> None:
        if (stage, done) == ("before", 1):
            raise KeyboardInterrupt


def test_observers_can_tell_a_pipeline_from_its_stages(tmp_path: Path) -> None:
    watching = Watching()
    with plugins().observed(watching, "test"), pytest.raises(KeyboardInterrupt):
        Pipeline(read(Path(write(tmp_path)))).run()
    assert watching.seen == [("pipeline", "", ""), ("rollout", "kept", "demos"), ("rollout", "kept", "before")]


def test_an_interruption_says_how_to_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with plugins().observed(Watching(), "test"):
        assert main(["run", write(tmp_path)]) == 130
    told = capsys.readouterr().err
    assert f"interrupted; what is done is kept in {tmp_path / 'kept'}\n  to go on: the same again" in told
    assert main(["run", write(tmp_path)]) == 0


def test_the_package_is_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "agentgym_core", "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()[0]) == (0, "agentgym-core")
