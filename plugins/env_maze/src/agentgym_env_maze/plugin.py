"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, LegacyProfile


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="maze",
            target="agentgym_env_maze.environment:MazeEnvironment",
            config="agentgym_env_maze.config:MazeConfig",
            summary="find the way to the goal of a maze, step by step",
            placement="inline",
            per_host=256,
            kinds=("maze",),
            legacy=LegacyProfile(
                index="game",
                task="lmrlgym_maze_{index}",
                fallback="agenteval",
                reset=(("observation", "observation"),),
                extra=(("available_actions", "available_actions"),),
            ),
        )
    ]
