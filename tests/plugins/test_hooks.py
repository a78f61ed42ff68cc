"""One test for each hook, named after it: what it announces is found, and what it observes is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agentgym_core import Description, Environment, Step, Task, collect, hookimpl, hookspecs, resolve_environment
from agentgym_core.cli import main
from agentgym_core.pipeline import Pipeline, settings
from agentgym_core.plugins import Candidate, Plugins, installed, plugins, use_plugins
from agentgym_core.registry import extension, lookup
from agentgym_core.rollout import Job
from agentgym_core.specs import (
    AlgorithmSpec,
    CommandSpec,
    EnvironmentSpec,
    ExtensionSpec,
    PlacementSpec,
    PolicySpec,
    RewardSpec,
)
from agentgym_core.types import Action, RunInfo, Trajectory

HOME = "agentgym_hooked"
PIPELINE = {"stages": [{"name": "none", "kind": "filter", "source": []}]}


class Door(Environment):
    """Opens at once."""

    description = Description(instruction="Open it.", splits={"train": 1}, max_rounds=2)

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        return "A door."

    def step(self, action: Action) -> Step:
        return Step("Open.", 1.0, terminated=True)


@pytest.fixture
def module() -> Iterator[ModuleType]:
    made = ModuleType(HOME)
    sys.modules[HOME] = made
    yield made
    del sys.modules[HOME]
    use_plugins(None)


def announce(module: ModuleType, hook: str, spec: Any) -> None:
    setattr(module, hook, hookimpl(lambda: [spec]))
    core = [candidate for candidate in installed() if candidate.name == "core"]
    use_plugins(Plugins([*core, Candidate("hooked", lambda: module)], allow=None, block=frozenset(), strict=True))


def test_every_hook_has_its_test() -> None:
    hooks = {name for name in vars(hookspecs) if name.startswith("agentgym_")}
    assert {name.removeprefix("test_") for name in globals() if name.startswith("test_agentgym_")} == hooks


def test_agentgym_environments(module: ModuleType) -> None:
    announce(module, "agentgym_environments", EnvironmentSpec(id="door", target=f"{HOME}:Door"))
    module.Door = Door  # type: ignore[attr-defined]
    assert resolve_environment("door").cls is Door


def _announced(module: ModuleType, hook: str, kind: str, spec: Any) -> None:
    announce(module, hook, spec)
    found = lookup(kind, spec.id)
    assert (found.spec, found.plugin.name, found.plugin.components) == (spec, "hooked", (f"{kind}:{spec.id}",))


def test_agentgym_policies(module: ModuleType) -> None:
    _announced(module, "agentgym_policies", "policy", PolicySpec(id="mine", target=f"{HOME}:Mine"))


def test_agentgym_rewards(module: ModuleType) -> None:
    _announced(module, "agentgym_rewards", "reward", RewardSpec(id="mine", target=f"{HOME}:Mine"))


def test_agentgym_algorithms(module: ModuleType) -> None:
    _announced(module, "agentgym_algorithms", "algorithm", AlgorithmSpec(id="mine", target=f"{HOME}:Mine"))


def test_agentgym_placements(module: ModuleType) -> None:
    _announced(module, "agentgym_placements", "placement", PlacementSpec(id="mine", target=f"{HOME}:Mine"))


def test_agentgym_extensions(module: ModuleType) -> None:
    announce(module, "agentgym_extensions", ExtensionSpec(id="page.mine", target=f"{HOME}:page"))
    module.page = page = object()  # type: ignore[attr-defined]
    assert extension("page.mine") is page


def test_agentgym_commands(module: ModuleType) -> None:
    announce(module, "agentgym_commands", CommandSpec(name="mine", target=HOME))
    module.configure = lambda parser: parser.add_argument("status", type=int)  # type: ignore[attr-defined]
    module.run = lambda arguments: arguments.status  # type: ignore[attr-defined]
    assert main(["mine", "7"]) == 7


class Seen:
    """Writes down all that it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    @hookimpl
    def agentgym_run_started(self, run: RunInfo) -> None:
        self.told.append(("started", run.id))

    @hookimpl
    def agentgym_episode_finished(self, run: RunInfo, trajectory: Trajectory) -> None:
        self.told.append(("episode", trajectory.key.task, trajectory.score))

    @hookimpl
    def agentgym_iteration_finished(self, run: RunInfo, iteration: int, metrics: Mapping[str, Any]) -> None:
        self.told.append(("iteration", iteration, dict(metrics)))

    @hookimpl
    def agentgym_progress(self, stage: str, done: int, total: int, unit: str, metrics: Mapping[str, float]) -> None:
        self.told.append(("progress", stage, done, total, unit, dict(metrics)))

    @hookimpl
    def agentgym_run_finished(self, run: RunInfo, outcome: str) -> None:
        self.told.append(("finished", outcome))


@pytest.fixture
def seen() -> Iterator[Seen]:
    observer = Seen()
    with plugins().observed(observer, "seen"):
        yield observer


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline(settings({**PIPELINE, "folder": str(tmp_path / "run")}))


def test_agentgym_run_started(seen: Seen, pipeline: Pipeline) -> None:
    pipeline.within(lambda context: None)
    assert seen.told[0] == ("started", "run")


def test_agentgym_episode_finished(seen: Seen) -> None:
    source = resolve_environment(Door)
    collect([Job(source, task) for task in source.tasks("train")], "null")
    assert [told[0] for told in seen.told] == ["started", "episode", "finished"]
    assert seen.told[1] == ("episode", source.tasks("train")[0].id, 1.0)


def test_agentgym_iteration_finished(seen: Seen, pipeline: Pipeline) -> None:
    pipeline.within(lambda context: context.iteration_finished(3, {"score": 0.5}))
    assert ("iteration", 3, {"score": 0.5}) in seen.told


def test_agentgym_progress(seen: Seen, pipeline: Pipeline) -> None:
    pipeline.within(lambda context: context.progress(2, 5, "steps", {"loss": 0.1}))
    assert ("progress", "", 2, 5, "steps", {"loss": 0.1}) in seen.told


def test_agentgym_run_finished(seen: Seen, pipeline: Pipeline) -> None:
    with pytest.raises(ZeroDivisionError):
        pipeline.within(lambda context: 1 / 0)
    assert seen.told[-1] == ("finished", "failed")
