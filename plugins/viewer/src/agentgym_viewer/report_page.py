"""A report as one self-contained HTML page."""

from __future__ import annotations

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
from agentgym_viewer.page import closing, esc, opening, table

METHODS = """
<h2>How to read this</h2>
<p class="hint">Every task counts the same; several samples of a task are averaged first. Episodes that ended in a fault or were cancelled
are never scored: they are counted with their own denominators. Intervals hold at 95 %. Success rates: Wilson's interval; with several
samples a task, at the effective number of episodes. Rewards: a bootstrap over tasks (BCa, seeded); where every task gave the same value,
an exact bound on what such a sample can miss. Means over environments give each environment the same weight, and their interval is
put together from those of the environments. No interval is shown where there is one task only. pass@k is the unbiased estimate over
the tasks that have at least k scored samples. Figures of different suites are never put together.</p>
"""


def report_page(report: Report) -> str:
    """The page of a report: cards, plots, tables. Text from outside is escaped."""
    title = report.name or "Evaluation"
    names = report.names
    parts = [
        opening(title),
        f"<main>\n<h1>{esc(title)}</h1>\n",
        f'<p class="lead">{esc(_lead(report))}</p>\n',
        *(f'<p class="note">{esc(note)}</p>\n' for note in report.notes),
        _missing(report),
        *(_cards(item) for item in report.overall),
    ]
    if report.groups:
        parts += [
            _plots(report, names),
            _scores(report, names),
            _outcomes(report, names),
            _rounds(report, names),
            _pass_at(report, names),
            _kinds(report, names),
            METHODS,
        ]
    else:
        parts.append('<p class="note">There are no episodes.</p>\n')
    return "".join([*parts, "</main>\n", closing()])


def _lead(report: Report) -> str:
    episodes = sum(group.metrics.episodes for group in report.groups)
    who = "; ".join(f"{p.label}{', weights ' + p.weights if p.weights else ''}" for p in report.players)
    more = f" ({told_player(report.player)})" if report.player else ""
    places = len({group.environment for group in report.groups})
    reward = "" if report.reward == "environment" else f" Scored by reward {report.reward}."
    return f"{count(episodes)} episodes in {places} environment{'' if places == 1 else 's'}, played by {who or 'nobody'}{more}.{reward}"


def _missing(report: Report) -> str:
    if not report.missing:
        return ""
    rows = [(esc(name), f"<code>{esc(command)}</code>") for name, command in report.missing.items()]
    return "<h2>Not here</h2>\n" + table(
        ("environment", "to install it"),
        rows,
        caption="These environments belong to the suite and are in no figure below.",
        left=frozenset({1}),
    )


def _cell(estimate: Estimate, rate: bool) -> str:
    value = percent(estimate.value) if rate else number(estimate.value)
    found = interval(estimate, 100 if rate else 1, 1 if rate else 3)
    note = f' title="{esc(estimate.note)}"' if estimate.note else ""
    return f'<span{note}>{value}</span><span class="ci">{found}</span>'


def _cards(item: Overall) -> str:
    several = len(item.environments) > 1
    over = f"mean of {len(item.environments)} environments" if several else plain(item.environments[0])
    pooled = item.pooled
    faults = pooled.episodes - pooled.scored
    cards = [
        ("success rate", percent(item.macro_success.value), f"{interval(item.macro_success, 100, 1)} {over}"),
        ("mean reward", number(item.macro_reward.value), f"{interval(item.macro_reward)} {over}"),
        ("scored episodes", count(pooled.scored), f"of {count(pooled.episodes)}; {count(faults)} not scored"),
        ("rounds an episode", number(pooled.rounds.mean, 1), f"{duration(pooled.seconds.mean)} an episode"),
        ("replies", count(pooled.replies), _replies(pooled)),
    ]
    if several:
        detail = f"{interval(pooled.success, 100, 1)} all {count(pooled.tasks)} tasks in one pot"
        cards.insert(1, ("pooled success rate", percent(pooled.success.value), detail))
    shown = "".join(
        f'<div class="card"><small class="what">{esc(what)}</small><b>{esc(value)}</b><small>{esc(detail)}</small></div>'
        for what, value, detail in cards
    )
    return f"<h2>{esc(item.suite)} · {esc(item.player.label)}</h2>\n<div class='cards'>{shown}</div>\n"


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


