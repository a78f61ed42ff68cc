"""Announces the films."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, LegacyProfile


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="movie",
            target="agentgym_env_movie.environment:MovieEnvironment",
            config="agentgym_env_movie.config:MovieConfig",
            summary="answer questions about films and film people with typed tools",
            placement="inline",
            per_host=256,
            kinds=("movie",),
            legacy=LegacyProfile(
                session="env_idx",
                index="id",
                task="movie_{index}",
                numbers=238,
                created=(),
                reset=(),
                fails="status",
                send=(("create", "id", 0),),
                says="Action: {action}",
            ),
        )
    ]
