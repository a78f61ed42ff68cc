"""A toy world for the loop: a coin-like game, a learner that writes down what it was given, and a context on disk."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from agentgym_core.algorithm import Algorithm, AlgorithmResult, Context
from agentgym_core.config import ComponentConfig
from agentgym_core.environment import Description, Environment, TaskList
from agentgym_core.hooks import hookimpl
from agentgym_core.pipeline import Pipeline, settings
from agentgym_core.plugins import Candidate, Plugins, installed, use_plugins
from agentgym_core.settings import ComponentChoice
from agentgym_core.specs import ActionSpec, AlgorithmSpec, EnvironmentSpec, Parameter
from agentgym_core.types import Action, ExpertAction, Step, Task, WeightedTrajectory, digest

HOME = "agentgym_toy_evolution"


class Doors(Environment):
    """Open the one right door of three; a wrong door ends the game."""

    description = Description(
        instruction="Open the right door.",
        actions=(ActionSpec("open", (Parameter("door"),), "Open a door.", text="open {door}"),),
        splits={"narrow": 3, "wide": 9, "eval": 4},
        max_rounds=2,
        expert_score=1.0,
    )

    @classmethod
    def tasks(cls, config: Any, split: str) -> Sequence[Task]:
        def make(task_id: str) -> Task:
            return Task(task_id, split, "doors", digest(task_id), "abc"[int(task_id.rpartition("-")[2]) % 3])

        return TaskList([f"{split}-{number}" for number in range(cls.description.splits[split])], make)

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        self.right = task.data
        return "Three doors: a, b, c."

    def step(self, action: Action) -> Step:
        if action.text == "wait":
            return Step("Three doors.")
        won = action.text == f"open {self.right}"
        return Step("It opens." if won else "A wall.", float(won), terminated=True, success=won)

    def available_actions(self) -> list[str] | None:
        return ["open a", "open b", "open c"]

    def expert(self) -> ExpertAction | None:
        return ExpertAction("this one", f"open {self.right}")


class NotebookConfig(ComponentConfig):
    model: str = "base"
    plays: str = "random"
    actions: tuple[str, ...] = ()
    break_at: str = ""
    steps: int = 0


class Notebook(Algorithm):
    """A learner that writes down its settings and data, and plays by chance."""

    lessons: ClassVar[list[dict[str, Any]]] = []

    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        if self.config.break_at and self.config.break_at in str(context.folder):
            raise RuntimeError("the power is gone")
        type(self).lessons.append(
            {
                "stage": Path(context.folder).name,
                "model": self.config.model,
                "actions": len(self.config.actions),
                "steps": self.config.steps,
                "data": [(item.trajectory.id, item.trajectory.outcome.value, item.weight, item.turns) for item in data],
            }
        )
        # What a learner of a model keeps: here each trajectory is a row of five tokens, two of them said in its first turn.
        lines = [{"trajectory": item.trajectory.id, "tokens": 5, "trained": 2, "spans": [[0, 3, 5]]} for item in data]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (Path(context.folder) / "rows.jsonl").write_text(text, encoding="utf-8")
        choice = ComponentChoice(self.config.plays)
        if self.config.actions:
            choice = ComponentChoice("scripted", {"actions": [*self.config.actions, "open b"]})
        return AlgorithmResult({"episodes": len(data)}, choice, str(context.folder))


@pytest.fixture(autouse=True)
def lessons() -> Iterator[list[dict[str, Any]]]:
    module = ModuleType(HOME)
    for cls in (Doors, Notebook, NotebookConfig):
        setattr(module, cls.__name__, cls)

    @hookimpl
    def agentgym_environments() -> list[EnvironmentSpec]:
        return [EnvironmentSpec(id=name, target=f"{HOME}:Doors") for name in ("doors", "gates")]

    @hookimpl
    def agentgym_algorithms() -> list[AlgorithmSpec]:
        target = f"{HOME}:Notebook"
        return [AlgorithmSpec(id="notebook", target=target, config=f"{HOME}:NotebookConfig", learner=True)]

    module.agentgym_environments = agentgym_environments  # type: ignore[attr-defined]
    module.agentgym_algorithms = agentgym_algorithms  # type: ignore[attr-defined]
    sys.modules[HOME] = module
    wanted = ("core", "data", "testing", "viewer", "algo_agentevol")
    real = [candidate for candidate in installed() if candidate.name in wanted]
    use_plugins(
        Plugins([*real, Candidate("toy", lambda: module, "toy", "1")], allow=None, block=frozenset(), strict=True)
    )
    Notebook.lessons.clear()
    yield Notebook.lessons
    use_plugins(None)
    del sys.modules[HOME]


@pytest.fixture
def evolve(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    def run(*, tasks: Any = None, tag: str = "run", **config: Any) -> dict[str, Any]:
        pipeline = settings(
            {
                "folder": str(tmp_path / tag),
                "seed": 3,
                "tasks": {
                    "narrow": {"environment": "doors", "split": "narrow"},
                    "wide": {"environment": "doors", "split": "wide"},
                    "held": {"environment": "doors", "split": "eval"},
                    **(tasks or {}),
                },
                "stages": [
                    {
                        "name": "evolve",
                        "kind": "train",
                        "algorithm": "agentevol",
                        "config": {
                            "learner": "notebook",
                            "initial": "narrow",
                            "explore": "wide",
                            "iterations": 2,
                            **config,
                        },
                    }
                ],
            }
        )
        metrics: dict[str, Any] = dict(Pipeline(pipeline).run()["evolve"]["metrics"])
        return metrics

    return run
