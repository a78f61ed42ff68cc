"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, Requirement


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="verifiers",
            target="agentgym_bridge_verifiers.from_verifiers:FromVerifiersEnvironment",
            config="agentgym_bridge_verifiers.from_config:FromVerifiersConfig",
            summary="any taskset of verifiers with one seat and no tools",
            placement="thread",
            requires=(Requirement("module", "verifiers", "run: pip install verifiers"),),
        )
    ]
