"""Plays a task of ours by the rollout that `agentgym eval` uses, in the process of verifiers: no program is started for an episode."""

from __future__ import annotations

from typing import Any, Literal

import verifiers.v1 as vf
from openai import APIStatusError, AsyncOpenAI
from verifiers.v1.dialects.chat import message_to_wire

from agentgym_bridge_verifiers.policy import VerifiersPolicy
from agentgym_bridge_verifiers.taskset import KEPT, AgentGymData
from agentgym_core.environments import resolve_environment
from agentgym_core.rollout import RolloutSettings, rollout
from agentgym_core.rollout.settings import Job
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import Outcome, Trajectory


class AgentGymHarnessConfig(vf.HarnessConfig):
    """How tasks are played."""

    id: str = "agentgym-bridge-verifiers"
    format: Literal["react", "function_calling", "json", "code_as_action"] = "react"
    """How an action is written."""
    style: str = "default"
    """What the model is told: `default`, `direct`, `bare`, or a file of a style."""
    max_rounds: int | None = None
    """Limit on replies; the environment's own where absent."""
    seed: int = 0
    """The seed that those of the episodes come from, as in `agentgym eval --seed`."""
    placement: str = ""
    """Where environments live: `inline`, `thread`, `process`; by default the weakest place that an environment allows."""


class AgentGymHarness(vf.Harness[AgentGymHarnessConfig]):
    """The loop of an episode: a reply is read by the environment's grammar, or is a native tool call, and becomes a step.

    In a row that is not ours it asks the model once a segment.
    """

    APPENDS_SYSTEM_PROMPT = True
    SUPPORTS_RESUME = True
    EXECUTES_CODE = False
    NEEDS_CONTAINER = False

    async def launch(
        self,
        ctx: vf.ModelContext,
        trace: vf.Trace,
        runtime: vf.Runtime,
        endpoint: str,
        secret: str,
        mcp_urls: dict[str, str],
        data: vf.TaskData,
    ) -> vf.ProgramResult:
        """Play the episode and leave in the trace how it ended.

        :raises TaskError: the environment failed, so that there is no score. Where the model failed, verifiers raises its own error.
        """
        if not isinstance(data, AgentGymData):
            return await self._reply(ctx, endpoint, secret, data)
        row = data
        source = resolve_environment(row.environment, row.environment_config or None)
        config = self.config
        settings = RolloutSettings(
            concurrency=1,
            action_format=config.format,
            seed=config.seed,
            max_rounds=config.max_rounds,
            style=config.style,
            placement=ComponentChoice(config.placement) if config.placement else None,
            max_failed_fraction=1.0,
        )
        async with VerifiersPolicy(endpoint, secret, ctx.model, lambda: trace.stop_condition is not None) as policy:
            job = Job(source, source.find(str(row.id)))
            done = await rollout([job], policy, settings, policy_id=ctx.model)
        (trajectory,) = done.trajectories
        trace.info[KEPT] = told(trajectory)
        _check(trajectory)
        return vf.ProgramResult(exit_code=0, stdout="", stderr="")

    async def _reply(self, ctx: vf.ModelContext, endpoint: str, secret: str, data: vf.TaskData) -> vf.ProgramResult:
        system, prompt = self.resolve_prompt(data)
        spoken = [vf.UserMessage(content=prompt)] if isinstance(prompt, str) else prompt
        said: Any = [{"role": "system", "content": system}] if system else []
        said += [message_to_wire(each) for each in spoken or ()]
        async with AsyncOpenAI(base_url=endpoint, api_key=secret, timeout=None) as client:
            try:
                await client.chat.completions.create(model=ctx.model, messages=said)
            except APIStatusError as error:
                # Where verifiers has ended the rollout it knows that this call had to fail.
                return vf.ProgramResult(exit_code=1, stdout="", stderr=str(error))
        return vf.ProgramResult(exit_code=0, stdout="", stderr="")


def _check(trajectory: Trajectory) -> None:
    if trajectory.outcome.scored:
        return
    fault = trajectory.fault
    words = f"{fault.component}: {fault.type}: {fault.message}" if fault else "the episode was cut"
    # An error of the model takes the place of this one: verifiers has seen it pass.
    kind = vf.HarnessError if trajectory.outcome is Outcome.POLICY_FAULT else vf.TaskError
    raise kind(f"{trajectory.outcome.value}: {words}")


def told(trajectory: Trajectory) -> dict[str, Any]:
    """How an episode ended, as JSON values."""
    return {
        "task": trajectory.key.task,
        "fingerprint": trajectory.fingerprint,
        "outcome": trajectory.outcome.value,
        "score": trajectory.score,
        "success": trajectory.outcome is Outcome.SOLVED,
        "rounds": len(trajectory.turns),
        "unread": sum(turn.action is None for turn in trajectory.turns),
        "actions": list(trajectory.actions),
    }
