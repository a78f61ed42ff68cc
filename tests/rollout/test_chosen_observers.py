"""Observers that settings choose: the same from Python, a file and the command line, and there as long as it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agentgym_core import (
    ComponentChoice,
    ComponentConfig,
    RolloutSettings,
    StopRun,
    collect,
    hookimpl,
    resolve_environment,
)
from agentgym_core.cli import main
from agentgym_core.errors import AgentGymError, ConfigError
from agentgym_core.pipeline import Pipeline, settings
from agentgym_core.plugins import Candidate, Plugins, installed, use_plugins
from agentgym_core.rollout import Jobs
from agentgym_core.specs import ExtensionSpec
from agentgym_core.types import RunInfo

SEEN: list[tuple[str, str]] = []


class DiaryConfig(ComponentConfig):
    title: str = "diary"
    stop: bool = False


class Diary:
    def __init__(self, config: DiaryConfig) -> None:
        self.config = config

    @hookimpl
    def agentgym_run_started(self, run: RunInfo) -> None:
        SEEN.append((self.config.title, f"{run.kind} {run.stage}".strip()))
        if self.config.stop:
            raise StopRun("enough")

    @hookimpl
    def agentgym_run_finished(self, run: RunInfo, outcome: str) -> None:
        SEEN.append((self.config.title, outcome))


class Announced:
    @hookimpl
    def agentgym_extensions(self) -> list[ExtensionSpec]:
        config = f"{__name__}:DiaryConfig"
        return [ExtensionSpec(id="observer.diary", target=f"{__name__}:Diary", config=config)]


@pytest.fixture(autouse=True)
def diary() -> Iterator[None]:
    SEEN.clear()
    use_plugins(Plugins.from_environment([*installed(), Candidate("diary", partial(Announced))]))
    yield
    use_plugins(None)


def play(*observers: Any) -> str:
    jobs = Jobs.of(resolve_environment("maze"), "eval", limit=1)
    return collect(jobs, "expert", RolloutSettings(observers=observers)).ended


def pipeline(folder: Path, *observers: Any) -> Pipeline:
    stage = {"name": "demos", "kind": "collect", "policy": "teacher", "tasks": "t"}
    return Pipeline(
        settings(
            {
                "folder": str(folder),
                "policies": {"teacher": "expert"},
                "tasks": {"t": {"environment": "maze", "limit": 1}},
                "rollout": {"observers": list(observers)},
                "stages": [stage],
            }
        )
    )


def test_a_rollout_is_seen_as_long_as_it_goes_on() -> None:
    play("diary", ComponentChoice("diary", {"title": "other"}))
    assert sorted(SEEN) == [("diary", "finished"), ("diary", "rollout"), ("other", "finished"), ("other", "rollout")]
    play()
    assert len(SEEN) == 4


def test_a_pipeline_is_seen_whole_and_each_of_its_runs_once(tmp_path: Path) -> None:
    pipeline(tmp_path / "p", {"id": "diary"}).run()
    assert [what for _, what in SEEN] == ["pipeline", "rollout demos", "finished", "finished"]


def test_a_chosen_observer_may_end_a_run(tmp_path: Path) -> None:
    assert play({"id": "diary", "config": {"stop": True}}) == "stopped"
    with pytest.raises(StopRun, match="enough"):
        pipeline(tmp_path / "p", {"id": "diary", "config": {"stop": True}}).run()


def test_the_command_line_chooses_several(tmp_path: Path) -> None:
    words = ["--observer", "diary:title=a", "--observer", "diary:title=b", "--limit", "1"]
    assert main(["collect", "maze", *words, "--out", str(tmp_path / "r")]) == 0
    assert {title for title, _ in SEEN} == {"a", "b"}


@pytest.mark.parametrize(("text", "told"), [("diry", "did you mean 'observer.diary'"), ("diary:titel=x", "titel")])
def test_a_mistake_is_told_before_anything_is_made(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["collect", "maze", "--observer", text, "--limit", "1", "--out", str(tmp_path / "r")]) == 1
    assert told in capsys.readouterr().err
    assert not (tmp_path / "r").exists()


def test_a_mistake_of_a_file_has_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"rollout\.observers\.0\.config"):
        pipeline(tmp_path, {"id": "diary", "config": {"titel": "x"}})
    with pytest.raises(AgentGymError, match=r"rollout\.observers\.1: .*observer\.other"):
        pipeline(tmp_path, "diary", "other")
