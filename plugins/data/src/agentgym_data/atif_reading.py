"""Records of ATIF as trajectories: ours come back whole, other people's as conversations."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from agentgym_core.errors import StoreError
from agentgym_core.store.codec import from_plain, refuse_disagreement, slim_message
from agentgym_core.types import Message, ToolCall, Trajectory, Usage
from agentgym_data.agenttraj import IMPORTED, from_record, origin_of
from agentgym_data.conversations import write_openai
from agentgym_data.sidecar import record_digest

OURS = "agentgym"
"""The key under `extra` of a record for what ATIF has no place for."""

_HINT = "ATIF is {'schema_version': 'ATIF-v1…', 'agent', 'steps': [{'step_id', 'source', 'message'}]}"
_SOURCES = {"system": "system", "user": "user", "agent": "assistant"}


def is_atif(record: Any) -> bool:
    """Whether a record says that it is ATIF."""
    return isinstance(record, dict) and str(record.get("schema_version", "")).startswith("ATIF-")


def from_atif(record: Mapping[str, Any], where: str, *, environment: str, split: str, name: str) -> Trajectory:
    """The episode of a record. One that was exported here and not changed since comes back whole.

    :raises StoreError: it is no ATIF, or does not tell its environment.
    """
    kept = (record.get("extra") or {}).get(OURS) if isinstance(record.get("extra"), dict) else None
    if isinstance(kept, dict) and kept.get("record") == record_digest(without_ours(record)):
        return _restored(record, kept, where)
    messages, notes = messages_of(record, where)
    agent, metrics = _part(record, "agent"), _part(record, "final_metrics")
    said: dict[str, Any] = {"messages": [write_openai(message) for message in messages]}
    if agent.get("tool_definitions"):
        said["tools"] = agent["tool_definitions"]
    said["id"] = str(record.get("trajectory_id") or record.get("session_id") or name)
    given = _part(metrics, "extra")
    said |= {key: given[of] for key, of in (("reward", "score"), ("success", "success")) if given.get(of) is not None}
    found = from_record(said, environment=environment, split=split, where=where, name=name)
    turns = tuple(
        evolve(turn, usage=_usage(step.get("metrics"))) for turn, step in zip(found.turns, _spoken(record), strict=True)
    )
    usage = sum((turn.usage for turn in turns), Usage())
    totals = _usage(metrics, "total_")
    # It was read through another form, and is not given out again as a record of that.
    origin = {"format": "atif", "outcome": origin_of(found)["outcome"]}
    noted = +(Counter(origin_of(found).get("notes") or {}) + notes)
    info = {IMPORTED: {**origin, **({"notes": dict(sorted(noted.items()))} if noted else {})}}
    if said.get("tools"):
        info["tools"] = said["tools"]
    key = evolve(found.key, policy=str(agent.get("model_name") or agent.get("name") or "atif"))
    return evolve(found, id=key.digest, key=key, turns=turns, usage=totals if totals != Usage() else usage, info=info)


def messages_of(record: Mapping[str, Any], where: str = "record") -> tuple[list[Message], Counter[str]]:
    """The messages of a record's steps, and counts of what was read in a special way.

    :raises StoreError: its steps are none.
    """
    steps = record.get("steps")
    if not isinstance(steps, list) or not steps:
        raise StoreError(f"{where}: has no steps", hint=_HINT)
    notes: Counter[str] = Counter()
    messages: list[Message] = []
    for number, step in enumerate(steps):
        role = _SOURCES.get(str(step.get("source"))) if isinstance(step, dict) else None
        if role is None:
            raise StoreError(f"{where}: steps[{number}] is no step of a system, a user or an agent", hint=_HINT)
        calls = tuple(_call(call, f"{where}: steps[{number}]") for call in step.get("tool_calls") or ())
        canned = step.get("llm_call_count") == 0 or step.get("is_copied_context") is True
        thought = step.get("reasoning_content")
        messages.append(
            Message(
                role,
                _text(step.get("message"), notes),
                loss=None if role != "assistant" else not canned,
                tool_calls=calls,
                reasoning=thought if isinstance(thought, str) else None,
            )
        )
        for result in _part(step, "observation").get("results") or ():
            id = result.get("source_call_id")
            role = "tool" if id is not None else str(_part(result, "extra").get("role", "user"))
            messages.append(
                Message(
                    role if role in ("user", "tool") else "user", _text(result.get("content"), notes), tool_call_id=id
                )
            )
            notes["trajectory of a subagent, which is not read"] += len(result.get("subagent_trajectory_ref") or ())
    return messages, notes


def without_ours(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record without what stands there for this project alone."""
    extra = {key: value for key, value in (record.get("extra") or {}).items() if key != OURS}
    bare = {key: value for key, value in record.items() if key != "extra"}
    return {**bare, "extra": extra} if extra else bare


def _restored(record: Mapping[str, Any], kept: Mapping[str, Any], where: str) -> Trajectory:
    try:
        messages = [slim_message(message) for message in messages_of(record, where)[0]]
        for index, message in sorted(((int(index), message) for index, message in kept["messages"].items())):
            messages[index : index + 1] = [message]
        found = from_plain({**kept["trajectory"], "messages": messages}, Trajectory)
        refuse_disagreement(found)
        return found
    except (StoreError, TypeError, KeyError, ValueError, AttributeError) as error:
        raise StoreError(f"{where}: its extra.{OURS} cannot be read: {error}", hint=f"take extra.{OURS} out") from error


def _spoken(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The steps that are turns: what an agent said itself."""
    return [
        step
        for step in record["steps"]
        if step["source"] == "agent" and step.get("llm_call_count") != 0 and step.get("is_copied_context") is not True
    ]


def _call(call: Any, where: str) -> ToolCall:
    if not isinstance(call, dict) or not isinstance(call.get("function_name"), str):
        raise StoreError(f"{where}: a tool call has no function_name", hint=_HINT)
    text = _part(call, "extra").get("text")
    arguments = text if isinstance(text, str) else json.dumps(call.get("arguments") or {})
    return ToolCall(str(call.get("tool_call_id") or ""), call["function_name"], arguments)


def _text(content: Any, notes: Counter[str]) -> str:
    if isinstance(content, str) or content is None:
        return content or ""
    texts = [part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)]
    notes["part of a content that is no text"] += len(content) - len(texts)
    return "\n".join(texts)


def _usage(metrics: Any, start: str = "") -> Usage:
    found = metrics if isinstance(metrics, dict) else {}
    numbers = [found.get(f"{start}{name}") for name in ("prompt_tokens", "completion_tokens", "cost_usd")]
    read, written, cost = (number if isinstance(number, (int, float)) else 0 for number in numbers)
    return Usage(int(read), int(written), float(cost))


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}
