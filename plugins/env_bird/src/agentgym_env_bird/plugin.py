"""Announces text to SQL, and the benchmark's other measures as a reward."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, LegacyProfile, RewardSpec


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="bird",
            target="agentgym_env_bird.environment:BirdEnvironment",
            config="agentgym_env_bird.config:BirdConfig",
            summary="answer questions about SQLite databases with SQL",
            placement="inline",
            per_host=1024,
            kinds=("bird",),
            legacy=LegacyProfile(
                session="env_idx",
                index="item_id",
                task="sqlgym_{index}",
                numbers=10962,
                created=(),
                reset=(("", "observation"), ("", "null")),
                step=(("state", "observation"), ("reward", "score"), ("done", "done"), ("info", "null")),
                fails="status",
            ),
        )
    ]


@hookimpl
def agentgym_rewards() -> list[RewardSpec]:
    return [
        RewardSpec(
            id="bird_measure",
            target="agentgym_env_bird.rewards:MeasureReward",
            config="agentgym_env_bird.rewards:MeasureConfig",
            summary="a stricter or softer measure of SQL answers: rows, their order, F1 over values, efficiency",
        )
    ]
