"""Announces text to SQL, and the benchmark's other measures as rewards."""

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
    at = "agentgym_env_bird.rewards"
    return [
        RewardSpec(
            id="bird_rows",
            target=f"{at}:RowsReward",
            summary="1 where an SQL answer gives the expected rows as often as expected",
        ),
        RewardSpec(
            id="bird_ordered",
            target=f"{at}:OrderedReward",
            summary="1 where an SQL answer also gives them in the order that was asked for",
        ),
        RewardSpec(
            id="bird_soft_f1",
            target=f"{at}:SoftF1Reward",
            summary="how many of the expected values an SQL answer gives, as F1",
        ),
        RewardSpec(
            id="bird_efficiency",
            target=f"{at}:EfficiencyReward",
            summary="1 where a right SQL answer takes no more instructions than the reference, less where it takes more",
        ),
    ]
