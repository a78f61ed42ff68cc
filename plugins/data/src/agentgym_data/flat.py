"""One flat record an episode, for data frames and for other people's trainers: the schema of the JSON Lines and Parquet exports."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from agentgym_core.store.codec import write_json
from agentgym_core.types import Trajectory, WeightedTrajectory
from agentgym_data.conversations import write_openai
from agentgym_data.files import WholeFile

COLUMNS: dict[str, tuple[str, str]] = {
    "id": ("string", "the episode's id within its run"),
    "environment": ("string", "the environment's id"),
    "environment_version": ("string", "the environment's id with its version"),
    "configuration": ("string", "digest of the environment's configuration"),
    "task": ("string", "the task's id"),
    "split": ("string", "the split that the task is from"),
    "kind": ("string", "the kind of task, in the paper's sense"),
    "fingerprint": ("string", "digest of the task's content"),
    "seed": ("string", "the episode's seed, as text: it may exceed 64 bits"),
    "sample": ("int", "which of several samples of the task, from 0"),
    "policy": ("string", "the id of the policy that played"),
    "weights": ("string", "digest of the policy's weights"),
    "action_format": ("string", "react, function_calling, json or code_as_action"),
    "outcome": (
        "string",
        "solved, failed, truncated, policy_fault, environment_fault, infrastructure_fault or cancelled",
    ),
    "score": ("float", "in [0, 1]; null where nothing was measured"),
    "success": ("bool", "the environment's word; null where it gave none"),
    "terminated": ("bool", "whether the environment ended the episode"),
    "truncated": ("bool", "whether the episode was cut"),
    "truncation": ("string", "rounds, context, budget, environment, or empty"),
    "rounds": ("int", "number of replies"),
    "prompt_tokens": ("int", "tokens read, over all replies"),
    "completion_tokens": ("int", "tokens written, over all replies"),
    "cost": ("float", "in the policy's currency; 0 where unknown"),
    "started": ("float", "seconds since 1970"),
    "seconds": ("float", "wall time"),
    "fault": ("string", "stage, component and message of a fault; null where there was none"),
    "messages": (
        "messages",
        "the conversation in OpenAI's form; weight is 1 for replies to learn from, 0 for canned ones",
    ),
    "actions": ("strings", "the canonical actions that reached the environment"),
    "weight": ("float", "the episode's weight in a learning objective; 1 where nothing weighed it"),
}
"""Name, type and meaning of every column, in order."""


def flat(episode: Trajectory | WeightedTrajectory) -> dict[str, Any]:
    """The flat record of an episode; its columns are `COLUMNS`."""
    trajectory = episode.trajectory if isinstance(episode, WeightedTrajectory) else episode
    key, fault = trajectory.key, trajectory.fault
    return {
        "id": trajectory.id,
        "environment": trajectory.environment,
        "environment_version": key.environment,
        "configuration": key.configuration,
        "task": key.task,
        "split": trajectory.split,
        "kind": trajectory.kind,
        "fingerprint": trajectory.fingerprint,
        "seed": str(key.seed),
        "sample": key.sample,
        "policy": key.policy,
        "weights": key.weights,
        "action_format": key.action_format,
        "outcome": trajectory.outcome.value,
        "score": trajectory.score,
        "success": trajectory.success,
        "terminated": trajectory.terminated,
        "truncated": trajectory.truncated,
        "truncation": trajectory.truncation,
        "rounds": len(trajectory.turns),
        "prompt_tokens": trajectory.usage.prompt_tokens,
        "completion_tokens": trajectory.usage.completion_tokens,
        "cost": trajectory.usage.cost,
        "started": trajectory.started,
        "seconds": trajectory.seconds,
        "fault": None if fault is None else f"{fault.stage} {fault.component}: {fault.type}: {fault.message}",
        "messages": [write_openai(message) for message in trajectory.messages],
        "actions": list(trajectory.actions),
        "weight": episode.weight if isinstance(episode, WeightedTrajectory) else 1.0,
    }


def export_jsonl(trajectories: Iterable[Trajectory | WeightedTrajectory], path: str | os.PathLike[str]) -> int:
    """Write one flat record a line, gzipped where the name ends in `.gz`, and return the number of episodes.

    :raises StoreError: the file cannot be written.
    """
    count = 0
    with WholeFile(path) as file:
        for trajectory in trajectories:
            file.write(write_json(flat(trajectory)) + b"\n")
            count += 1
    return count
