"""A comparison as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Mapping

from agentgym_core.evaluation.comparison import Comparison, EnvironmentComparison
from agentgym_core.evaluation.measures import Measure
from agentgym_core.evaluation.texts import (
    DASH,
    count,
    interval,
    number,
    p_value,
    percent,
    points,
    signed,
    told_player,
)
from agentgym_viewer import svg
from agentgym_viewer.page import closing, esc, opening, table

METHODS = """
<h2>How to read this</h2>
<p class="hint">Differences are B minus A over the tasks that both runs scored, so that every task is compared with itself. The interval is
a bootstrap over tasks. Success is tested with the exact McNemar test where every task has one pair, otherwise by flipping signs task by
task; rewards by flipping signs. p-values are corrected for the number of environments (Holm). A verdict needs both: a corrected p of at
most 0.05, and a 95 % interval that leaves out 0. Otherwise nothing is ranked, and the last table says how many paired tasks it would
take (power 0.8, alpha 0.05). Runs under another configuration, suite, version or limit on rounds are not compared.</p>
"""


def comparison_page(comparison: Comparison) -> str:
    """The page of a comparison: verdicts with reasons, differences with intervals, what it would take to know more."""
    title = f"{comparison.a} against {comparison.b}"
    parts = [
        opening(title),
        f"<main>\n<h1>{esc(title)}</h1>\n",
        f'<p class="lead">A is {_side(comparison.a, comparison.player_a)}, ',
        f"B is {_side(comparison.b, comparison.player_b)}. Differences are B minus A.</p>\n",
        *comparison_parts(comparison),
    ]
    return "".join([*parts, METHODS, "</main>\n", closing()])


def _side(name: str, player: Mapping[str, str]) -> str:
    return esc(f"{name} ({told_player(player)})" if player else name)


def comparison_parts(comparison: Comparison) -> list[str]:
    """Everything between the heading of a page and its methods."""
    usable = [item for item in comparison.environments if item.success is not None and item.reward is not None]
    parts = [*(f'<p class="note">{esc(note)}</p>\n' for note in comparison.notes), _verdicts(comparison)]
    if usable:
        parts += [_plot(usable, "success"), _plot(usable, "reward"), _figures(usable), _needed(usable)]
    return parts


def _chip(verdict: str) -> str:
    return f'<span class="chip {esc(verdict.replace(" ", "-"))}">{esc(verdict)}</span>'


def _verdicts(comparison: Comparison) -> str:
    rows = []
    for item in comparison.environments:
        pairing = item.pairing
        unpaired = f"{pairing.only_a} / {pairing.only_b} / {pairing.faulted}"
        why = esc("; ".join(item.reasons))
        rows.append((esc(item.environment), esc(item.suite), _chip(item.verdict), count(pairing.tasks), unpaired, why))
    for whole in comparison.overall:
        if len(whole.environments) == 1:
            continue
        name = f"mean of {len(whole.environments)} environments"
        why = esc("; ".join(whole.reasons))
        rows.append((esc(name), esc(whole.suite), _chip(whole.verdict), DASH, DASH, why))
    return "<h2>Is B better?</h2>\n" + table(
        ("environment", "suite", "B is", "paired tasks", "unpaired", "why not said"),
        rows,
        caption="Unpaired tasks: only in A / only in B / in both, but without a scored episode in one.",
        left=frozenset({5}),
    )


def _measure(item: EnvironmentComparison, name: str) -> Measure:
    found = item.success if name == "success" else item.reward
    assert found is not None
    return found


def _plot(items: list[EnvironmentComparison], name: str) -> str:
    rate = name == "success"
    lines = []
    reach = 0.05
    for item in items:
        found = _measure(item, name).difference
        text = f"{points(found.value) if rate else signed(found.value)} {interval(found, 100 if rate else 1, 1 if rate else 3, True)}"
        lines.append(svg.Point(item.environment, found, text, hollow=item.verdict == "cannot tell"))
        reach = max(reach, *(abs(value) for value in (found.value, found.low, found.high) if value is not None))
    words = "Difference of success rates, percentage points" if rate else "Difference of mean rewards"
    drawn = svg.intervals(lines, words, bounds=(-reach, reach), percent=rate)
    return f"<figure><figcaption>{words} (right: B better; hollow: cannot tell)</figcaption>{drawn}</figure>\n"


def _figures(items: list[EnvironmentComparison]) -> str:
    rows = []
    for item in items:
        for name in ("success", "reward"):
            found = _measure(item, name)
            rate = name == "success"
            show = percent if rate else number
            gap = points(found.difference.value) if rate else signed(found.difference.value)
            ends = interval(found.difference, 100 if rate else 1, 1 if rate else 3, True)
            counted = item.quadrants
            table_ = f"+{counted.gained} −{counted.lost}" if rate and counted is not None else DASH
            label = f"{name} (decides)" if name == item.measure else name
            rows.append(
                (
                    esc(item.environment),
                    label,
                    show(found.a),
                    show(found.b),
                    f'{gap}<span class="ci">{ends}</span>',
                    table_,
                    esc(found.test),
                    p_value(found.p),
                    p_value(found.p_holm),
                )
            )
    return "<h2>Differences</h2>\n" + table(
        ("environment", "measure", "A", "B", "B − A", "gained, lost", "test", "p", "p (Holm)"), rows
    )


def _needed(items: list[EnvironmentComparison]) -> str:
    rows = []
    for item in items:
        found = _measure(item, item.measure)
        fixed = [count(need.tasks) for need in found.needed if not need.observed] or [DASH] * 3
        seen = next((f"{count(n.tasks)} for {n.difference:.3f}" for n in found.needed if n.observed), DASH)
        rows.append(
            (esc(item.environment), item.measure, count(item.pairing.tasks), number(found.visible), *fixed, seen)
        )
    head = (
        "environment",
        "measure",
        "paired tasks",
        "smallest visible",
        "to see 0.02",
        "0.05",
        "0.10",
        "what was observed",
    )
    return "<h2>How many paired tasks a difference takes</h2>\n" + table(head, rows)
