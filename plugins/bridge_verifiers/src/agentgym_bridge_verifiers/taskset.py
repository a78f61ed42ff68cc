"""The tasks of an environment as a taskset of verifiers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import verifiers.v1 as vf
from pydantic import Field

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.rollout import make_environment

KEPT = "agentgym"
"""Under which name the `info` of a trace holds how its episode ended."""


class AgentGymData(vf.TaskData):
    """A row: the task's id, and all that it takes to play it elsewhere. The prompt is the environment's instruction alone."""

    environment: str
    """Its id, or its address."""
    environment_config: dict[str, Any] = Field(default_factory=dict)
    split: str
    kind: str = ""
    fingerprint: str = ""


class AgentGymTask(vf.Task[AgentGymData]):
    """Scored by the environment: the reward is the episode's score in [0, 1]."""

    @property
    def key(self) -> str:
        """The environment, and the task's id in it."""
        return f"{self.data.environment}/{self.data.id}"

    @vf.reward
    async def episode_score(self, trace: vf.Trace) -> float:
        """What the episode earned; nothing where none was played, as `vf-validate` asks of an untouched task."""
        return float(told(trace)["score"]) if trace.nodes else 0.0

    @vf.metric
    async def episode(self, trace: vf.Trace) -> dict[str, float]:
        """Whether it was solved, how many replies it took, and how many of them could not be read."""
        if not trace.nodes:
            return {}
        kept = told(trace)
        return {name: float(kept[name]) for name in ("success", "rounds", "unread")}

    async def validate(self, runtime: vf.Runtime) -> bool | None:
        """Whether the environment's expert solves it; None where there is no expert."""
        return await asyncio.to_thread(solved_by_expert, self.data)


class AgentGymTasksetConfig(vf.TasksetConfig):
    """Which tasks of which environment."""

    environment: str = ""
    """An id, or an address such as `ws://host:8000/textcraft`. It must be given; verifiers makes a configuration without it first."""
    split: str = ""
    """Which tasks; by default the first split that is held out from training."""
    config: dict[str, Any] = Field(default_factory=dict)
    """The environment's configuration."""


class AgentGymTaskset(vf.Taskset[AgentGymTask, AgentGymTasksetConfig]):
    """A task of verifiers for each of ours."""

    def load(self) -> Iterator[AgentGymTask]:
        """The tasks of the split, in its order.

        :raises UnknownComponent, ComponentUnavailable, ConfigError: the environment cannot be made like this.
        """
        config = self.config
        if not config.environment:
            raise ConfigError(
                "the taskset names no environment",
                hint="--env.taskset.environment textcraft; see which there are: agentgym list",
            )
        source = resolve_environment(config.environment, config.config or None)
        description = source.description
        for task in source.tasks(config.split or source.first_split(held_out=True)):
            data = AgentGymData(
                id=task.id,
                name=task.id,
                prompt=description.instruction,
                environment=config.environment,
                environment_config=config.config,
                split=task.split,
                kind=task.kind,
                fingerprint=task.fingerprint,
            )
            yield AgentGymTask(data, config.task)


def told(trace: vf.Trace) -> Mapping[str, Any]:
    """How the trace's episode ended, as the harness left it."""
    kept: Mapping[str, Any] | None = trace.info.get(KEPT)
    if kept is None:
        raise ValueError(
            f"the trace has no {KEPT!r} in its info: the task was not played by the harness of this package"
        )
    return kept


def solved_by_expert(data: AgentGymData) -> bool | None:
    """Play the expert's actions; None where it does not know any."""
    source: EnvironmentSource = resolve_environment(data.environment, data.environment_config or None)
    with make_environment(source, needs=("expert",)) as game:
        game.reset(str(data.id))
        while (move := game.expert()) is not None:
            step = game.step(move.action)
            if step.ended:
                return step.solved
    return None
