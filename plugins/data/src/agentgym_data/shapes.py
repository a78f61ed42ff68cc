"""Where a record has its messages and its id, and what it is where it is no episode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from agentgym_core.errors import StoreError

KEYS = ["conversations", "item_id"]
"""AgentTraj's keys, in its order."""


@frozen
class Shape:
    """Where a record has its messages and its id, and what that says."""

    messages: str
    id: str
    task: str
    environment: str


_IDS = ("item_id", "id", "task_id", "task")
_OURS: Mapping[str, str] = {
    "key outcome split": "a line of a run's own file, which needs no import: name its folder to commands such as score and export",
    "record trajectory messages": "the sidecar of an export, which is read where the file is that it lies beside: name that",
    "environment_version messages": "a flat record, which leaves out how each turn went: import what `export --to messages` writes",
}
_OTHERS: Mapping[str, str] = {
    "chosen rejected": "a pair of preferences (DPO), not an episode",
    "instruction output": "an instruction with its answer (Alpaca), not an episode",
    "prompt completion": "a prompt with its completion, not an episode",
    "custom_id response": "an answer of a batch of OpenAI's API, not an episode",
    "custom_id body": "a request of a batch of OpenAI's API, not an episode",
    "eval samples": "a log of inspect_ai, which is not read here",
    "question SQL": "a question of BIRD, not an episode",
    "role content": "a message, not an episode: write all of one conversation as one record",
    "from value": "a message, not an episode: write all of one conversation as one record",
}
"""What records with these keys are: our own other files, and other people's."""


def shape_of(record: Any, where: str, name: str) -> Shape:
    """The shape of a record. :param name: what its task is called where it has no id.

    :raises StoreError: it is no episode; the message says what it is instead.
    """
    if not isinstance(record, dict):
        spoken = (
            isinstance(record, list) and record and isinstance(record[0], dict) and {"role", "from"} & record[0].keys()
        )
        raise StoreError(
            f"{where}: is {type(record).__name__}, not an object with item_id and conversations",
            hint='a conversation by itself is written as {"messages": [...]}'
            if spoken
            else "a plain list of ids is looked at with: agentgym data ids FILE",
        )
    messages = next((key for key in (KEYS[0], "messages") if key in record), "")
    known = _OURS if messages else {**_OURS, **_OTHERS}
    other = next((what for keys, what in known.items() if set(keys.split()) <= record.keys()), "")
    if other:
        raise StoreError(f"{where}: is {other}", hint=_EXPECTED)
    ids = [key for key in _IDS if key in record]
    if not messages:
        missing = KEYS if not ids else KEYS[:1]
        there = ", ".join(str(key)[:40] for key in list(record)[:8]) or "none"
        inside = next((key for key, value in record.items() if _records(value)), None)
        raise StoreError(
            f"{where}: has no {' and no '.join(reversed(missing))}; its keys are: {there}",
            hint=_EXPECTED
            if inside is None
            else f"the records lie under {inside[:40]!r}: write that list to a file of its own",
        )
    if not ids and messages == KEYS[0]:
        raise StoreError(f"{where}: has no item_id", hint=_EXPECTED)
    task = record[ids[0]] if ids else name
    if isinstance(task, int) and not isinstance(task, bool):
        task = str(task)
    if not isinstance(task, str) or not task:
        raise StoreError(f"{where}: {ids[0] if ids else 'the name of its task'} is not a text", hint=_EXPECTED)
    if not record[messages]:
        raise StoreError(
            f"{where}: item {task!r} has no conversation: this is a list of items (AgentEval), not of episodes",
            hint="look at it with: agentgym data ids FILE",
        )
    environment = record.get("environment") if messages == "messages" else None
    return Shape(messages, ids[0] if ids else "", task, environment if isinstance(environment, str) else "")


def _records(value: Any) -> bool:
    """Whether a value is a list of what could be records."""
    return (
        isinstance(value, list)
        and bool(value)
        and isinstance(value[0], dict)
        and bool({KEYS[0], "messages"} & value[0].keys())
    )


_EXPECTED = 'a record is {"item_id", "conversations"} (AgentTraj) or {"messages"} (OpenAI); docs/data.md has both'
