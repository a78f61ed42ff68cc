"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, LegacyProfile, Requirement


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="wordle",
            target="agentgym_env_wordle.environment:WordleEnvironment",
            config="agentgym_env_wordle.config:WordleConfig",
            summary="guess a five-letter word in six tries",
            placement="inline",
            per_host=256,
            kinds=("wordle",),
            legacy=LegacyProfile(
                index="seed",
                task="lmrlgym_wordle_{index}",
                numbers=1451,
                create_resets=True,
                reset=(("id", "id"), ("observation", "observation")),
                extra=(("filtered_vocab", "available_actions"),),
            ),
            requires=(Requirement("module", "xkcdpass", "run: pip install xkcdpass"),),
        )
    ]
