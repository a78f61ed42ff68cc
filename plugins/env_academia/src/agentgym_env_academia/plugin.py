"""Announces the academia."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, LegacyProfile


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="academia",
            target="agentgym_env_academia.environment:AcademiaEnvironment",
            config="agentgym_env_academia.config:AcademiaConfig",
            summary="answer questions about papers and authors with typed tools",
            placement="inline",
            per_host=256,
            kinds=("academia",),
            legacy=LegacyProfile(
                session="env_idx",
                index="id",
                task="tool_academia_{index}",
                numbers=20,
                created=(),
                reset=(),
                fails="status",
                send=(("create", "id", 0),),
                says="Action: {action}",
            ),
        )
    ]
