"""Records of conversations as trajectories and back, losing nothing.

AgentTraj's are `{"conversations": [{"from", "loss", "value"}], "item_id"}`; AgentGym's evaluators of API models write `role` and `content`
there; OpenAI's files have `messages`, and `tools` beside.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from agentgym_core.errors import StoreError
from agentgym_core.store.codec import plain
from agentgym_core.types import EpisodeKey, Message, Trajectory, Turn
from agentgym_data.conversations import Read, read_conversation, write_agenttraj, write_openai
from agentgym_data.items import environment_of
from agentgym_data.jsonstyle import JsonStyle
from agentgym_data.outcomes import Ending, ending
from agentgym_data.shapes import KEYS, Shape, shape_of

IMPORTED = "imported"
"""The entry of a trajectory's `info` that tells where it came from, and what its record had beyond the usual."""

POLICIES = ("agenttraj", "messages")
"""The policy in the key of an imported episode, by the form of its record: the policy that played it is not known."""

LAYOUT = ("raw", "before")
"""What an imported trajectory knows of how its record was written: the text, where writing the record again gives another, and what stood
before it."""


def to_record(trajectory: Trajectory) -> dict[str, Any]:
    """The AgentTraj record of a trajectory; of one imported from such a file, exactly the record that it came from."""
    origin = origin_of(trajectory)
    if origin.get("format") == "messages":
        origin = {}
    record = _reread(origin, trajectory)
    return _fresh(trajectory, origin, "conversations", "item_id") if record is None else record


