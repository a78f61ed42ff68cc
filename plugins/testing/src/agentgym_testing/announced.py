"""What this package announces: the scaffold, whose plugins pass the kit at once."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import CommandSpec


@hookimpl
def agentgym_commands() -> list[CommandSpec]:
    return [CommandSpec(name="new", target="agentgym_testing.new", summary="a new plugin whose tests pass")]
