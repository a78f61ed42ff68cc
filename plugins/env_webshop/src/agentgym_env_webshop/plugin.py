"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, LegacyProfile


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="webshop",
            target="agentgym_env_webshop.environment:WebShopEnvironment",
            config="agentgym_env_webshop.config:WebShopConfig",
            summary="buy what is asked for in a web shop",
            placement="inline",
            per_host=4096,
            kinds=("webshop",),
            legacy=LegacyProfile(
                session="env_idx",
                index="session_id",
                task="webshop_{index}",
                numbers=6910,
                created=(),
                reset=(("", "observation"), ("", "null")),
                step=(("state", "observation"), ("reward", "score"), ("done", "done"), ("info", "null")),
                extra=(("available_actions", "available_actions"),),
                fails="status",
            ),
        )
    ]
