"""One offline page that replays trajectories turn by turn, with search; of two runs it shows the same task side by side."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from agentgym_core.evaluation.rows import plain
from agentgym_core.evaluation.texts import OUTCOME_WORDS
from agentgym_core.types import Message, Trajectory, Turn
from agentgym_viewer.page import asset, stream
from agentgym_viewer.pictures import attachment

LIMIT = 2000
PICTURES = 64_000_000
"""Bytes of pictures that a page holds at most: later ones are left out, and the page's owner is told."""


@frozen
class Viewed:
    """What a page holds: `shown` of `total` episodes of each run, and the page's size in bytes."""

    shown: tuple[int, ...]
    total: tuple[int, ...]
    size: int
    pictures: int = 0
    """Pictures that the page holds no room for."""

    @property
    def cut(self) -> bool:
        """Whether the limit left episodes out."""
        return self.shown != self.total


def write_view(
    path: Path,
    runs: Iterable[tuple[str, Iterable[Trajectory]]],
    *,
    title: str = "",
    limit: int = LIMIT,
    folders: Sequence[Path] = (),
) -> Viewed:
    """Write the page of one or two runs; one trajectory is held in memory at a time.

    :param runs: names with their trajectories, each read once. :param limit: the most episodes of each run that the page holds; it says
        so where it leaves some out. Of a second run, the tasks of the first one's episodes come first.
    :param folders: those of the runs, in the same order, for the pictures that are kept there.
    """
    named = list(runs)
    title = title or " and ".join(name for name, _ in named)
    chosen = _Chosen(named, limit, folders)
    page = stream(
        "replay.html",
        title=title,
        styles=("page.css", "episode.css", "view.css"),
        script=asset("episode.js") + asset("view.js"),
        episodes=chosen.episodes(),
        index=chosen.index,
    )
    # A page that was not finished must not take the place of one that was.
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with _removed_unless_moved(aside), aside.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(page)
        file.flush()
        os.replace(aside, path)
    return Viewed(tuple(chosen.shown), tuple(chosen.total), path.stat().st_size, chosen.without)


class _Chosen:
    """The episodes that a page holds, read as the page is written, and its list of them, which is known when all are read."""

    def __init__(self, runs: Sequence[tuple[str, Iterable[Trajectory]]], limit: int, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._room = PICTURES
        self.without = 0
        self.shown = [0] * len(runs)
        self.total = [0] * len(runs)
        self._runs = runs
        self._limit = limit
        self._summaries: list[list[Any]] = []

    def episodes(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each episode with its number on the page."""
        wanted: set[tuple[str, str]] = set()
        for run, (_, trajectories) in enumerate(self._runs):
            for trajectory in trajectories:
                self.total[run] += 1
                name = (plain(trajectory.key.environment), trajectory.key.task)
                # A second run is read for what stands beside the first, so its other tasks must not use up the limit.
                if self.shown[run] >= self._limit or (run and wanted and name not in wanted):
                    continue
                self.shown[run] += 1
                if not run:
                    wanted.add(name)
                self._summaries.append(summary(trajectory, run))
                yield len(self._summaries) - 1, episode_json(trajectory) | self._pictures(trajectory, run)

    def _pictures(self, trajectory: Trajectory, run: int) -> dict[str, Any]:
        """What was seen, by the place of its message; as data within the page, which reads nothing from outside."""
        found: dict[str, str] = {}
        drawn: dict[str, dict[str, str]] = {}
        names = trajectory.info.get("pictures") if run < len(self._folders) else None
        for place, name in names.items() if isinstance(names, Mapping) else ():
            picture = attachment(self._folders[run], str(name))
            if picture is None:
                continue
            if len(picture) > self._room:
                self.without += 1
                continue
            self._room -= len(picture)
            if str(name).endswith(".html"):
                drawn[str(place)] = {"html": picture.decode("utf-8", "replace")}
            else:
                found[str(place)] = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
        return {name: value for name, value in (("pictures", found), ("renderings", drawn)) if value}

    def index(self) -> dict[str, Any]:
        """What the page's script reads first: the list of episodes, and how many there were."""
        return {
            "runs": [name for name, _ in self._runs],
            "episodes": self._summaries,
            "shown": self.shown,
            "total": self.total,
            "outcomes": OUTCOME_WORDS,
        }


@contextmanager
def _removed_unless_moved(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def summary(trajectory: Trajectory, run: int) -> list[Any]:
    """An episode in the page's list of them."""
    key = trajectory.key
    return [
        run,
        trajectory.environment,
        key.task,
        key.sample,
        trajectory.outcome.value,
        _finite(trajectory.score),
        len(trajectory.turns),
        trajectory.kind,
        trajectory.id,
    ]


def episode_json(trajectory: Trajectory) -> dict[str, Any]:
    """An episode as the page's script reads it: everything that a person may want to see, no token ids."""
    key, fault = trajectory.key, trajectory.fault
    facts = {
        "environment": key.environment,
        "configuration": key.configuration,
        "task": key.task,
        "kind": trajectory.kind,
        "split": trajectory.split,
        "seed": key.seed,
        "sample": key.sample,
        "policy": key.policy,
        "weights": key.weights,
        "action format": key.action_format,
        "prompt style": key.prompt_style,
        "ended by": trajectory.truncation,
        "seconds": round(trajectory.seconds, 3),
        "tokens in": trajectory.usage.prompt_tokens,
        "tokens out": trajectory.usage.completion_tokens,
    }
    return {
        "facts": [[name, str(value)] for name, value in facts.items() if value not in ("", None)],
        "success": trajectory.success,
        "opening": trajectory.opening,
        "messages": [_message(message) for message in trajectory.messages],
        "turns": [_turn(turn, trajectory.messages) for turn in trajectory.turns],
        "fault": None
        if fault is None
        else {
            "where": f"{fault.stage}, turn {fault.turn}, {fault.component}",
            "what": f"{fault.type}: {fault.message}",
            "traceback": fault.traceback,
        },
    }


def _message(message: Message) -> dict[str, Any]:
    calls = [f"{call.name}({call.arguments})" for call in message.tool_calls]
    found = {"role": message.role, "text": message.content, "reasoning": message.reasoning or "", "calls": calls}
    return {name: value for name, value in found.items() if value}


def _turn(turn: Turn, messages: Sequence[Message]) -> dict[str, Any]:
    # Most observations reach the policy as they are: the page then holds their text once.
    after = turn.message + 1
    same = after < len(messages) and messages[after].content == turn.observation
    ended = "terminated" if turn.terminated else "truncated" if turn.truncated else ""
    found = {
        "message": turn.message,
        "action": turn.action,
        "observation": "" if same else turn.observation,
        "same": same or None,
        "score": _finite(turn.score),
        "success": turn.success,
        "error": turn.error or "",
        "notes": list(turn.notes),
        "info": "" if not turn.info else _shown(dict(turn.info)),
        "finish": turn.finish_reason,
        "ended": ended,
        "tokens": turn.usage.completion_tokens,
    }
    return {name: value for name, value in found.items() if value not in ("", None, []) or name in ("action", "score")}


def _finite(value: float | None) -> float | None:
    return value if value is not None and abs(value) < float("inf") else None


def _shown(info: dict[str, Any]) -> str:
    import json

    return json.dumps(info, ensure_ascii=False, default=str, indent=1)
