"""The environment of verifiers that plays our tasks with our harness."""

from __future__ import annotations

import verifiers.v1 as vf

from agentgym_bridge_verifiers.harness import AgentGymHarnessConfig
from agentgym_core.errors import ConfigError


class AgentGymEnvConfig(vf.EnvConfig):
    """One seat. It needs no sandbox, since nothing that the model writes is run."""

    agent: vf.AgentConfig = vf.AgentConfig(harness=AgentGymHarnessConfig(), runtime=vf.SubprocessConfig())


class AgentGymEnv(vf.Env[AgentGymEnvConfig]):
    """An episode is one agent at one task.

    :raises ConfigError: another harness was chosen, which could not take a step.
    """

    def __init__(self, config: AgentGymEnvConfig) -> None:
        chosen = config.agent.harness
        if chosen is not None and not isinstance(chosen, AgentGymHarnessConfig):
            raise ConfigError(
                f"the harness {chosen.id!r} cannot play an environment of AgentGym",
                hint="leave --env.agent.harness.id out, or play over OpenEnv: vf-eval openenv",
            )
        super().__init__(config)

    async def run(self, task: vf.Task, agents: vf.Agents) -> None:
        """Play it."""
        await agents.agent.run(task)
