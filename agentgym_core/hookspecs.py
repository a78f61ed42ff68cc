"""The hooks. Something is a hook only where the caller cannot know which plugins answer, and none or many answers make sense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agentgym_core.hooks import hookspec

if TYPE_CHECKING:
    from agentgym_core import specs
    from agentgym_core.types import RunInfo, Trajectory

# --- announcing: called once, when plugins are loaded; every answer counts, sorted by id ---


@hookspec
def agentgym_environments() -> list[specs.EnvironmentSpec]:  # type: ignore[empty-body]
    """Announce environments."""


@hookspec
def agentgym_policies() -> list[specs.PolicySpec]:  # type: ignore[empty-body]
    """Announce policies."""


@hookspec
def agentgym_rewards() -> list[specs.RewardSpec]:  # type: ignore[empty-body]
    """Announce rewards."""


@hookspec
def agentgym_algorithms() -> list[specs.AlgorithmSpec]:  # type: ignore[empty-body]
    """Announce algorithms and learners."""


@hookspec
def agentgym_placements() -> list[specs.PlacementSpec]:  # type: ignore[empty-body]
    """Announce places where environments can live."""


@hookspec
def agentgym_extensions() -> list[specs.ExtensionSpec]:  # type: ignore[empty-body]
    """Announce parts that core or a library looks up by `POINT.NAME`."""


@hookspec
def agentgym_commands() -> list[specs.CommandSpec]:  # type: ignore[empty-body]
    """Announce verbs of the `agentgym` command; a command's module is imported when the verb is typed."""


# --- observing: data is frozen; an observer cannot change a run, and only `StopRun` can end it ---


@hookspec
def agentgym_run_started(run: RunInfo) -> None:
    """A run folder is open and the first episode is about to start.

    :param run: what is run, and where it is kept.
    """


@hookspec
def agentgym_episode_finished(run: RunInfo, trajectory: Trajectory) -> None:
    """An episode has ended and is stored; faults included.

    :param run: the run that it belongs to.
    :param trajectory: the whole episode, with its outcome.
    """


@hookspec
def agentgym_iteration_finished(run: RunInfo, iteration: int, metrics: Mapping[str, Any]) -> None:
    """An algorithm has finished one of its iterations.

    :param run: the run of the algorithm.
    :param iteration: the number of the iteration, from 0.
    :param metrics: what was measured, JSON values only.
    """


@hookspec
def agentgym_progress(run: RunInfo, stage: str, done: int, total: int, unit: str, metrics: Mapping[str, float]) -> None:
    """A stage has come so far: called when it begins, and then as often as it has something to tell.

    :param run: the run that the stage belongs to.
    :param stage: where it stands among the stages, such as `evolve/learn-1`; empty for the run itself.
    :param done: how much is done, what an earlier run did included.
    :param total: how much there is to do.
    :param unit: what is counted: `episodes`, `steps` or `iterations`.
    :param metrics: how it goes, such as the mean score of the episodes, or the loss of learning.
    """


@hookspec
def agentgym_run_finished(run: RunInfo, outcome: str) -> None:
    """A run has ended; called after errors too.

    :param run: the run.
    :param outcome: `finished`, `stopped`, `interrupted` or `failed`.
    """
