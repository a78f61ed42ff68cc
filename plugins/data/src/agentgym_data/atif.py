"""Episodes in the Agent Trajectory Interchange Format (ATIF 1.7), as Harbor and others read it.

What the format has no place for stands under `extra.agentgym` of the record, so that reading it gives the same episode again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from agentgym_core import __version__
from agentgym_core.errors import ConfigError
from agentgym_core.store.codec import slim, slim_message, write_json
from agentgym_core.types import Message, ToolCall, Trajectory, Turn, Usage, WeightedTrajectory
from agentgym_data.atif_reading import OURS, messages_of
from agentgym_data.files import WholeFile
from agentgym_data.sidecar import record_digest

VERSION = "ATIF-v1.7"


def to_atif(trajectory: Trajectory) -> dict[str, Any]:
    """The record of an episode.

    A reply is a step of the agent, with its calls, its tokens and what the environment answered. Canned replies are steps of the agent
    that no model was asked for (`llm_call_count` 0). Costs are in the policy's own currency, so they are no `cost_usd`.
    """
    turns = {turn.message: (turn, ids) for turn, ids in zip(trajectory.turns, _prompts(trajectory.turns), strict=True)}
    steps: list[dict[str, Any]] = []
    replying = False
    for index, message in enumerate(trajectory.messages):
        if message.role == "assistant":
            steps.append(_agent(message, *turns.get(index, (None, ()))))
            replying = index in turns
        elif replying and message.role in ("user", "tool"):
            steps[-1].setdefault("observation", {"results": []})["results"].append(_result(message, steps[-1]))
        else:
            steps.append({"source": "system" if message.role == "system" else "user", "message": message.content})
            replying = False
    agent: dict[str, Any] = {"name": "agentgym", "version": __version__}
    if trajectory.key.policy:
        agent["model_name"] = trajectory.key.policy
    if tools := trajectory.info.get("tools"):
        agent["tool_definitions"] = list(tools)
    record: dict[str, Any] = {
        "schema_version": VERSION,
        "session_id": trajectory.id,
        "trajectory_id": trajectory.id,
        "agent": agent,
        "steps": [{"step_id": number, **step} for number, step in enumerate(steps, 1)],
        "final_metrics": {
            **_tokens(trajectory.usage, "total_"),
            "total_steps": len(steps),
            "extra": {
                "score": trajectory.score,
                "success": trajectory.success,
                "outcome": trajectory.outcome.value,
                **_cost(trajectory.usage),
            },
        },
    }
    again = messages_of(record)[0]
    missed = {
        str(index): slim_message(message)
        for index, message in enumerate(trajectory.messages)
        if index >= len(again) or message != again[index]
    }
    kept = {"record": record_digest(record), "trajectory": slim(trajectory, messages=False), "messages": missed}
    return {**record, "extra": {OURS: kept}}


def export(episodes: Iterable[WeightedTrajectory], path: Path) -> int:
    """Write a record a line, or under `.json` an array, and of a single episode the record alone, as Harbor has it in a trial's folder.

    :returns: how many were written.
    :raises ConfigError: an episode has a weight or no messages, which the format cannot hold.
    :raises StoreError: the file cannot be written.
    """
    lines = path.name.removesuffix(".gz").endswith(".jsonl")
    count = 0
    held: list[bytes] = []
    with WholeFile(path) as file:
        for episode in episodes:
            if episode.weight != 1.0 or episode.turns is not None or not episode.trajectory.messages:
                what = "an episode without messages" if not episode.trajectory.messages else "a weight"
                raise ConfigError(
                    f"ATIF cannot hold {what}: {episode.trajectory.id}",
                    hint='export as "jsonl" or "parquet", or from the stage before the weighing',
                )
            text = write_json(to_atif(episode.trajectory))
            if lines:
                file.write(text + b"\n")
            else:
                held.append(text)
            count += 1
        if not lines:
            file.write((held[0] if count == 1 else b"[" + b",\n".join(held) + b"]") + b"\n")
    return count


def _agent(message: Message, turn: Turn | None, prompt: Sequence[int]) -> dict[str, Any]:
    step: dict[str, Any] = {"source": "agent", "message": message.content}
    if message.tool_calls:
        step["tool_calls"] = [_call(call) for call in message.tool_calls]
    if turn is None:
        # A step that no model was asked for may have neither a thought nor figures.
        return {**step, "llm_call_count": 0} if message.loss is False else step
    if message.reasoning is not None:
        step["reasoning_content"] = message.reasoning
    metrics = _tokens(turn.usage)
    if turn.tokens is not None:
        metrics["prompt_token_ids"] = list(prompt)
        metrics["completion_token_ids"] = list(turn.tokens.sampled)
        if turn.tokens.logprobs:
            metrics["logprobs"] = list(turn.tokens.logprobs)
    if cost := _cost(turn.usage):
        metrics["extra"] = cost
    if metrics:
        step["metrics"] = metrics
    return {**step, "llm_call_count": 1, "extra": {"score": turn.score}}


def _call(call: ToolCall) -> dict[str, Any]:
    try:
        arguments = json.loads(call.arguments)
    except (ValueError, RecursionError):
        arguments = None
    found = {"tool_call_id": call.id, "function_name": call.name}
    if isinstance(arguments, dict) and json.dumps(arguments) == call.arguments:
        return {**found, "arguments": arguments}
    # What a model wrote that is no object, or is written otherwise.
    return {**found, "arguments": arguments if isinstance(arguments, dict) else {}, "extra": {"text": call.arguments}}


def _result(message: Message, step: Mapping[str, Any]) -> dict[str, Any]:
    ids = {call["tool_call_id"] for call in step.get("tool_calls", ())}
    if message.role == "tool" and message.tool_call_id in ids:
        return {"source_call_id": message.tool_call_id, "content": message.content}
    return {"content": message.content, "extra": {"role": message.role}}


def _prompts(turns: Sequence[Turn]) -> list[list[int]]:
    """For each turn the ids of all that the model read: a turn that is not fresh has only what came since the one before."""
    found: list[list[int]] = []
    whole: list[int] = []
    for turn in turns:
        tokens = turn.tokens
        if tokens is None:
            whole = []
            found.append([])
            continue
        prompt = list(tokens.prompt) if tokens.fresh or not found else [*whole, *tokens.prompt]
        found.append(prompt)
        whole = [*prompt, *tokens.sampled]
    return found


def _tokens(usage: Usage, start: str = "") -> dict[str, Any]:
    if not (usage.prompt_tokens or usage.completion_tokens):
        return {}
    return {f"{start}prompt_tokens": usage.prompt_tokens, f"{start}completion_tokens": usage.completion_tokens}


def _cost(usage: Usage) -> dict[str, float]:
    return {"cost": usage.cost} if usage.cost else {}
