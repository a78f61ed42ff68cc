"""A kind of stage that a plugin announces is one like core's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import ClassVar, Literal

import pytest
from pydantic import Field

from agentgym_core.errors import ConfigError
from agentgym_core.hooks import hookimpl
from agentgym_core.pipeline import Pipeline, StageResult, StageWork, settings
from agentgym_core.pipeline.stage import SelectingStage
from agentgym_core.plugins import Candidate, Plugins, installed, use_plugins
from agentgym_core.specs import ExtensionSpec

HOME = "agentgym_halving"


class Halve(SelectingStage):
    """Keep the first half."""

    gives: ClassVar[str] = "trajectories"
    kind: Literal["halve"] = Field(default="halve", description="says which stage this is")
    least: int = Field(default=1, ge=0, description="keep so many at least")

    def run(self, work: StageWork) -> StageResult:
        items = work.items(self.source)
        kept = items[: max(self.least, len(items) // 2)]
        return StageResult({"trajectories": len(kept)}, kept)


@pytest.fixture(autouse=True)
def _halving(toy_world: object) -> Iterator[None]:
    module = ModuleType(HOME)
    module.Halve = Halve  # type: ignore[attr-defined]

    @hookimpl
    def agentgym_extensions() -> list[ExtensionSpec]:
        return [ExtensionSpec(id="stage.halve", target=f"{HOME}:Halve")]

    module.agentgym_extensions = agentgym_extensions  # type: ignore[attr-defined]
    sys.modules[HOME] = module
    core = [candidate for candidate in installed() if candidate.name in ("core", "data")]
    toy = Candidate("toy", lambda: sys.modules["agentgym_toy_world"])
    halving = Candidate("halving", lambda: module)
    use_plugins(Plugins([*core, toy, halving], allow=None, block=frozenset(), strict=True))
    yield
    del sys.modules[HOME]


def pipeline(folder: Path, **halve: object) -> dict[str, object]:
    return {
        "folder": str(folder),
        "policies": {"teacher": "expert"},
        "tasks": {"few": {"environment": "counting"}},
        "stages": [
            {"name": "demos", "kind": "collect", "policy": "teacher", "tasks": "few"},
            {"name": "half", "kind": "halve", "source": "demos", **halve},
            {"name": "best", "kind": "filter", "source": "half"},
        ],
    }


def test_its_trajectories_go_on(tmp_path: Path) -> None:
    results = Pipeline(settings(pipeline(tmp_path))).run()
    assert [results[name]["trajectories"] for name in ("demos", "half", "best")] == [6, 3, 3]


def test_its_mistakes_have_paths_and_keys(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"stages\.1\.leest: unknown key, did you mean 'least'"):
        settings(pipeline(tmp_path, leest=1))
    with pytest.raises(ConfigError, match="no earlier stage 'demo' gives trajectories"):
        settings(pipeline(tmp_path, source="demo"))
    with pytest.raises(ConfigError, match=r"stages\.1: no stage is of kind 'double'; there are: collect, .*halve"):
        settings(pipeline(tmp_path, kind="double"))
