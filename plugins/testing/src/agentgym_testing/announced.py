"""What this package announces: the scaffold, whose plugins pass the kit at once, and a policy for tests."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import CommandSpec, PolicySpec


@hookimpl
def agentgym_commands() -> list[CommandSpec]:
    return [CommandSpec(name="new", target="agentgym_testing.new", summary="a new plugin whose tests pass")]


@hookimpl
def agentgym_policies() -> list[PolicySpec]:
    return [
        PolicySpec(
            id="scripted",
            target="agentgym_testing.scripted:ScriptedPolicy",
            config="agentgym_testing.scripted:ScriptedConfig",
            summary="repeats actions that were written down",
        )
    ]
