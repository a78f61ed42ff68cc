"""Episodes as TRL's prompt and completion: what an agent was shown and what it is to learn, and the tools that it could call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from agentgym_core.errors import ConfigError
from agentgym_core.types import Message, WeightedTrajectory
from agentgym_tokens import RowCounts, tools_of
from agentgym_tokens.messages import as_dicts


def conversation_rows(
    episodes: Iterable[WeightedTrajectory], *, per_reply: bool = False, counts: RowCounts | None = None
) -> Iterator[dict[str, Any]]:
    """Rows `{"prompt", "completion", "tools"}`: lists of messages, and the tools as JSON text, where there were some.

    A completion starts with the first reply that is to be learned and ends with the last: under `assistant_only_loss` just its replies
    are. A reply between that is not to be learned stands in the prompt of a further row.

    :param per_reply: a row a reply, with all that came before in its prompt: `completion_only_loss`, the default, is enough then.
    :raises ConfigError: an episode has a weight, which a row cannot hold, or it called tools that were not kept.
    """
    counts = RowCounts() if counts is None else counts
    for episode in episodes:
        counts.trajectories += 1
        weights = {episode.weight, *(episode.turns or ())}
        if weights - {0.0, 1.0} or len(weights - {episode.weight}):
            raise ConfigError(
                f"a row of messages cannot hold the weights of episode {episode.trajectory.id}",
                hint="export from the stage before the weighing, or learn with bc",
            )
        messages = episode.trajectory.messages
        tools = tools_of(episode.trajectory)
        shown = {"tools": json.dumps(list(tools), ensure_ascii=False)} if tools else {}
        made = 0
        for start, stop in _spans(messages, per_reply) if episode.weight else ():
            row = as_dicts(messages[:stop])
            yield {"prompt": row[:start], "completion": row[start:], **shown}
            made += 1
        counts.rows += made
        if not made:
            counts.excluded["nothing to learn"] = counts.excluded.get("nothing to learn", 0) + 1


def _spans(messages: Sequence[Message], per_reply: bool) -> Iterator[tuple[int, int]]:
    """Where completions start and stop: from reply to reply, as long as all are to be learned."""
    replies = [
        (index, message.loss is not False) for index, message in enumerate(messages) if message.role == "assistant"
    ]
    for learned, run in groupby(replies, key=lambda reply: reply[1]):
        found = [index for index, _ in run]
        if learned and per_reply:
            yield from ((index, index + 1) for index in found)
        elif learned:
            yield found[0], found[-1] + 1
