"""Reports and comparisons as tables for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agentgym_core.evaluation.comparison import Comparison
from agentgym_core.evaluation.figures import Figures
from agentgym_core.evaluation.intervals import Estimate
from agentgym_core.evaluation.report import Report
from agentgym_core.evaluation.texts import (
    OUTCOME_WORDS,
    duration,
    interval,
    number,
    p_value,
    percent,
    points,
    signed,
)

_STYLES = {"better": "green", "worse": "red", "cannot tell": "yellow", "not comparable": "magenta"}


def print_report(report: Report, console: Console | None = None) -> None:
    """Print a report."""
    console = console or Console()
    table = Table(title=escape(report.name) or None, title_justify="left", box=None, pad_edge=False)
    table.add_column("environment", no_wrap=True)
    table.add_column("suite", no_wrap=True)
    for head in ("tasks", "scored", "mean reward", "success rate", "rounds", "time", "not scored"):
        table.add_column(head, justify="right")
    for name, group in zip(report.names, report.groups, strict=True):
        table.add_row(escape(name), escape(group.suite), *_cells(group.figures))
    for item in report.overall:
        if len(item.environments) > 1:
            table.add_section()
            cells = _cells(item.pooled)
            label = f"mean of {len(item.environments)} environments"
            macro = (*cells[:2], _estimate(item.macro_reward, False), _estimate(item.macro_success, True), "", "", "")
            table.add_row(label, escape(item.suite), *macro, style="bold")
            table.add_row("all tasks pooled", escape(item.suite), *cells)
    console.print(table)
    for name, group in zip(report.names, report.groups, strict=True):
        if group.figures.pass_at:
            shown = ", ".join(f"pass@{k} {percent(found.value)}" for k, found in group.figures.pass_at.items())
            console.print(f"{escape(name)}: {shown}")
    for note in report.notes:
        console.print(f"note: {escape(note)}")
    for name, command in report.missing.items():
        console.print(f"not here: {escape(name)} (run: {escape(command)})", style="yellow")
    if not report.groups:
        console.print("there are no episodes")


def _estimate(estimate: Estimate, rate: bool) -> str:
    value = percent(estimate.value) if rate else number(estimate.value)
    return f"{value} {escape(interval(estimate, 100 if rate else 1, 1 if rate else 3))}".strip()


def _cells(found: Figures) -> tuple[str, ...]:
    lost = [
        f"{found.outcomes[key].count} {words}"
        for key, words in OUTCOME_WORDS.items()
        if key not in ("solved", "failed", "truncated") and found.outcomes[key].count
    ]
    return (
        str(found.tasks),
        f"{found.scored}/{found.episodes}",
        _estimate(found.reward, False),
        _estimate(found.success, True),
        number(found.rounds.mean, 1),
        duration(found.seconds.mean),
        ", ".join(lost) or "0",
    )


def print_comparison(comparison: Comparison, console: Console | None = None) -> None:
    """Print a comparison, with the reasons for whatever it does not say."""
    console = console or Console()
    console.print(f"A {escape(comparison.a)}\nB {escape(comparison.b)}\n")
    table = Table(box=None, pad_edge=False)
    for head in ("environment", "measure"):
        table.add_column(head, no_wrap=True)
    for head in ("tasks", "A", "B", "B - A", "p", "p (Holm)"):
        table.add_column(head, justify="right")
    table.add_column("B is")
    for item in comparison.environments:
        verdict = f"[{_STYLES[item.verdict]}]{item.verdict}[/]"
        found = item.reward if item.measure == "reward" else item.success
        if found is None:
            table.add_row(escape(item.environment), "", "0", "", "", "", "", "", verdict)
            continue
        rate = item.measure == "success"
        show, gap = (percent, points) if rate else (number, signed)
        ends = escape(interval(found.difference, 100 if rate else 1, 1 if rate else 3, True))
        table.add_row(
            escape(item.environment),
            item.measure,
            str(item.pairing.tasks),
            show(found.a),
            show(found.b),
            f"{gap(found.difference.value)} {ends}",
            p_value(found.p),
            p_value(found.p_holm),
            verdict,
        )
    console.print(table)
    for item in comparison.environments:
        if item.reasons:
            console.print(f"{escape(item.environment)}: {escape('; '.join(item.reasons))}")
        pairing = item.pairing
        if pairing.only_a or pairing.only_b or pairing.faulted:
            counts = (
                f"{pairing.only_a} only in A, {pairing.only_b} only in B, {pairing.faulted} not scored in one of them"
            )
            console.print(f"{escape(item.environment)}: unpaired tasks: {counts}", style="dim")
    for whole in comparison.overall:
        if len(whole.environments) > 1:
            ends = escape(interval(whole.success, 100, 1, True))
            reward = f"{signed(whole.reward.value)} {escape(interval(whole.reward, 1, 3, True))}"
            why = f" ({'; '.join(whole.reasons)})" if whole.reasons else ""
            console.print(
                f"mean of {len(whole.environments)} environments, {escape(whole.suite)}: success {points(whole.success.value)} {ends}, "
                f"reward {reward}: B is {whole.verdict}{escape(why)}"
            )
    for note in comparison.notes:
        console.print(f"note: {escape(note)}")
