"""Bridge: environments for SkyRL."""

from __future__ import annotations

from typing import Any


def register() -> list[str]:
    """Register every installed environment with skyrl-gym, as `agentgym/ID`, and return the ids. Once in every process."""
    import skyrl_gym.envs.registration

    from agentgym_core.registry import specs

    ids = []
    for spec in specs("environment"):
        id = f"agentgym/{spec.id}"
        if id not in skyrl_gym.envs.registration.registry:
            at = "agentgym_bridge_skyrl.environment:SkyRLEnvironment"
            skyrl_gym.register(id, entry_point=at, kwargs={"environment": spec.id})
        ids.append(id)
    return ids


def rows(environment: str, split: str = "train", limit: int | None = None) -> list[dict[str, Any]]:
    """Rows of SkyRL's data: an empty prompt, which the environment fills, its id, and the task."""
    from agentgym_core.environments import resolve_environment

    tasks = resolve_environment(environment).tasks(split)
    count = len(tasks) if limit is None else min(limit, len(tasks))
    return [
        {"prompt": [], "env_class": f"agentgym/{environment}", "extra_info": {"task": tasks[number].id}}
        for number in range(count)
    ]
