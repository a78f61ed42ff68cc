"""What a notebook shows of a run, a rollout's summary, a report, a comparison or an episode: the parts of the pages, without a script."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache, singledispatch
from typing import Any

from agentgym_core.errors import StoreError
from agentgym_core.evaluation import Comparison, Report, summarize
from agentgym_core.evaluation.labels import labels_of
from agentgym_core.evaluation.texts import OUTCOME_WORDS, count, duration, number
from agentgym_core.rollout import Summary
from agentgym_core.store import Run
from agentgym_core.types import Trajectory
from agentgym_viewer import svg
from agentgym_viewer.comparison_page import differences
from agentgym_viewer.page import Card, Figure, asset, environment
from agentgym_viewer.replay import episode_json
from agentgym_viewer.report_page import report_values

WHOLE = 5_000
"""Episodes up to which a run is shown with its report; of a larger one only the outcomes are counted, so that a cell is not waited for."""

FIRST, LAST = 20, 5
"""Turns of an episode that are shown: a notebook keeps what it shows, and an episode may have 80,000 of them."""

LONGEST = 4_000
"""Characters of a text that are shown."""


def render(value: Any) -> str:
    """A value as HTML for the output of a cell. Text of models is escaped, and nothing in it is taken for mathematics.

    :raises TypeError: it is nothing that this package draws.
    """
    template, values = _values(value)
    return environment().get_template(f"notebook/{template}.html").render(css=_css(), **values)


@singledispatch
def _values(value: Any) -> tuple[str, Mapping[str, Any]]:
    raise TypeError(f"nothing is known of how a {type(value).__name__} looks in a notebook")


@_values.register
def _(report: Report) -> tuple[str, Mapping[str, Any]]:
    return "report", {"title": report.name or "Evaluation", "facts": {}, **report_values(report)}


@_values.register
def _(comparison: Comparison) -> tuple[str, Mapping[str, Any]]:
    return "comparison", {"title": f"{comparison.a} against {comparison.b}", "found": differences(comparison)}


@_values.register
def _(summary: Summary) -> tuple[str, Mapping[str, Any]]:
    outcomes = {outcome.value: times for outcome, times in summary.outcomes.items()}
    usage = summary.usage
    cost = f", cost {usage.cost:.4g}" if usage.cost else ""
    scored = sum(times for outcome, times in summary.outcomes.items() if outcome.scored)
    cards = [
        Card(
            "episodes", count(summary.played), f"{count(summary.skipped)} were there already" if summary.skipped else ""
        ),
        Card("mean score", number(summary.mean_score), f"of {count(scored)} scored episodes"),
        Card("time", duration(summary.seconds)),
        Card(
            "tokens",
            count(usage.prompt_tokens + usage.completion_tokens),
            f"{count(usage.completion_tokens)} of them written{cost}",
        ),
    ]
    notes = [summary.reason or f"the budget {summary.budget} is spent"] if summary.reason or summary.budget else []
    return _outcomes(f"Rollout, {summary.ended}", outcomes, notes=notes, cards=cards)


@_values.register
def _(run: Run) -> tuple[str, Mapping[str, Any]]:
    title, manifest = run.folder.resolve().name, run.manifest
    facts = {name: str(manifest[name]) for name in ("status", "created", "parent", "stage") if manifest.get(name)}
    facts["folder"] = str(run.folder)
    try:
        # Whoever looks wants to see what can be read, and how much cannot.
        reader = Run.open(run.folder, skip_corrupt=True)
        ends = reader.ends()
        damaged = [f"passed over as damaged: {count(reader.skipped)} of the file's lines"] if reader.skipped else []
        if len(ends) > WHOLE:
            counted = Counter(outcome.value for _, outcome in ends)
            note = f"{count(len(ends))} episodes are too many to report on whenever they are shown; a command does:"
            command = f"agentgym score {shlex.quote(str(run.folder))}"
            return _outcomes(title, counted, facts=facts, notes=[*damaged, note], command=command)
        values = report_values(summarize(reader.trajectories(), labels=labels_of(reader, str(run.folder))))
    except StoreError as error:
        return _outcomes(title, {}, facts=facts, notes=[error.message])
    return "report", {"title": title, "facts": facts, **values, "texts": [*damaged, *values["texts"]]}


@_values.register
def _(trajectory: Trajectory) -> tuple[str, Mapping[str, Any]]:
    found = episode_json(trajectory)
    turns: Sequence[Mapping[str, Any]] = found["turns"]
    chosen = list(enumerate(turns))
    if len(chosen) > FIRST + LAST:
        chosen = chosen[:FIRST] + chosen[-LAST:]
    messages = [{"role": "", "reasoning": "", "text": "", "calls": (), **each} for each in found["messages"]]
    return "episode", {
        "episode": trajectory,
        "words": OUTCOME_WORDS[trajectory.outcome.value],
        "score": number(trajectory.score) if trajectory.score is not None else "",
        "facts": dict(found["facts"]),
        "spark": Figure("score after each turn", svg.spark([turn["score"] or 0.0 for turn in turns]))
        if turns
        else None,
        "opening": messages[: turns[0]["message"]] if turns else messages,
        "turns": [_turn(number, turns, messages) for number, _ in chosen],
        "left_out": count(len(turns) - len(chosen)) if len(turns) > len(chosen) else "",
        "first": FIRST,
        "fault": found["fault"],
        "cut": _cut,
    }


def _turn(place: int, turns: Sequence[Mapping[str, Any]], messages: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """A turn as the template shows it: what was said, and the observation that stands in the messages where it is the same."""
    turn = turns[place]
    before = (turns[place - 1]["score"] or 0.0) if place else 0.0
    change = (turn["score"] or 0.0) - before
    observation = messages[turn["message"] + 1]["text"] if turn.get("same") else turn.get("observation", "")
    return {
        **{
            name: turn.get(name)
            for name in ("action", "error", "notes", "info", "ended", "success", "finish", "tokens")
        },
        "number": place + 1,
        "score": number(turn["score"]),
        "change": f"{change:+.3f}" if abs(change) > 1e-9 else "",
        "said": messages[turn["message"]],
        "observation": observation,
    }


def _outcomes(
    title: str,
    outcomes: Mapping[str, int],
    *,
    facts: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    cards: Sequence[Card] = (),
    command: str = "",
) -> tuple[str, Mapping[str, Any]]:
    shown = {key: outcomes[key] for key in OUTCOME_WORDS if outcomes.get(key)}
    return "outcomes", {
        "title": title,
        "facts": facts or {},
        "notes": notes,
        "cards": cards,
        "legend": {key: OUTCOME_WORDS[key] for key in shown},
        "endings": svg.stacked([("", shown)], "how episodes ended") if shown else "",
        "command": command,
    }


def _cut(text: str) -> str:
    """A text of which the end is left out where it is long."""
    left = len(text) - LONGEST
    return text if left <= 0 else f"{text[:LONGEST]} … {count(left)} more characters"


@lru_cache(maxsize=1)
def _css() -> str:
    """The style sheets of the pages, for what stands within one element; the last rules follow the notebook's own theme."""
    own = "\n".join(re.sub(r"(?m)^(:root|body)(?= )", "&", asset(name)) for name in ("page.css", "episode.css"))
    return f".agentgym {{\n{own}}}\n{asset('notebook.css')}"
