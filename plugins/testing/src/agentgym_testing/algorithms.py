"""The conformance tests of algorithms, for pytest: subclass, name the algorithm, done."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import Factory, define

from agentgym_core.algorithm import AlgorithmResult
from agentgym_core.environments.source import class_source
from agentgym_core.errors import AgentGymError
from agentgym_core.pipeline.context import RunContext
from agentgym_core.pipeline.resources import RunResources
from agentgym_core.registry import lookup, make
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice, TaskSet
from agentgym_core.store import encode
from agentgym_core.types import Outcome, RunInfo, WeightedTrajectory
from agentgym_testing.check import require
from agentgym_testing.components import ComponentConformance
from agentgym_testing.samples import Words

ENVIRONMENT = "agentgym-testing-words"


class AlgorithmConformance(ComponentConformance):
    """Every promise that an algorithm makes. Subclass it and set `algorithm` to an id, and `config` where it needs one.

    It is given episodes that an expert played in a small game of words, and that game's tasks under every name that it asks for. Override
    `data` where it learns from something else.
    """

    kind = "algorithm"
    kinds = "algorithms"
    algorithm: ClassVar[str] = ""

    def data(self) -> Sequence[WeightedTrajectory]:
        """What it learns from: expert episodes of equal weight."""
        source = class_source(Words, id=ENVIRONMENT)
        jobs = [Job(source, task) for task in source.tasks("train")]
        return [WeightedTrajectory(trajectory, 1.0) for trajectory in collect(jobs, "expert", keep=True).trajectories]

    def learn(self, folder: Path, data: Sequence[WeightedTrajectory] | None = None) -> AlgorithmResult:
        """Run a fresh one in a folder, on `data` or what the method of that name gives."""
        with _context(folder) as context:
            result: AlgorithmResult = self.make().run(context, self.data() if data is None else data)
            self.told = context.told
        return result

    def mean_score(self, choice: ComponentChoice | None) -> float:
        """What a policy scores on the tasks that were learned from.

        :raises CheckFailed: there is no policy, or it failed in an episode.
        """
        assert choice is not None, f"{self.id()}: its result names no policy"
        source = class_source(Words, id=ENVIRONMENT)
        settings = RolloutSettings(max_failed_fraction=1.0, attempts=1)
        jobs = [Job(source, task) for task in source.tasks("train")]
        played = collect(jobs, choice, settings, keep=True).trajectories
        for trajectory in played:
            require(
                trajectory.outcome is not Outcome.POLICY_FAULT,
                f"{self.id()}: the policy that it learned failed in task {trajectory.key.task!r}: {trajectory.fault}",
            )
        return sum(trajectory.score or 0.0 for trajectory in played) / len(played)

    def test_its_result_is_data(self, tmp_path: Path) -> None:
        """The metrics survive JSON unchanged, and a checkpoint that it names is there."""
        result = self.learn(tmp_path)
        require(
            isinstance(result, AlgorithmResult),
            f"{self.id()}: run() gives a {type(result).__name__}, not an AlgorithmResult",
        )
        metrics = dict(result.metrics)
        require(_as_json(metrics) == metrics, f"{self.id()}: its metrics {metrics!r} are no JSON")
        require(
            not result.checkpoint or Path(result.checkpoint).exists(),
            f"{self.id()}: its checkpoint {result.checkpoint!r} is not there",
        )

    def test_what_was_learned_can_be_played(self, tmp_path: Path) -> None:
        """A learner's result names a policy that anyone can make again from JSON, and that plays."""
        if not lookup("algorithm", self.id()).spec.learner:
            pytest.skip("it announces itself as no learner")
        policy = self.learn(tmp_path).policy
        require(policy is not None, f"{self.id()}: a learner's result must name a policy")
        assert policy is not None
        config = dict(policy.config)
        require(_as_json(config) == config, f"{self.id()}: the policy's configuration {config!r} is no JSON")
        make("policy", policy.id, policy.config, where="policy")
        self.mean_score(policy)

    def test_it_leaves_its_data_as_it_was(self, tmp_path: Path) -> None:
        """Trajectories and weights are read, not changed."""
        data = self.data()
        before = [(encode(item.trajectory), item.weight) for item in data]
        self.learn(tmp_path, data)
        require(
            [(encode(item.trajectory), item.weight) for item in data] == before,
            f"{self.id()}: it changes what it learns from",
        )

    def test_it_can_go_on_in_the_folder_of_another_run(self, tmp_path: Path) -> None:
        """A fresh one over the same folder, as after a kill, comes to the same policy."""
        first, second = self.learn(tmp_path), self.learn(tmp_path)
        require(
            first.policy == second.policy and set(first.metrics) == set(second.metrics),
            f"{self.id()}: run again in its folder it gives {second!r} after {first!r}: keep nothing in the object",
        )

    def test_nothing_to_learn_from_is_no_crash(self, tmp_path: Path) -> None:
        """Without data it returns a result, or says in an `AgentGymError` what it needs."""
        try:
            self.learn(tmp_path, [])
        except AgentGymError as error:
            require(str(error).strip(), f"{self.id()}: its error has no words")

    def test_its_progress_can_be_shown(self, tmp_path: Path) -> None:
        """The progress that it reports is within bounds: done of total, a unit, finite numbers."""
        self.learn(tmp_path)
        for done, total, unit, metrics in self.told:
            require(0 <= done <= total, f"{self.id()}: reports {done} of {total} {unit}")
            require(unit, f"{self.id()}: reports {done} of {total} without a unit")
            require(
                all(math.isfinite(value) for value in metrics.values()), f"{self.id()}: reports metrics {metrics!r}"
            )


class _AnyName(dict[str, Sequence[TaskSet]]):
    """The same tasks under every name; held-out ones where the name is about evaluation."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Sequence[TaskSet]:
        return [TaskSet(ENVIRONMENT, "eval" if "eval" in name else "train")]


@define(eq=False)
class _ListeningContext(RunContext):
    """Keeps the progress that the algorithm reports."""

    told: list[tuple[int, int, str, dict[str, float]]] = Factory(list)

    def progress(self, done: int, total: int, unit: str, metrics: Mapping[str, float] | None = None) -> None:
        self.told.append((done, total, unit, dict(metrics or {})))
        super().progress(done, total, unit, metrics)


@contextmanager
def _context(folder: Path) -> Iterator[_ListeningContext]:
    workshop = RunResources(
        environments={ENVIRONMENT: Words},
        policies={},
        settings=RolloutSettings(attempts=1),
        guard="refuse",
        info=RunInfo("conformance", str(folder)),
    )
    reward = make("reward", "environment")
    with _ListeningContext(folder, workshop, seed=0, tasks=_AnyName(), reward=reward) as context:
        yield context


def _as_json(value: Any) -> Any:
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError):
        return None
