"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import CommandSpec, EnvironmentSpec, ExtensionSpec


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="openenv",
            target="agentgym_bridge_openenv.from_openenv:FromOpenEnvEnvironment",
            config="agentgym_bridge_openenv.from_openenv:FromOpenEnvConfig",
            summary="any OpenEnv server, also by openenv+ws://host:port",
            placement="thread",
            per_host=64,
            schemes=("openenv+ws", "openenv+wss", "openenv+http", "openenv+https"),
        )
    ]


@hookimpl
def agentgym_extensions() -> list[ExtensionSpec]:
    return [
        ExtensionSpec(
            id="dialect.openenv",
            target="agentgym_bridge_openenv.server:OpenEnv",
            summary="OpenEnv's protocol, under /ENV",
        )
    ]


@hookimpl
def agentgym_commands() -> list[CommandSpec]:
    return [
        CommandSpec(
            name="export-card", target="agentgym_bridge_openenv.card", summary="openenv.yaml and the environment card"
        )
    ]