def _plots(report: Report, names: list[str]) -> str:
    def point(name: str, estimate: Estimate, rate: bool) -> svg.Point:
        value = percent(estimate.value) if rate else number(estimate.value)
        return svg.Point(name, estimate, f"{value} {interval(estimate, 100 if rate else 1, 1 if rate else 3)}".strip())

    pairs = list(zip(names, report.groups, strict=True))
    rates = [point(name, group.metrics.success, True) for name, group in pairs]
    rewards = [point(name, group.metrics.reward, False) for name, group in pairs]
    return (
        "<h2>Scores with their 95 % intervals</h2>\n<figure><figcaption>Success rate</figcaption>"
        + svg.intervals(rates, "success rate by environment", bounds=(0.0, 1.0), percent=True)
        + "</figure>\n<figure><figcaption>Mean reward</figcaption>"
        + svg.intervals(rewards, "mean reward by environment", bounds=report.bounds)
        + "</figure>\n"
    )


def _scores(report: Report, names: list[str]) -> str:
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
    for name, group in zip(names, report.groups, strict=True):
        found = group.metrics
        rows.append(
            (
                esc(name),
                esc(group.suite),
                count(found.tasks),
                f"{count(found.scored)} of {count(found.episodes)}",
                _cell(found.reward, False),
                _cell(found.success, True),
                number(found.rounds.mean, 1),
                count(group.max_rounds),
                f"{count(found.prompt_tokens.mean)} / {count(found.completion_tokens.mean)}",
                duration(found.seconds.mean),
            )
        )
    return table(head, rows, caption="Rounds, tokens and time are means over scored episodes.", left=frozenset())


def _outcomes(report: Report, names: list[str]) -> str:
    bars = [
        (name, {key: item.count for key, item in group.metrics.outcomes.items()})
        for name, group in zip(names, report.groups, strict=True)
    ]
    seen = [key for key in OUTCOME_WORDS if any(counts.get(key) for _, counts in bars)]
    legend = "".join(f'<span><i class="{key}"></i>{OUTCOME_WORDS[key]}</span>' for key in seen)
    rows = []
    for name, group in zip(names, report.groups, strict=True):
        cells = []
        for key in OUTCOME_WORDS:
            item = group.metrics.outcomes[key]
            cells.append(f'{item.count}<span class="ci">of {item.denominator}</span>' if item.denominator else DASH)
        rows.append((esc(name), *cells))
    return (
        f'<h2>How episodes ended</h2>\n<figure><div class="legend">{legend}</div>{svg.stacked(bars, "outcomes by environment")}'
        "</figure>\n"
        + table(
            ("environment", *OUTCOME_WORDS.values()),
            rows,
            caption="Each outcome among the episodes in which it could have shown itself.",
        )
    )


def _rounds(report: Report, names: list[str]) -> str:
    def cap(group: Group) -> str:
        return f" (at most {group.max_rounds})" if group.max_rounds else ""

    plots = [
        f'<figure class="small"><figcaption>{esc(name)}{cap(group)}</figcaption>{drawn}</figure>'
        for name, group in zip(names, report.groups, strict=True)
        if (drawn := svg.histogram(group.rounds_histogram, f"rounds in {name}", limit=group.max_rounds))
    ]
    return f'<h2>Rounds an episode</h2>\n<div class="multiples">{"".join(plots)}</div>\n' if plots else ""


def _pass_at(report: Report, names: list[str]) -> str:
    rows = [
        (esc(name), f"pass@{k}", _cell(estimate, True), count(estimate.tasks))
        for name, group in zip(names, report.groups, strict=True)
        for k, estimate in group.metrics.pass_at.items()
    ]
    return "<h2>pass@k</h2>\n" + table(("environment", "k", "estimate", "tasks"), rows) if rows else ""


def _kinds(report: Report, names: list[str]) -> str:
    parts = []
    for name, group in zip(names, report.groups, strict=True):
        rows = [
            (esc(kind), count(found.tasks), count(found.scored), _cell(found.reward, False), _cell(found.success, True))
            for kind, found in group.kinds.items()
        ]
        if rows:
            inner = table(("kind", "tasks", "scored", "mean reward", "success rate"), rows)
            parts.append(f"<details><summary>{esc(name)}: {len(rows)} kinds of tasks</summary>{inner}</details>\n")
    return "<h2>By kind of task</h2>\n" + "".join(parts) if parts else ""
