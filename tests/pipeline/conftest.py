"""A toy world for pipelines: count up to a goal; an expert that knows how, and a learner that counts what it is given."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import Field

from agentgym_core.algorithm import Algorithm, AlgorithmResult, Context
from agentgym_core.config import ComponentConfig
from agentgym_core.environment import Description, Environment, TaskList, unknown_split
from agentgym_core.errors import ConfigError
from agentgym_core.hooks import hookimpl
from agentgym_core.plugins import Candidate, Plugins, installed, use_plugins
from agentgym_core.policies._expert import ExpertPolicy
from agentgym_core.reward import Reward
from agentgym_core.settings import ComponentChoice
from agentgym_core.specs import (
    ActionSpec,
    AlgorithmSpec,
    EnvironmentSpec,
    ExtensionSpec,
    Parameter,
    PolicySpec,
    RewardSpec,
)
from agentgym_core.types import Action, ExpertAction, Score, Step, Task, Trajectory, WeightedTrajectory, digest

HOME = "agentgym_toy_world"


class Counting(Environment):
    """Say `add 1` until the goal is reached. Two splits share the content of one task."""

    description = Description(
        instruction="Count up to the goal.",
        actions=(ActionSpec("add", (Parameter("number", "integer"),), "Add.", text="add {number}"),),
        splits={"train": 6, "eval": 3},
        max_rounds=5,
        expert_score=1.0,
    )

    @classmethod
    def tasks(cls, config: Any, split: str) -> Sequence[Task]:
        if split not in ("train", "eval"):
            raise unknown_split("counting", split, ["train", "eval"])
        count = 6 if split == "train" else 3

        def make(task_id: str) -> Task:
            goal = int(task_id.rpartition("-")[2]) % 4 + 1
            mark = "leaked" if task_id in ("train-5", "eval-2") else task_id
            return Task(task_id, split, "count", digest(mark), goal)

        return TaskList([f"{split}-{number}" for number in range(count)], make)

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        self.goal, self.total = int(task.data), 0
        return f"The goal is {self.goal}."

    def step(self, action: Action) -> Step:
        self.total += action.arguments.get("number", 0) if action.name else 0
        done = self.total >= self.goal
        return Step(f"The total is {self.total}.", float(self.total == self.goal), terminated=done)

    def available_actions(self) -> list[str] | None:
        return ["add 1", "add 9"]

    def expert(self) -> ExpertAction | None:
        return ExpertAction("one more", "add 1")


class TallyConfig(ComponentConfig):
    fail: bool = False
    leave: bool = True
    start: str = ""
    more: dict[str, Any] = Field(default_factory=dict)


class Tally(Algorithm):
    """A learner that returns the expert, and counts its calls in the class."""

    calls = 0

    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        type(self).calls += 1
        if self.config.fail:
            raise RuntimeError("the learner broke")
        total = sum(item.weight for item in data)
        metrics: dict[str, Any] = {"episodes": len(data), "weight": total}
        if self.config.start:
            metrics |= {"start": self.config.start, "more": self.config.more}
        return AlgorithmResult(metrics, ComponentChoice("expert"), str(context.folder) if self.config.leave else "")


class LoadedConfig(ComponentConfig):
    model: str
    more: tuple[str, ...] = ()


class Loaded(ExpertPolicy):
    """Plays as the expert does, once its folders are there."""

    def __init__(self, config: LoadedConfig) -> None:
        for folder in (config.model, *config.more):
            if not Path(folder).is_dir():
                raise ConfigError(f"{folder} is no folder", hint="name one")


class Halved(Reward):
    """Worth a half, once its folder is there."""

    def __init__(self, config: LoadedConfig) -> None:
        if not Path(config.model).is_dir():
            raise ConfigError(f"{config.model} is no folder", hint="name one")

    def score(self, trajectory: Trajectory) -> Score:
        return Score(0.5)


def noted(episodes: Iterable[WeightedTrajectory], file: Path, model: str) -> int:
    """A format that holds nothing but the model that it is for."""
    file.write_text(model)
    return sum(1 for _ in episodes)


@pytest.fixture(autouse=True)
def toy_world() -> Iterator[type[Tally]]:
    module = ModuleType(HOME)
    for cls in (Counting, Tally, TallyConfig, Loaded, Halved, LoadedConfig, noted):
        setattr(module, cls.__name__, cls)

    @hookimpl
    def agentgym_environments() -> list[EnvironmentSpec]:
        return [EnvironmentSpec(id="counting", target=f"{HOME}:Counting")]

    @hookimpl
    def agentgym_algorithms() -> list[AlgorithmSpec]:
        return [AlgorithmSpec(id="tally", target=f"{HOME}:Tally", config=f"{HOME}:TallyConfig", learner=True)]

    @hookimpl
    def agentgym_policies() -> list[PolicySpec]:
        return [PolicySpec(id="loaded", target=f"{HOME}:Loaded", config=f"{HOME}:LoadedConfig", needs=("expert",))]

    @hookimpl
    def agentgym_rewards() -> list[RewardSpec]:
        return [RewardSpec(id="halved", target=f"{HOME}:Halved", config=f"{HOME}:LoadedConfig")]

    @hookimpl
    def agentgym_extensions() -> list[ExtensionSpec]:
        return [ExtensionSpec(id="export.noted", target=f"{HOME}:noted")]

    module.agentgym_extensions = agentgym_extensions  # type: ignore[attr-defined]
    module.agentgym_policies = agentgym_policies  # type: ignore[attr-defined]
    module.agentgym_rewards = agentgym_rewards  # type: ignore[attr-defined]
    module.agentgym_environments = agentgym_environments  # type: ignore[attr-defined]
    module.agentgym_algorithms = agentgym_algorithms  # type: ignore[attr-defined]
    sys.modules[HOME] = module
    core = [candidate for candidate in installed() if candidate.name in ("core", "data", "viewer")]
    toy = Candidate("toy", lambda: module, "toy-world", "0.3")
    use_plugins(Plugins([*core, toy], allow=None, block=frozenset(), strict=True))
    Tally.calls = 0
    yield Tally
    use_plugins(None)
    del sys.modules[HOME]
