"""A report as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from agentgym_core.evaluation.intervals import Estimate
from agentgym_core.evaluation.metrics import Metrics
from agentgym_core.evaluation.report import Group, Overall, Report
from agentgym_core.evaluation.rows import plain
from agentgym_core.evaluation.texts import (
    DASH,
    OUTCOME_WORDS,
    count,
    duration,
    interval,
    number,
    percent,
    told_player,
    told_use,
)
from agentgym_viewer import svg
from agentgym_viewer.page import Card, Cell, Figure, Table, render


@frozen
class _Summary:
    """What stands above the tables for one suite and player."""

    suite: str
    player: str
    cards: Sequence[Card]


def report_page(report: Report) -> str:
    """The page of a report: cards, plots, tables. Text from outside is escaped."""
    return render("report.html", title=report.name or "Evaluation", **report_values(report))


def report_values(report: Report) -> dict[str, Any]:
    """What `report_body.html` shows of a report."""
    names = report.names
    played = bool(report.groups)
    return {
        "lead": _lead(report),
        "texts": report.notes,
        "missing": _missing(report),
        "summaries": [_Summary(item.suite, item.player.label, _cards(item)) for item in report.overall],
        "plots": _plots(report, names) if played else [],
        "scores": _scores(report, names) if played else None,
        "legend": _legend(report),
        "endings": _endings(report, names),
        "outcomes": _outcomes(report, names),
        "rounds": _rounds(report, names),
        "pass_at": _pass_at(report, names),
        "kinds": _kinds(report, names),
    }


def _lead(report: Report) -> str:
    episodes = sum(group.metrics.episodes for group in report.groups)
    who = "; ".join(f"{p.label}{', weights ' + p.weights if p.weights else ''}" for p in report.players)
    more = f" ({told_player(report.player)})" if report.player else ""
    places = len({group.environment for group in report.groups})
    reward = "" if report.reward == "environment" else f" Scored by reward {report.reward}."
    return f"{count(episodes)} episodes in {places} environment{'' if places == 1 else 's'}, played by {who or 'no policy'}{more}.{reward}"


def _missing(report: Report) -> Table | None:
    if not report.missing:
        return None
    return Table(
        ("environment", "to install it"),
        [(name, Cell(command, kind="code")) for name, command in report.missing.items()],
        caption="These environments belong to the suite and are in no figure below.",
        left=frozenset({1}),
    )


def _reward(estimate: Estimate) -> Cell:
    return Cell(number(estimate.value), interval(estimate), estimate.note)


def _rate(estimate: Estimate) -> Cell:
    return Cell(percent(estimate.value), interval(estimate, 100, 1), estimate.note)


def _cards(item: Overall) -> list[Card]:
    several = len(item.environments) > 1
    over = f"mean of {len(item.environments)} environments" if several else plain(item.environments[0])
    pooled = item.pooled
    faults = pooled.episodes - pooled.scored
    cards = [
        Card("success rate", percent(item.macro_success.value), f"{interval(item.macro_success, 100, 1)} {over}"),
        Card("mean reward", number(item.macro_reward.value), f"{interval(item.macro_reward)} {over}"),
        Card("scored episodes", count(pooled.scored), f"of {count(pooled.episodes)}; {count(faults)} not scored"),
        Card("rounds an episode", number(pooled.rounds.mean, 1), f"{duration(pooled.seconds.mean)} an episode"),
        Card("replies", count(pooled.replies), _replies(pooled)),
    ]
    if several:
        detail = f"{interval(pooled.success, 100, 1)} all {count(pooled.tasks)} tasks in one pot"
        cards.insert(1, Card("pooled success rate", percent(pooled.success.value), detail))
    return cards


def _replies(found: Metrics) -> str:
    """What came of the replies, and what they took."""
    counts = (
        (found.unread_replies, "not read"),
        (found.lenient_replies, "read leniently"),
        (found.overlong_replies, "cut at max_tokens"),
        (found.invalid_actions, "of no known form"),
    )
    parts = [f"{count(number)} {words}" for number, words in counts]
    return "; ".join([*parts, told_use(found)])


def _named(report: Report, names: list[str]) -> list[tuple[str, Group]]:
    return list(zip(names, report.groups, strict=True))


def _plots(report: Report, names: list[str]) -> list[Figure]:
    def point(name: str, estimate: Estimate, cell: Cell) -> svg.Point:
        return svg.Point(name, estimate, f"{cell.text} {cell.detail}".strip())

    pairs = [(name, group.metrics) for name, group in _named(report, names)]
    rates = [point(name, found.success, _rate(found.success)) for name, found in pairs]
    rewards = [point(name, found.reward, _reward(found.reward)) for name, found in pairs]
    return [
        Figure(
            "Success rate",
            svg.intervals(rates, "success rate by environment", bounds=(0.0, 1.0), percent=True),
        ),
        Figure("Mean reward", svg.intervals(rewards, "mean reward by environment", bounds=report.bounds)),
    ]


def _scores(report: Report, names: list[str]) -> Table:
    head = (
        "environment",
        "suite",
        "tasks",
        "scored",
        "mean reward",
        "success rate",
        "rounds",
        "cap",
        "tokens in / out",
        "time",
    )
    rows = []
    for name, group in _named(report, names):
        found = group.metrics
        rows.append(
            (
                name,
                group.suite,
                count(found.tasks),
                f"{count(found.scored)} of {count(found.episodes)}",
                _reward(found.reward),
                _rate(found.success),
                number(found.rounds.mean, 1),
                count(group.max_rounds),
                f"{count(found.prompt_tokens.mean)} / {count(found.completion_tokens.mean)}",
                duration(found.seconds.mean),
            )
        )
    return Table(head, rows, caption="Rounds, tokens and time are means over scored episodes.")


def _legend(report: Report) -> dict[str, str]:
    """The outcomes that occurred, with their words; an outcome is the class of its colour too."""
    counted = [group.metrics.outcomes for group in report.groups]
    return {key: words for key, words in OUTCOME_WORDS.items() if any(found[key].count for found in counted)}


def _endings(report: Report, names: list[str]) -> str:
    bars = [
        (name, {key: item.count for key, item in group.metrics.outcomes.items()})
        for name, group in _named(report, names)
    ]
    return svg.stacked(bars, "outcomes by environment")


def _outcomes(report: Report, names: list[str]) -> Table:
    def share(group: Group, key: str) -> str | Cell:
        item = group.metrics.outcomes[key]
        return Cell(str(item.count), f"of {item.denominator}") if item.denominator else DASH

    return Table(
        ("environment", *OUTCOME_WORDS.values()),
        [(name, *(share(group, key) for key in OUTCOME_WORDS)) for name, group in _named(report, names)],
        caption="Each outcome among the episodes in which it could have shown itself.",
    )


def _rounds(report: Report, names: list[str]) -> list[Figure]:
    def cap(group: Group) -> str:
        return f" (at most {group.max_rounds})" if group.max_rounds else ""

    return [
        Figure(f"{name}{cap(group)}", drawn)
        for name, group in _named(report, names)
        if (drawn := svg.histogram(group.rounds_histogram, f"rounds in {name}", limit=group.max_rounds))
    ]


def _pass_at(report: Report, names: list[str]) -> Table:
    rows = [
        (name, f"pass@{k}", _rate(estimate), count(estimate.tasks))
        for name, group in _named(report, names)
        for k, estimate in group.metrics.pass_at.items()
    ]
    return Table(("environment", "k", "estimate", "tasks"), rows)


def _kinds(report: Report, names: list[str]) -> list[tuple[str, Table]]:
    """For each environment that has kinds of tasks, a summary and a table of them."""
    head = ("kind", "tasks", "scored", "mean reward", "success rate")
    found = []
    for name, group in _named(report, names):
        rows = [
            (kind, count(part.tasks), count(part.scored), _reward(part.reward), _rate(part.success))
            for kind, part in group.kinds.items()
        ]
        if rows:
            found.append((f"{name}: {len(rows)} kinds of tasks", Table(head, rows)))
    return found
