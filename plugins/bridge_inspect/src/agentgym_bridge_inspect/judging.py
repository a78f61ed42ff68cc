"""The solver plays an episode by the rollout that `agentgym eval` uses, with inspect's model as the policy; the scorer tells its score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inspect_ai.model import get_model
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from agentgym_bridge_inspect.policy import InspectPolicy, to_inspect
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import AgentGymError
from agentgym_core.rollout import RolloutSettings, rollout
from agentgym_core.rollout.settings import Job
from agentgym_core.types import Outcome, Trajectory

KEPT = "agentgym"
"""Under which name a sample's store holds how its episode ended."""


@solver
def play(
    environment: str,
    config: Mapping[str, Any] | None = None,
    format: str = "react",
    seed: int = 0,
    max_rounds: int = 0,
    style: str = "default",
) -> Solver:
    """Plays the task that a sample's metadata name: one episode a sample and epoch."""
    source: EnvironmentSource = resolve_environment(environment, dict(config or {}) or None)
    settings = RolloutSettings(
        concurrency=1,
        action_format=format,  # type: ignore[arg-type]
        seed=seed,
        max_rounds=max_rounds or None,
        style=style,
        max_failed_fraction=1.0,
    )

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        policy = InspectPolicy(get_model())
        # An epoch is a sample of the same task: the same seeds as `agentgym eval --samples`.
        job = Job(source, source.find(state.metadata["task"]), state.epoch - 1)
        done = await rollout([job], policy, settings, policy_id=str(state.model))
        (trajectory,) = done.trajectories
        state.messages = to_inspect(trajectory.messages)
        if policy.last is not None:
            state.output = policy.last
        state.store.set(KEPT, told(trajectory))
        if not trajectory.outcome.scored and trajectory.outcome is not Outcome.CANCELLED:
            # Not a score of 0: inspect counts it as an error, and can try it again.
            fault = trajectory.fault
            raise AgentGymError(
                f"{trajectory.outcome.value}: {fault.component}: {fault.message}" if fault else trajectory.outcome.value
            )
        state.completed = True
        return state

    return solve


@scorer(metrics={"score": [mean(), stderr()], "success": [mean(), stderr()]})
def episode() -> Scorer:
    """The episode's score in [0, 1] and whether it was solved; nothing where it was not played to its end."""

    async def score(state: TaskState, target: Target) -> Score | None:
        kept = state.store.get(KEPT)
        if not kept or kept["score"] is None:
            return None
        return Score(
            value={"score": kept["score"], "success": float(kept["solved"])},
            answer=kept["actions"][-1] if kept["actions"] else None,
            explanation=f"{kept['outcome']} after {kept['rounds']} rounds",
            metadata=kept,
        )

    return score


def told(trajectory: Trajectory) -> dict[str, Any]:
    """How an episode ended, as JSON values."""
    return {
        "episode": trajectory.id,
        "task": trajectory.key.task,
        "fingerprint": trajectory.fingerprint,
        "outcome": trajectory.outcome.value,
        "score": trajectory.score,
        "solved": trajectory.outcome is Outcome.SOLVED,
        "rounds": len(trajectory.turns),
        "actions": list(trajectory.actions),
    }
