"""AgentTraj's records, `{"conversations": [{"from", "loss", "value"}], "item_id"}`, as trajectories and back, losing nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from agentgym_core.errors import StoreError
from agentgym_core.store.codec import plain
from agentgym_core.types import EpisodeKey, Message, Outcome, Trajectory, Turn
from agentgym_data.items import environment_of
from agentgym_data.jsonfile import JsonStyle

IMPORTED = "imported"
"""The entry of a trajectory's `info` that tells where it came from, and what its record had beyond the usual."""

POLICY = "agenttraj"
"""The policy in the key of an imported episode: whoever played it is not known."""

KEYS = ["conversations", "item_id"]
_ASSISTANTS = frozenset({"gpt", "assistant", "model", "chatgpt", "bot"})


def to_record(trajectory: Trajectory) -> dict[str, Any]:
    """The AgentTraj record of a trajectory; of an imported one, exactly the record that it came from."""
    origin = origin_of(trajectory)
    raw = origin.get("raw")
    if isinstance(raw, str):
        record = _reread(raw, trajectory)
        if record is not None:
            return record
    values = {
        **(origin.get("extra") or {}),
        "conversations": [to_conversation(message) for message in trajectory.messages],
        "item_id": trajectory.key.task,
    }
    order = [key for key in origin.get("keys") or KEYS if key in values]
    return {key: values[key] for key in [*order, *(key for key in values if key not in order)]}


def to_line(trajectory: Trajectory, style: JsonStyle) -> str:
    """The JSON text of the record of a trajectory; of an imported line, that line."""
    raw = origin_of(trajectory).get("raw")
    if style.form == "lines" and isinstance(raw, str) and _reread(raw, trajectory) is not None:
        return raw
    return style.dumps(to_record(trajectory))


def origin_of(trajectory: Trajectory) -> Mapping[str, Any]:
    """What an imported trajectory knows of its record; empty for one that was not imported."""
    origin = trajectory.info.get(IMPORTED)
    return origin if isinstance(origin, Mapping) else {}


def _reread(raw: str, trajectory: Trajectory) -> dict[str, Any] | None:
    try:
        record = json.loads(raw)
        same = to_messages(record["conversations"], "") == trajectory.messages
    except (ValueError, KeyError, TypeError, StoreError):
        return None
    return record if same else None


def to_conversation(message: Message) -> dict[str, Any]:
    """One message as AgentTraj writes it. Whoever is not the assistant is `human`; a tool call without text becomes JSON text."""
    speaker = "gpt" if message.role == "assistant" else "human"
    value = message.content
    if not value and message.tool_calls:
        value = "\n".join(
            json.dumps({"function_name": call.name, "arguments": _arguments(call.arguments)}, ensure_ascii=False)
            for call in message.tool_calls
        )
    return {"from": speaker, "loss": message.loss, "value": value}


