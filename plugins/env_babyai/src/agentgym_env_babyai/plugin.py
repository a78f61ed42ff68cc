"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, LegacyProfile, Requirement
from agentgym_env_babyai.levels import LEVELS

_STATE = (("observation", "observation"), ("reward", "score"), ("score", "score"), ("done", "done"))


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="babyai",
            target="agentgym_env_babyai.environment:BabyAIEnvironment",
            config="agentgym_env_babyai.config:BabyAIConfig",
            summary="follow instructions in a grid world of rooms, doors, keys, balls and boxes",
            placement="inline",
            per_host=256,
            kinds=LEVELS,
            legacy=LegacyProfile(
                task="babyai_{index}",
                reset=(*_STATE, ("deleted", "false")),
                step=_STATE,
                observed=(*_STATE, ("deleted", "false")),
            ),
            requires=(Requirement("module", "minigrid", "pip install 'minigrid>=3,<4'"),),
        )
    ]
