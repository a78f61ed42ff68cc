"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import CommandSpec, PolicySpec


@hookimpl
def agentgym_commands() -> list[CommandSpec]:
    return [
        CommandSpec(
            name="play", target="agentgym_play.command", summary="play an environment yourself; the episode is kept"
        )
    ]


@hookimpl
def agentgym_policies() -> list[PolicySpec]:
    return [
        PolicySpec(
            id="human",
            target="agentgym_play.human:HumanPolicy",
            summary="asks the person at the terminal",
            needs=("available_actions",),
        )
    ]