def to_openai_record(trajectory: Trajectory, tools: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """The record of a trajectory in OpenAI's form, `{"messages", "tools"}`; of one imported from such a file, exactly that record.

    :param tools: what the episode could call; left out where there are none.
    """
    origin = origin_of(trajectory)
    if origin.get("format") != "messages":
        found: dict[str, Any] = {"messages": [write_openai(message) for message in trajectory.messages]}
        return {**found, "tools": list(tools)} if tools else found
    record = _reread(origin, trajectory)
    return _fresh(trajectory, origin, "messages", "") if record is None else record


def _fresh(trajectory: Trajectory, origin: Mapping[str, Any], messages: str, id: str) -> dict[str, Any]:
    write = (lambda message: _bare(message, origin)) if origin.get("roles") else write_agenttraj
    values = {**(origin.get("extra") or {}), messages: [write(message) for message in trajectory.messages]}
    id = origin.get("id", id)
    if id:
        values[id] = trajectory.key.task
    order = [key for key in origin.get("keys") or (messages, id) if key in values]
    return {key: values[key] for key in [*order, *(key for key in values if key not in order)]}


def _bare(message: Message, origin: Mapping[str, Any]) -> dict[str, Any]:
    """A message with its role; what is to be learned is said only where the record said it."""
    message = message if origin.get("flagged") else evolve(message, loss=None)
    return write_openai(message, reasoning="reasoning_content" if origin.get("format") == "agenttraj" else "reasoning")


def record_text(record: Mapping[str, Any], trajectory: Trajectory, style: JsonStyle, *, as_it_was: bool) -> str:
    """The JSON text of a record that a trajectory gave; of an imported one, the text that stood in its file.

    :param as_it_was: whether it goes into a file of the layout that it came from.
    """
    raw = origin_of(trajectory).get("raw")
    if isinstance(raw, str) and (as_it_was or (style.form == "lines" and "\n" not in raw)) and _loads(raw) == record:
        return raw
    return style.dumps(record)


def origin_of(trajectory: Trajectory) -> Mapping[str, Any]:
    """What an imported trajectory knows of its record; empty for one that was not imported."""
    origin = trajectory.info.get(IMPORTED)
    return origin if isinstance(origin, Mapping) else {}


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _reread(origin: Mapping[str, Any], trajectory: Trajectory) -> dict[str, Any] | None:
    """The record of which a trajectory came, where it still says the same."""
    raw = origin.get("raw")
    record = _loads(raw) if isinstance(raw, str) else None
    if not isinstance(record, dict):
        return None
    try:
        found = shape_of(record, "", str(trajectory.key.task))
        same = read_conversation(record[found.messages], "").messages == trajectory.messages
    except (KeyError, TypeError, StoreError):
        return None
    return record if same and found.task == trajectory.key.task else None


def from_record(
    record: Any,
    *,
    environment: str = "",
    split: str = "train",
    sample: int = 0,
    where: str = "record",
    text: str = "",
    style: JsonStyle | None = None,
    name: str = "",
) -> Trajectory:
    """The trajectory of a record, in AgentTraj's form or OpenAI's.

    Every assistant message that is to be learned from becomes a turn: its action is its first tool call, or what follows the last
    `Action:`; its observation is what comes next, as it was sent. The outcome is the record's own `reward` or `success`, as `ending`
    says; where it has neither it is `solved` on the publisher's word, without a score, and `info["imported"]["outcome"]` says `claimed`.

    :param environment: the id of the environment; found from the item id where it is empty.
    :param sample: tells apart several records of one item.
    :param where: names the record in errors.
    :param text: the record's own JSON text, kept where writing the record again would give another.
    :param style: how `text` is written.
    :param name: what the task is called where the record has no id.
    :raises StoreError: it is no such record.
    """
    shape = shape_of(record, where, name)
    environment = environment or shape.environment or environment_of(shape.task)
    if not environment:
        raise StoreError(
            f"{where}: the id {shape.task[:80]!r} does not name its environment", hint="name it: --environment ID"
        )
    form = "agenttraj" if shape.messages == KEYS[0] else "messages"
    read = read_conversation(record[shape.messages], f"{where}: {shape.messages}")
    bare, _, version = environment.rpartition("-v")
    end = ending(record, bare if version.isdigit() else environment)
    turns = _turns(read.messages, end.score or 0.0)
    key = EpisodeKey(environment, "", shape.task, seed=0, sample=sample, policy=form)
    found = Trajectory(
        id=key.digest,
        key=key,
        split=split,
        outcome=end.outcome,
        messages=read.messages,
        turns=turns,
        opening=read.messages[turns[0].message - 1].content if turns and turns[0].message else "",
        score=end.score,
        success=end.success,
        info={IMPORTED: _origin(record, form, shape, read, end, where)},
    )
    again = to_record(found) if form == "agenttraj" else to_openai_record(found)
    if style is not None and text:
        same = style.dumps(again) == text
    else:
        text = text or json.dumps(record)
        same = json.dumps(again) == json.dumps(record)
    if not same:
        found.info[IMPORTED]["raw"] = text
    return found


def _origin(record: Mapping[str, Any], form: str, shape: Shape, read: Read, end: Ending, where: str) -> dict[str, Any]:
    origin: dict[str, Any] = {"format": form, "outcome": end.source}
    if "role" in record[shape.messages][0]:
        origin["roles"] = True
        origin["flagged"] = read.flagged
    usual_id = KEYS[1] if form == "agenttraj" else ""
    if shape.id != usual_id:
        origin["id"] = shape.id
    usual = [key for key in (shape.messages, shape.id) if key]
    if list(record) != usual:
        origin["keys"] = list(record)
    extra = {key: value for key, value in record.items() if key not in usual}
    if extra:
        origin["extra"] = plain(extra, where)
    if not any(message.role == "assistant" and message.loss is not False for message in read.messages):
        read.notes["an episode without a reply to learn from"] += 1
    if notes := read.notes + end.notes:
        origin["notes"] = dict(sorted(notes.items()))
    return origin


def _turns(messages: Sequence[Message], score: float) -> tuple[Turn, ...]:
    spoken = [
        index for index, message in enumerate(messages) if message.role == "assistant" and message.loss is not False
    ]
    turns = []
    for index in spoken:
        action, error, name = _action(messages[index])
        last = index == spoken[-1]
        observation = _answer(messages, index + 1)
        turns.append(Turn(index, action, observation, score=score if last else 0.0, name=name, error=error))
    return tuple(turns)


def _answer(messages: Sequence[Message], start: int) -> str:
    """What answers a reply: the next message, and of several tool calls the answers to all."""
    end = start
    while end < len(messages) and messages[end].role != "assistant" and (end == start or messages[end].role == "tool"):
        end += 1
    return "\n".join([message.content for message in messages[start:end]])


def _action(message: Message) -> tuple[str | None, str | None, str]:
    if message.tool_calls:
        call = message.tool_calls[0]
        return f"{call.name} with Action Input: {call.arguments or '{}'}", None, call.name
    return *read_action(message.content), ""


# The mark of an action, which some data sets write in capitals.
_ACTION = re.compile(r"Action:|ACTION:")


def read_action(reply: str) -> tuple[str | None, str | None]:
    """The action of a reply in ReAct form, or None and why there is none."""
    marks = list(_ACTION.finditer(reply))
    if not marks:
        return None, "the reply has no 'Action:'"
    action = reply[marks[-1].end() :].strip()
    return (action, None) if action else (None, "nothing follows 'Action:'")
