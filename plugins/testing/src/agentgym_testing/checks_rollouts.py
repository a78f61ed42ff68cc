"""Checks of an environment where it will live: in a placement, driven by the loop that drives every rollout."""

from __future__ import annotations

from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import Outcome
from agentgym_testing.check import check, require
from agentgym_testing.subject import Subject

ROUNDS = 2


@check
def turn_limit_truncates(subject: Subject) -> None:
    """In a rollout, off the main thread, an episode that runs out of turns is truncated, and is no fault."""
    weakest = subject.source.spec.placement
    settings = RolloutSettings(
        max_rounds=ROUNDS,
        concurrency=1,
        attempts=1,
        max_failed_fraction=1.0,
        # Users may choose a stronger place than the spec allows, so even the simplest must do without the main thread.
        placement=ComponentChoice("thread" if weakest == "inline" else weakest),
    )
    jobs = [Job(subject.source, task) for task in subject.tasks[:2]]
    for trajectory in collect(jobs, "null", settings, keep=True).trajectories:
        whose = f"{subject.id}: task {trajectory.key.task!r} in a rollout"
        fault = trajectory.fault
        if fault is not None:
            require(False, f"{whose} ends in {trajectory.outcome}: {fault.stage}: {fault.type}: {fault.message}")
        if trajectory.terminated or trajectory.truncation == "environment":
            continue
        require(
            trajectory.outcome is Outcome.TRUNCATED and len(trajectory.turns) == ROUNDS,
            f"{whose} of {ROUNDS} turns ends as {trajectory.outcome} after {len(trajectory.turns)}",
        )
