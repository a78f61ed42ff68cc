"""How values are shown on every page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen

from agentgym_core.evaluation.intervals import Estimate
from agentgym_core.evaluation.rows import plain
from agentgym_core.evaluation.texts import DASH, OUTCOME_WORDS, count, duration, interval, number, percent
from agentgym_core.types import Outcome
from agentgym_viewer.workbench.queries import Listed
from agentgym_viewer.workbench.runs import RunState
from agentgym_viewer.workbench.site import url

STATE_WORDS: Mapping[str, str] = {
    "running": "an episode may end at any moment",
    "lost": "its manifest says running, and no process writes to it any more: go on with --resume",
    "finished": "everything that was asked for was played",
    "stopped": "it was stopped before everything was played: go on with --resume",
    "interrupted": "somebody pressed Ctrl-C: go on with --resume",
    "failed": "too many episodes ended in a fault",
    "unknown": "its manifest does not say how it ended",
}


@frozen
class File:
    """An answer that is no page."""

    content: bytes
    kind: str
    headers: Mapping[str, str] = field(factory=dict)


@frozen
class EpisodeLine:
    """An episode as a list shows it."""

    address: str
    task: str
    kind: str
    environment: str
    sample: int
    outcome: str
    words: str
    score: str
    rounds: str
    tokens: str
    cost: str
    seconds: str
    ago: str
    unread: int
    run: str = ""
    hit: str = ""


def episode_line(found: Listed, run: RunState, now: float, *, text: str = "") -> EpisodeLine:
    """An episode of a run, with the way to its replay; where a text was found, to the turn that has it."""
    anchor = f"#turn-{found.turn}" if found.turn else ""
    hit = "" if found.turn is None else "before the first turn" if not found.turn else f"turn {found.turn}"
    return EpisodeLine(
        address=url("run", run.id, "episode", found.line, q=text) + anchor,
        task=found.task,
        kind="" if found.kind == plain(found.environment) else found.kind,
        environment=plain(found.environment),
        sample=found.sample,
        outcome=found.outcome,
        words=OUTCOME_WORDS.get(found.outcome, found.outcome),
        score=DASH if found.score is None else f"{found.score:.2f}",
        rounds=count(found.rounds),
        tokens=count(found.tokens) if found.tokens else DASH,
        cost=f"{found.cost:.4g}" if found.cost else DASH,
        seconds=duration(found.seconds),
        ago=ago(found.ended, now) if found.ended > 1 else DASH,
        unread=found.unread,
        run=run.name,
        hit=hit,
    )


def outcome_shares(outcomes: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """The outcomes that occurred, in their usual order: name, words, how often."""
    return [
        (each.value, OUTCOME_WORDS[each.value], outcomes[each.value]) for each in Outcome if outcomes.get(each.value)
    ]


def ago(at: float, now: float) -> str:
    """How long ago something was, in one or two words."""
    seconds = max(0.0, now - at)
    if seconds < 10:
        return "now"
    for size, word in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {word} ago"
    return f"{seconds:.0f} s ago"


def moment(text: str) -> str:
    """A time of a manifest, as date and minute; as it stands where it is none."""
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M %Z").strip()
    except ValueError:
        return text


def rate_words(rate: float | None) -> str:
    """Episodes a minute."""
    if rate is None:
        return DASH
    return f"{rate / 60:.1f} /s" if rate >= 600 else f"{rate:.0f} /min" if rate >= 10 else f"{rate:.1f} /min"


def rate(estimate: Estimate) -> tuple[str, str]:
    """A share and its interval."""
    return percent(estimate.value), interval(estimate, 100, 1)


def mean(estimate: Estimate) -> tuple[str, str]:
    """A figure and its interval."""
    return number(estimate.value), interval(estimate)


def pretty(value: Any) -> str:
    """A JSON value as a person reads it."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def options(
    counted: Mapping[str, int], chosen: str | None, words: Mapping[str, str] | None = None
) -> Sequence[tuple[str, str, bool]]:
    """What a list of choices offers: value, words with how many there are, and whether it is chosen."""
    found = [
        (
            name or "(none)",
            f"{(words or {}).get(name, name or 'no kind')} ({count(times)})",
            (name or "(none)") == chosen,
        )
        for name, times in sorted(counted.items())
        if times > 0
    ]
    if chosen and not any(each[2] for each in found):
        found.append((chosen, f"{chosen} (0)", True))
    return found
