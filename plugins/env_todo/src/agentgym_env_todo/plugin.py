"""Announces the to-do list."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, LegacyProfile


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="todo",
            target="agentgym_env_todo.environment:TodoEnvironment",
            config="agentgym_env_todo.config:TodoConfig",
            summary="keep a to-do list with typed tools",
            placement="inline",
            per_host=256,
            kinds=("todo",),
            legacy=LegacyProfile(
                session="env_idx",
                index="id",
                task="todo_{index}",
                numbers=155,
                created=(),
                reset=(),
                fails="status",
                send=(("create", "id", 0),),
                says="Action: {action}",
            ),
        )
    ]
