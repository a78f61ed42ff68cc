"""The origin of a learner's training rows, kept beside its weights: it leads from a token back to the turn that produced it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import frozen

from agentgym_core.errors import StoreError
from agentgym_core.store.manifest import write_whole
from agentgym_tokens.rows import Span, TrainingRow

FILE = "rows.jsonl"


@frozen
class KeptRow:
    """A training row without its tokens: `tokens` long, of which `trained` carry weight; `spans` say which turn said what."""

    trajectory: str
    tokens: int
    trained: int
    spans: tuple[Span, ...]

    def turn_at(self, position: int) -> Span | None:
        """The span that a token of the row belongs to; None where it was not said by the agent."""
        return next((span for span in self.spans if span.start <= position < span.stop), None)


def keep_rows(folder: Path, rows: Iterable[TrainingRow]) -> None:
    """Write a line for each row, in their order.

    :raises StoreError: the disk is full.
    """
    lines = [
        json.dumps(
            {
                "trajectory": row.trajectory,
                "tokens": len(row.ids),
                "trained": sum(row.mask),
                "spans": [[span.turn, span.start, span.stop] for span in row.spans],
            }
        )
        for row in rows
    ]
    write_whole(folder / FILE, "".join(f"{line}\n" for line in lines).encode())


def kept_rows(folder: Path) -> Iterator[KeptRow]:
    """The rows that a learner kept in its folder; none where it kept none.

    :raises StoreError: they cannot be read.
    """
    file = folder / FILE
    if not file.exists():
        return
    try:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                spans = tuple(Span(turn, start, stop) for turn, start, stop in row["spans"])
                yield KeptRow(row["trajectory"], row["tokens"], row["trained"], spans)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{file}: cannot be read: {error}", hint="learn again: it is written anew") from error
