"""One offline page that replays trajectories turn by turn, with search; of two runs it shows the same task side by side."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from agentgym_core.evaluation.rows import plain
from agentgym_core.evaluation.texts import OUTCOME_WORDS
from agentgym_core.types import Message, Trajectory, Turn
from agentgym_viewer.page import asset, closing, embedded_json, esc, opening

LIMIT = 2000


@frozen
class Viewed:
    """What a page holds: `shown` of `total` episodes of each run, and the page's size in bytes."""

    shown: tuple[int, ...]
    total: tuple[int, ...]
    size: int

    @property
    def cut(self) -> bool:
        """Whether the limit left episodes out."""
        return self.shown != self.total


def write_view(
    path: Path, runs: Iterable[tuple[str, Iterable[Trajectory]]], *, title: str = "", limit: int = LIMIT
) -> Viewed:
    """Write the page of one or two runs; one trajectory is held in memory at a time.

    :param runs: names with their trajectories, each read once. :param limit: the most episodes of each run that the page holds; it says
        so where it leaves some out. Of a second run, the tasks of the first one's episodes come first.
    """
    named = list(runs)
    title = title or " and ".join(name for name, _ in named)
    script = asset("view.js")
    index: list[list[Any]] = []
    shown, total = [], []
    wanted: set[tuple[str, str]] = set()
    # A page that was not finished must not take the place of one that was.
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with _removed_unless_moved(aside), aside.open("w", encoding="utf-8", newline="\n") as file:
        file.write(opening(title, styles=("page.css", "view.css"), script=script))
        file.write(_FRAME.replace("TITLE", esc(title)))
        for number, (_, trajectories) in enumerate(named):
            kept = seen = 0
            for trajectory in trajectories:
                seen += 1
                name = (plain(trajectory.key.environment), trajectory.key.task)
                # A second run is read for what stands beside the first, so its other tasks must not use up the limit.
                if kept >= limit or (number and wanted and name not in wanted):
                    continue
                kept += 1
                if not number:
                    wanted.add(name)
                index.append(_summary(trajectory, number))
                block = embedded_json(episode_json(trajectory))
                file.write(f'<script type="application/json" id="e{len(index) - 1}">{block}</script>\n')
            shown.append(kept)
            total.append(seen)
        found = {
            "runs": [name for name, _ in named],
            "episodes": index,
            "shown": shown,
            "total": total,
            "outcomes": OUTCOME_WORDS,
        }
        file.write(f'<script type="application/json" id="index">{embedded_json(found)}</script>\n')
        file.write(closing(script))
        file.flush()
        os.replace(aside, path)
    return Viewed(tuple(shown), tuple(total), path.stat().st_size)


@contextmanager
def _removed_unless_moved(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _summary(trajectory: Trajectory, run: int) -> list[Any]:
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


_FRAME = """<div id="app">
<header>
<h1>TITLE</h1>
<div id="filters">
<input id="search" type="search" placeholder="search all text  ( / )" aria-label="search all text" autocomplete="off" spellcheck="false">
<select id="environment" aria-label="environment"></select>
<select id="outcome" aria-label="outcome"></select>
<select id="order" aria-label="order"></select>
<span id="count" aria-live="polite"></span>
</div>
</header>
<nav id="list" aria-label="episodes" tabindex="-1"></nav>
<main id="detail" tabindex="-1"></main>
<footer id="keys"><kbd>j</kbd> <kbd>k</kbd> episodes <kbd>←</kbd> <kbd>→</kbd> turns <kbd>space</kbd> play
<kbd>a</kbd> all turns <kbd>r</kbd> raw messages <kbd>/</kbd> search <kbd>esc</kbd> clear</footer>
</div>
<noscript><p class="note">This page needs its own script, which reads nothing from outside.</p></noscript>
"""
