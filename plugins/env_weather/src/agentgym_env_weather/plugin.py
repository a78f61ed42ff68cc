"""Announces the weather."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, LegacyProfile


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="weather",
            target="agentgym_env_weather.environment:WeatherEnvironment",
            config="agentgym_env_weather.config:WeatherConfig",
            summary="answer questions about the weather with typed tools",
            placement="inline",
            per_host=256,
            kinds=("weather",),
            legacy=LegacyProfile(
                session="env_idx",
                index="id",
                task="weather_{index}",
                numbers=343,
                created=(),
                reset=(),
                fails="status",
                send=(("create", "id", 0),),
                says="Action: {action}",
            ),
        )
    ]
