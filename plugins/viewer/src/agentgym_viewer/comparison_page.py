"""A comparison as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

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
from agentgym_viewer.page import Cell, Figure, Table, render


@frozen
class Differences:
    """What a page shows of a comparison of B with A; `plots`, `measures` and `needed` are empty where nothing could be compared."""

    a: str
    b: str
    notes: Sequence[str]
    verdicts: Table
    plots: Sequence[Figure]
    measures: Table
    needed: Table


def comparison_page(comparison: Comparison) -> str:
    """The page of a comparison: verdicts with reasons, differences with intervals, what it would take to know more."""
    return render(
        "comparison.html",
        title=f"{comparison.a} against {comparison.b}",
        a=_side(comparison.a, comparison.player_a),
        b=_side(comparison.b, comparison.player_b),
        found=differences(comparison),
    )


def _side(name: str, player: Mapping[str, str]) -> str:
    return f"{name} ({told_player(player)})" if player else name


def differences(comparison: Comparison) -> Differences:
    """A comparison as the texts, tables and plots of a page."""
    usable = [item for item in comparison.environments if item.success is not None and item.reward is not None]
    return Differences(
        a=comparison.a,
        b=comparison.b,
        notes=comparison.notes,
        verdicts=_verdicts(comparison),
        plots=[_plot(usable, "success"), _plot(usable, "reward")] if usable else [],
        measures=_measures(usable),
        needed=_needed(usable),
    )


def _chip(verdict: str) -> Cell:
    return Cell(verdict, kind="chip")


def _verdicts(comparison: Comparison) -> Table:
    rows = []
    for item in comparison.environments:
        pairing = item.pairing
        unpaired = f"{pairing.only_a} / {pairing.only_b} / {pairing.faulted}"
        why = "; ".join(item.reasons)
        rows.append((item.environment, item.suite, _chip(item.verdict), count(pairing.tasks), unpaired, why))
    for whole in comparison.overall:
        if len(whole.environments) == 1:
            continue
        name = f"mean of {len(whole.environments)} environments"
        rows.append((name, whole.suite, _chip(whole.verdict), DASH, DASH, "; ".join(whole.reasons)))
    return Table(
        ("environment", "suite", "B against A", "paired tasks", "unpaired", "why not said"),
        rows,
        caption="Unpaired tasks: only in A / only in B / in both, but without a scored episode in one.",
        left=frozenset({5}),
    )


def _measure(item: EnvironmentComparison, name: str) -> Measure:
    found = item.success if name == "success" else item.reward
    assert found is not None
    return found


def _plot(items: list[EnvironmentComparison], name: str) -> Figure:
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
    return Figure(f"{words} (right: B better; hollow: cannot tell)", drawn)


def _measures(items: list[EnvironmentComparison]) -> Table:
    rows = []
    for item in items:
        for name in ("success", "reward"):
            found = _measure(item, name)
            rate = name == "success"
            show = percent if rate else number
            gap = points(found.difference.value) if rate else signed(found.difference.value)
            ends = interval(found.difference, 100 if rate else 1, 1 if rate else 3, True)
            counted = item.quadrants
            quadrants = f"+{counted.gained} −{counted.lost}" if rate and counted is not None else DASH
            label = f"{name} (decides)" if name == item.measure else name
            rows.append(
                (
                    item.environment,
                    label,
                    show(found.a),
                    show(found.b),
                    Cell(gap, ends),
                    quadrants,
                    found.test,
                    p_value(found.p),
                    p_value(found.p_holm),
                )
            )
    return Table(("environment", "measure", "A", "B", "B − A", "gained, lost", "test", "p", "p (Holm)"), rows)


def _needed(items: list[EnvironmentComparison]) -> Table:
    rows = []
    for item in items:
        found = _measure(item, item.measure)
        fixed = [count(need.tasks) for need in found.needed if not need.observed] or [DASH] * 3
        seen = next((f"{count(n.tasks)} for {n.difference:.3f}" for n in found.needed if n.observed), DASH)
        rows.append((item.environment, item.measure, count(item.pairing.tasks), number(found.visible), *fixed, seen))
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
    return Table(head, rows)
