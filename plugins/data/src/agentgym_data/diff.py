"""Where two runs part: for every task that both played, the first thing that is not the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from attrs import Factory, frozen

from agentgym_core.store.codec import write_json
from agentgym_core.store.run import Run
from agentgym_core.types import Trajectory


@frozen
class Parting:
    """One episode that is not the same in both runs.

    `turn` counts from 0; -1 is the first observation, and the number of turns is the end of the episode. `a` and `b` hold what stands
    there in either run, None where the run has no such turn.
    """

    environment: str
    task: str
    sample: int
    turn: int
    a: dict[str, Any] | None
    b: dict[str, Any] | None


@frozen
class Difference:
    """How two runs differ. `same` episodes are alike in observations, actions, scores and outcome, no matter which policy played them."""

    same: int
    partings: tuple[Parting, ...] = Factory(tuple)
    only_a: int = 0
    only_b: int = 0

    @property
    def alike(self) -> bool:
        """Whether both hold the same episodes."""
        return not (self.partings or self.only_a or self.only_b)


_Place = tuple[str, str, int]


def diff(a: Run, b: Run) -> Difference:
    """Compare two runs episode by episode, paired by environment, task and sample.

    Replies are compared by the action that was read from them, and times and tokens not at all. Memory grows by a few bytes a turn.

    :raises StoreError: a run cannot be read.
    """
    marks = {_place(episode): [_mark(row) for row in _rows(episode)] for episode in a.trajectories()}
    total = len(marks)
    found: dict[_Place, tuple[int, dict[str, Any] | None]] = {}
    same = only_b = 0
    for episode in b.trajectories():
        place = _place(episode)
        known = marks.pop(place, None)
        if known is None:
            only_b += 1
            continue
        rows = list(_rows(episode))
        index = next((i for i, row in enumerate(rows) if i >= len(known) or _mark(row) != known[i]), len(rows))
        if index == len(rows) == len(known):
            same += 1
        else:
            found[place] = (index, rows[index] if index < len(rows) else None)
    partings = []
    for episode in a.trajectories() if found else ():
        place = _place(episode)
        if place in found:
            index, other = found[place]
            rows = list(_rows(episode))
            partings.append(Parting(*place, index - 1, rows[index] if index < len(rows) else None, other))
    return Difference(same, tuple(partings), total - same - len(found), only_b)


def _place(episode: Trajectory) -> _Place:
    return (episode.key.environment, episode.key.task, episode.key.sample)


def _rows(episode: Trajectory) -> Iterator[dict[str, Any]]:
    yield {"observation": episode.opening}
    for turn in episode.turns:
        yield {
            "action": turn.action,
            "observation": turn.observation,
            "score": turn.score,
            "ended": turn.terminated or turn.truncated,
        }
    yield {"outcome": episode.outcome.value, "score": episode.score}


def _mark(row: dict[str, Any]) -> bytes:
    return hashlib.blake2b(write_json(row), digest_size=8).digest()
