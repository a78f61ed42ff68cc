"""Explore and learn, again and again, in a pipeline: the reward goes up."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from types import ModuleType
from typing import Any

import pytest
import torch

from agentgym_core.environment import Description, Environment, TaskList
from agentgym_core.hooks import hookimpl
from agentgym_core.pipeline import Pipeline, settings
from agentgym_core.plugins import Candidate, Plugins, installed, use_plugins
from agentgym_core.specs import ActionSpec, EnvironmentSpec, Parameter
from agentgym_core.types import Action, Message, Step, Task, WeightedTrajectory, digest
from agentgym_learning.testing import Place, episode

pytest.importorskip("agentgym_policy_transformers", reason="the plugin policy_transformers is not installed")
bc = pytest.importorskip("agentgym_algo_bc.learner", reason="the plugin algo_bc is not installed")

HOME = "agentgym_toy_levers"


class Levers(Environment):
    """Two levers, pulled twice; the left one is worth half a point each time."""

    description = Description(
        instruction="Pull.",
        actions=(ActionSpec("pull", (Parameter("side"),), "Pull a lever.", text="pull {side}"),),
        splits={"train": 8, "eval": 4},
        max_rounds=2,
    )

    @classmethod
    def tasks(cls, config: Any, split: str) -> Sequence[Task]:
        return TaskList(
            [f"{split}-{number}" for number in range(cls.description.splits[split])],
            lambda id: Task(id, split, "levers", digest(id)),
        )

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        self.pulled: list[str] = []
        return "Task."

    def step(self, action: Action) -> Step:
        self.pulled.append(action.text)
        score = self.pulled.count("pull a") / 2
        return Step("Seen.", score, terminated=len(self.pulled) == 2, success=score == 1)


@pytest.fixture(autouse=True)
def levers() -> Iterator[None]:
    module = ModuleType(HOME)
    module.Levers = Levers  # type: ignore[attr-defined]

    @hookimpl
    def agentgym_environments() -> list[EnvironmentSpec]:
        return [EnvironmentSpec(id="levers", target=f"{HOME}:Levers")]

    module.agentgym_environments = agentgym_environments  # type: ignore[attr-defined]
    sys.modules[HOME] = module
    wanted = ("core", "algo_grpo", "algo_agentevol", "policy_transformers")
    real = [candidate for candidate in installed() if candidate.name in wanted]
    use_plugins(
        Plugins([*real, Candidate("toy", lambda: module, "toy", "1")], allow=None, block=frozenset(), strict=True)
    )
    yield
    use_plugins(None)
    del sys.modules[HOME]


@pytest.fixture(scope="session")
def undecided(model: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that pulls either lever, as it learned from both."""
    torch.set_num_threads(1)
    data = []
    for number in range(16):
        said = [f"Action:\npull {'ab'[(number >> place) % 2]}" for place in range(2)]
        shown = episode(str(number), said)
        messages = [Message(m.role, {"user": "Seen."}.get(m.role, m.content), loss=m.loss) for m in shown.messages]
        messages[0] = Message("user", "Task.")
        data.append(
            WeightedTrajectory(
                type(shown)(shown.id, shown.key, "train", shown.outcome, tuple(messages), shown.turns, score=1.0)
            )
        )
    config = bc.BCConfig(model=str(model), learning_rate=1e-2, batch_tokens=2048, epochs=120)
    return str(bc.BehaviouralCloning(config).run(Place(tmp_path_factory.mktemp("undecided")), data).checkpoint)


def pipeline(folder: Path, algorithm: str, config: dict[str, Any]) -> dict[str, Any]:
    """The metrics of a training stage."""
    file = settings(
        {
            "folder": str(folder),
            "seed": 1,
            "rollout": {"style": "bare", "sampling": {"max_tokens": 24}},
            "tasks": {
                "train": {"environment": "levers", "limit": 8},
                "held": {"environment": "levers", "split": "eval"},
            },
            "stages": [{"name": "learn", "kind": "train", "algorithm": algorithm, "config": config}],
        }
    )
    return dict(Pipeline(file).run()["learn"]["metrics"])


SETTINGS: dict[str, Any] = {"learning_rate": 1e-3, "batch_tokens": 2048, "log_every": 1}


@pytest.mark.parametrize("lora", [None, {"rank": 8, "alpha": 16}])
def test_the_reward_goes_up(undecided: str, tmp_path: Path, lora: dict[str, int] | None) -> None:
    config = {
        **SETTINGS, "model": undecided, "explore": "train", "evaluate": "held", "iterations": 10, "tasks_per_iteration": 4, "samples": 6,
        "max_tokens": 24, **({"lora": lora, "learning_rate": 5e-3} if lora else {}),
    }  # fmt: skip
    metrics = pipeline(tmp_path / "run", "grpo", config)
    rewards = [row["reward"] for row in metrics["iterations"]]
    assert 0.2 < rewards[0] < 0.8
    assert fmean(rewards[-3:]) > fmean(rewards[:2]) + 0.2
    assert [("evaluation" in row) for row in metrics["iterations"]] == [False] * 9 + [True]
    assert metrics["iterations"][0]["losses"][0]["moved"] < 1e-2
    # Weights that are no longer needed are gone, those at the end are there; and it is not done again.
    kept = sorted(path.parent.name for path in (tmp_path / "run/stages/learn/stages").glob("learn-*/model"))
    assert "learn-10" in kept
    assert len(kept) == 1
    assert pipeline(tmp_path / "run", "grpo", config) == metrics


def test_it_is_a_learner_in_the_papers_loop(undecided: str, tmp_path: Path) -> None:
    pytest.importorskip("agentgym_algo_agentevol")
    config = {
        "learner": "grpo", "cloned": {"id": "transformers", "config": {"model": undecided}}, "explore": "train", "evaluate": "held",
        "iterations": 3, "samples": 6, "max_tokens": 24, "select": "scored", "merge": "none", "start": "continue",
        "learner_config": {**SETTINGS, "model": undecided},
    }  # fmt: skip
    metrics = pipeline(tmp_path / "run", "agentevol", config)
    rows = metrics["iterations"]
    assert [row["learner"].get("episodes") for row in rows[1:]] == [48, 48, 48]
    assert rows[-1]["learner"]["reward"] > rows[1]["learner"]["reward"]
