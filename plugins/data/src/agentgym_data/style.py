"""Learns a prompt style from conversations in AgentTraj's format, so that none of their text has to be shipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentgym_core.errors import AgentGymError
from agentgym_core.prompts.style import PromptStyle
from agentgym_core.types import Message
from agentgym_data.conversations import read_conversation

_HINT = 'each record must be {"item_id": "…", "conversations": [{"from": "human" or "gpt", "loss": …, "value": "…"}]}'


def style_from_agenttraj(records: Sequence[Mapping[str, Any]], name: str = "agenttraj") -> PromptStyle:
    """The style that conversations have in common.

    The opening is what comes before the message that the first learnable reply answers. What all later observations begin with,
    whole lines of it, is the prefix of a turn; what all first observations begin with is the prefix of the first, up to and with the
    prefix of a turn where that is in it. The suffix is what all observations end with, from a line end on. So a line that all
    observations share counts as style: more records make that less likely. Messages are always rebuilt word for word.

    :raises AgentGymError: where a record has another shape, or the records do not share an opening.
    """
    opening: tuple[Message, ...] | None = None
    first: list[str] = []
    later: list[str] = []
    for number, record in enumerate(records):
        head, observations = _split(record, number)
        if not observations:
            continue
        if opening is None:
            opening = head
        elif head != opening:
            raise AgentGymError(
                f"record {number} ({record.get('item_id', 'without an id')}) does not open like the records before it",
                hint="give the records of one environment only",
            )
        first.append(observations[0])
        later.extend(observations[1:])
    if opening is None:
        raise AgentGymError("there is no conversation to learn a prompt style from", hint=_HINT)
    suffix = _common_suffix([*first, *later])
    turn_prefix = _whole_lines(_common_prefix(later, suffix))
    return PromptStyle(name, opening, _first_prefix(_common_prefix(first, suffix), turn_prefix), turn_prefix, suffix)


def _split(record: Mapping[str, Any], number: int) -> tuple[tuple[Message, ...], list[str]]:
    """The opening of a conversation, and its observations."""
    conversation = record.get("conversations") if isinstance(record, Mapping) else None
    if conversation is None and isinstance(record, Mapping) and "conversations" in record:
        return (), []
    if not isinstance(conversation, list):
        raise AgentGymError(f"record {number} has no list of conversations", hint=_HINT)
    where = f"record {number}: conversations"
    messages = read_conversation(conversation, where).messages
    if not all(isinstance(entry.get("value", entry.get("content")), str) for entry in conversation):
        raise AgentGymError(f"{where}: holds what is not a text", hint=_HINT)
    start = next((at for at, m in enumerate(messages) if m.role == "assistant" and m.loss is not False), None)
    if start is None or start == 0 or messages[start - 1].role != "user":
        return (), []
    return tuple(messages[: start - 1]), [m.content for m in messages[start - 1 :] if m.role == "user"]


def _common_suffix(texts: list[str]) -> str:
    if len(set(texts)) == 1:
        return texts[0][len(texts[0].rstrip("\n")) :]
    common = _common([text[::-1] for text in texts])[::-1]
    cut = common.find("\n")
    return common[cut:] if cut >= 0 else ""


def _common_prefix(texts: list[str], suffix: str) -> str:
    """What all texts begin with before their suffix, if any of them says more than another."""
    bare = {text[: len(text) - len(suffix)] for text in texts}
    if len(bare) == 1:
        # One text alone is all prefix: its last line is then taken for the observation.
        return _whole_lines(bare.pop().rstrip("\n"))
    return _common(list(bare))


def _common(texts: list[str]) -> str:
    if not texts:
        return ""
    least, most = min(texts), max(texts)
    for at, character in enumerate(least):
        if most[at] != character:
            return least[:at]
    return least


def _whole_lines(text: str) -> str:
    return text[: text.rfind("\n") + 1]


def _first_prefix(common: str, turn_prefix: str) -> str:
    if turn_prefix:
        at = common.rfind(turn_prefix)
        if at >= 0:
            return common[: at + len(turn_prefix)]
    return _whole_lines(common)