def _arguments(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def to_messages(conversations: Any, where: str) -> tuple[Message, ...]:
    """The messages of a record's conversations.

    :raises StoreError: it is no list of objects with `from` and `value`.
    """
    if not isinstance(conversations, list):
        raise StoreError(f"{where}: conversations is {type(conversations).__name__}, not a list")
    messages = []
    for index, entry in enumerate(conversations):
        if not isinstance(entry, dict) or not isinstance(entry.get("from"), str) or "value" not in entry:
            raise StoreError(f'{where}: conversations[{index}] is not {{"from", "loss", "value"}}')
        speaker, value, loss = entry["from"], entry["value"], entry.get("loss")
        role = "assistant" if speaker in _ASSISTANTS else "system" if speaker == "system" else "user"
        content = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
        messages.append(Message(role, content, loss=None if loss is None else bool(loss)))
    return tuple(messages)


def from_record(
    record: Any,
    *,
    environment: str = "",
    split: str = "train",
    sample: int = 0,
    where: str = "record",
    text: str = "",
    style: JsonStyle | None = None,
) -> Trajectory:
    """The trajectory of an AgentTraj record.

    Every assistant message that is to be learned from becomes a turn: its action is what follows the last `Action:`, its observation
    the message that comes next, as it was sent. The outcome is the record's own `success` or `reward` where it has them; else it is
    `solved` on the publisher's word, without a score, and `info["imported"]["outcome"]` says `claimed`.

    :param environment: the id of the environment; found from the item id where it is empty.
    :param sample: tells apart several records of one item.
    :param where: names the record in errors.
    :param text: the record's own JSON text, kept where writing the record again would give another.
    :param style: how `text` is written.
    :raises StoreError: it is no such record.
    """
    item_id, messages = _checked(record, where)
    environment = environment or environment_of(item_id)
    if not environment:
        raise StoreError(f"{where}: the id {item_id!r} does not tell its environment", hint="name it: --environment ID")
    outcome, score, success, source = _outcome(record)
    turns = _turns(messages, score or 0.0)
    origin: dict[str, Any] = {"format": "agenttraj", "outcome": source}
    if list(record) != KEYS:
        origin["keys"] = list(record)
    extra = {key: value for key, value in record.items() if key not in KEYS}
    if extra:
        origin["extra"] = plain(extra, where)
    key = EpisodeKey(environment, "", item_id, seed=0, sample=sample, policy=POLICY)
    found = Trajectory(
        id=key.digest,
        key=key,
        split=split,
        outcome=outcome,
        messages=messages,
        turns=turns,
        opening=messages[turns[0].message - 1].content if turns and turns[0].message else "",
        score=score,
        success=success,
        info={IMPORTED: origin},
    )
    as_written = json.dumps(record)
    if json.dumps(to_record(found)) != as_written or (style is not None and style.dumps(record) != text):
        origin["raw"] = text or as_written
    return found


def _checked(record: Any, where: str) -> tuple[str, tuple[Message, ...]]:
    if not isinstance(record, dict):
        raise StoreError(
            f"{where}: is {type(record).__name__}, not an object with item_id and conversations",
            hint="a plain list of ids is looked at with: agentgym data ids FILE",
        )
    missing = [key for key in ("item_id", "conversations") if key not in record]
    if missing:
        raise StoreError(f"{where}: has no {' and no '.join(missing)}", hint="AgentTraj records have both")
    item_id = record["item_id"]
    if isinstance(item_id, int) and not isinstance(item_id, bool):
        item_id = str(item_id)
    if not isinstance(item_id, str) or not item_id:
        raise StoreError(f"{where}: item_id is not a text")
    if not record["conversations"]:
        raise StoreError(
            f"{where}: item {item_id!r} has no conversation: this is a list of items (AgentEval), not of episodes",
            hint="look at it with: agentgym data ids FILE",
        )
    return item_id, to_messages(record["conversations"], where)


def _outcome(record: Mapping[str, Any]) -> tuple[Outcome, float | None, bool | None, str]:
    reward, success = record.get("reward"), record.get("success")
    score = None
    if isinstance(reward, (int, float)) and not isinstance(reward, bool) and 0 <= reward <= 1:
        score = float(reward)
    if success is None and score is None:
        return Outcome.SOLVED, None, None, "claimed"
    solved = bool(success) if success is not None else score == 1.0
    return (Outcome.SOLVED if solved else Outcome.FAILED), score, solved, "recorded"


def _turns(messages: Sequence[Message], score: float) -> tuple[Turn, ...]:
    spoken = [
        index for index, message in enumerate(messages) if message.role == "assistant" and message.loss is not False
    ]
    turns = []
    for index in spoken:
        following = messages[index + 1] if index + 1 < len(messages) else None
        observation = following.content if following is not None and following.role != "assistant" else ""
        action, error = read_action(messages[index].content)
        last = index == spoken[-1]
        turns.append(Turn(index, action, observation, score=score if last else 0.0, error=error))
    return tuple(turns)


def read_action(reply: str) -> tuple[str | None, str | None]:
    """The action of a reply in ReAct form, or None and why there is none."""
    start = reply.rfind("Action:")
    if start < 0:
        return None, "the reply has no 'Action:'"
    action = reply[start + len("Action:") :].strip()
    return (action, None) if action else (None, "nothing follows 'Action:'")
