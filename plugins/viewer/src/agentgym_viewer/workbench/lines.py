"""One line of a run's file, read for the index: what a list shows, what statistics need, and the text of each turn.

The whole trajectory takes several times as long to make; it is made where an episode is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from agentgym_core.store.codec import decode, decode_head
from agentgym_core.types import EpisodeKey, Outcome


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0


class _Call(msgspec.Struct, gc=False):
    name: str = ""
    arguments: str = ""


class _Message(msgspec.Struct, gc=False):
    role: str
    content: str
    tool_calls: list[_Call] = []
    reasoning: str | None = None


class _Turn(msgspec.Struct, gc=False):
    message: int
    action: str | None = None
    observation: str = ""
    name: str = ""
    error: str | None = None
    notes: list[str] = []
    finish_reason: str = ""


class _Fault(msgspec.Struct, gc=False):
    stage: str = ""
    component: str = ""
    type: str = ""
    message: str = ""


class Line(msgspec.Struct, gc=False):
    """The fields of a `Trajectory` that the index takes, under the same names, so that `evaluation.rows.row` reads both."""

    id: str
    key: EpisodeKey
    split: str
    outcome: Outcome
    messages: list[_Message] = []
    turns: list[_Turn] = []
    opening: str = ""
    kind: str = ""
    fingerprint: str = ""
    score: float | None = None
    success: bool | None = None
    truncation: str = ""
    fault: _Fault | None = None
    usage: _Usage = msgspec.field(default_factory=_Usage)
    started: float = 0.0
    seconds: float = 0.0
    info: dict[str, Any] = {}

    @property
    def environment(self) -> str:
        """As that of `Trajectory`."""
        id, _, version = self.key.environment.rpartition("-v")
        return id if version.isdigit() else self.key.environment


_lines = msgspec.json.Decoder(Line)


def read_line(line: bytes) -> Any:
    """A `Line`, or the `Trajectory` itself where only core's slower reader can read it; both have the same attributes.

    :raises StoreError: it is no episode, or was changed after it was written.
    """
    # Core says what a whole line is, and that its checksum fits.
    decode_head(line)
    try:
        return _lines.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return decode(line)


def texts(episode: Any) -> Iterator[str]:
    """What can be searched: first what the episode is and begins with, then what was said and seen in each turn, in order."""
    key, fault = episode.key, episode.fault
    told = [key.task, episode.kind, episode.split, key.environment, key.policy, episode.id, episode.opening]
    if fault is not None:
        told += [fault.type, fault.message, fault.component]
    yield "\n".join(told)
    messages = episode.messages
    for turn in episode.turns:
        parts = [turn.action or "", turn.observation, turn.error or ""]
        if 0 <= turn.message < len(messages):
            said = messages[turn.message]
            parts += [said.content, said.reasoning or ""]
            parts += [f"{call.name} {call.arguments}" for call in said.tool_calls]
        yield "\n".join(parts)
