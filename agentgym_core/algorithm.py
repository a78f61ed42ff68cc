"""The interface of an algorithm: a run over a context that offers everything it may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from attrs import Factory, field, frozen

from agentgym_core.settings import ComponentChoice, Sampling, TaskSet
from agentgym_core.types import Score, Trajectory, WeightedTrajectory

if TYPE_CHECKING:
    from agentgym_core.environments import EnvironmentSource


@frozen
class LoadedModel:
    """A causal language model as it is in memory after learning, with its tokenizer: what transformers calls by these names."""

    model: Any
    tokenizer: Any


@frozen
class AlgorithmResult:
    """What an algorithm returns. `metrics` holds JSON values; a learner sets `policy` and `checkpoint`.

    `learned` may hold the same weights in memory, so that the policy need not read them again; it is never saved: a resumed
    run has the checkpoint.
    """

    metrics: Mapping[str, Any] = Factory(dict)
    policy: ComponentChoice | None = None
    checkpoint: str = ""
    learned: LoadedModel | None = field(default=None, eq=False, repr=False)


class Context(Protocol):
    """What an algorithm works with. Every call names a stage; a stage that is done returns its saved result: that is resume."""

    folder: Path
    seed: int

    def tasks(self, name: str) -> Sequence[TaskSet]:
        """The tasks that the run's configuration keeps under a name, such as `train`, `explore` or `evaluate`."""

    def source(self, tasks: TaskSet) -> EnvironmentSource:
        """The environment of a task set: its tasks, and what is true of every episode. No engine is started."""

    def rollout(
        self,
        stage: str,
        policy: ComponentChoice,
        tasks: Sequence[TaskSet],
        *,
        samples: int = 1,
        sampling: Sampling | None = None,
        max_rounds: int | None = None,
    ) -> Sequence[Trajectory]:
        """Play the tasks and return every trajectory, faults included.

        :param max_rounds: limit on replies, in place of the environment's own; the run's own limit holds beside it.
        """

    def reward(self, trajectories: Sequence[Trajectory]) -> Sequence[Score | None]:
        """Score trajectories with the run's reward; None for those that were not scored."""

    def evaluate(self, stage: str, policy: ComponentChoice, tasks: Sequence[TaskSet]) -> Mapping[str, Any]:
        """Play held-out tasks and return the report as JSON values."""

    def begin_evaluation(
        self, stage: str, policy: ComponentChoice, tasks: Sequence[TaskSet]
    ) -> Callable[[], Mapping[str, Any]]:
        """As `evaluate`, beside what follows; the report is waited for by calling what is returned.

        The policy is made for it alone, from its configuration: name another device there, or there must be room for both. Evaluations
        that are begun are done one after the other.
        """

    def run(
        self, stage: str, algorithm: str, settings: Mapping[str, Any], data: Sequence[WeightedTrajectory]
    ) -> AlgorithmResult:
        """Run another algorithm on weighted trajectories; the split guard stands here.

        :raises SplitLeak: where the data holds evaluation tasks and the guard refuses them.
        """

    def iteration_finished(self, iteration: int, metrics: Mapping[str, Any]) -> None:
        """Tell observers that an iteration is over."""

    def progress(self, done: int, total: int, unit: str, metrics: Mapping[str, float] | None = None) -> None:
        """Tell observers how far this algorithm has come.

        :param unit: what is counted, such as `steps`. :param metrics: how it goes, such as `{"loss": 0.7}`.
        """


class Algorithm:
    """Runs over a context. State that must survive a restart lives in stages, never in the object."""

    def __init__(self, config: Any = None) -> None:
        self.config = config

    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        """Do the work. A learner learns from `data`."""
        raise NotImplementedError
