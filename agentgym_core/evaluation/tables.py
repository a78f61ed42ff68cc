"""Reports and comparisons as tables for the terminal."""

from __future__ import annotations

import textwrap

from rich.console import Console
from rich.table import Table

from agentgym_core.evaluation.comparison import Comparison
from agentgym_core.evaluation.intervals import Estimate
from agentgym_core.evaluation.metrics import Metrics
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
    told_player,
    told_use,
)
from agentgym_core.terminal import cell

WIDE = 110
_STYLES = {"better": "green", "worse": "red", "cannot tell": "yellow", "not comparable": "magenta"}


def print_report(report: Report, console: Console | None = None) -> None:
    """Print a report; a narrow terminal gets intervals on a line of their own and fewer columns."""
    console = console or Console()
    wide = console.width >= WIDE
    table = Table(title=cell(report.name) or None, title_justify="left", box=None, pad_edge=False)
    table.add_column("environment", overflow="fold")
    table.add_column("suite", overflow="fold", no_wrap=True)
    heads = ("tasks", "scored", "mean reward", "success rate", "rounds", "time")
    for head in heads if wide else heads[1:-1]:
        table.add_column(head, justify="right", no_wrap=True)

    def add(name: str, suite: str, found: Metrics, reward: Estimate, success: Estimate, macro: bool = False) -> None:
        rest = ("", "") if macro else (number(found.rounds.mean, 1), duration(found.seconds.mean))
        scored = f"{found.scored}/{found.episodes}"
        cells = (
            str(found.tasks),
            scored,
            estimate_text(reward, False, wide),
            estimate_text(success, True, wide),
            *rest,
        )
        table.add_row(
            cell(name),
            cell(suite if wide else _lines(suite)),
            *(cells if wide else cells[1:-1]),
            style="bold" if macro else "",
        )

    for name, group in zip(report.names, report.groups, strict=True):
        add(name, group.suite, group.metrics, group.metrics.reward, group.metrics.success)
    for item in report.overall:
        if len(item.environments) > 1:
            table.add_section()
            label = f"mean of {len(item.environments)} environments"
            add(label, item.suite, item.pooled, item.macro_reward, item.macro_success, macro=True)
            add("all tasks pooled", item.suite, item.pooled, item.pooled.reward, item.pooled.success)
    console.print(table)
    for name, group in zip(report.names, report.groups, strict=True):
        found = group.metrics
        if lost := _not_scored(found):
            console.print(f"{cell(name)}: not scored: {lost}", style="yellow")
        if found.pass_at:
            shown = ", ".join(f"pass@{k} {percent(rate.value)}" for k, rate in found.pass_at.items())
            console.print(f"{cell(name)}: {shown}")
        if found.prompt_tokens.total or found.completion_tokens.total:
            console.print(f"{cell(name)}: {told_use(found)}")
    who = "; ".join(f"{p.label}{', weights ' + p.weights if p.weights else ''}" for p in report.players)
    if who:
        console.print(cell(", ".join(filter(None, (f"played by {who}", told_player(report.player))))), highlight=False)
    if report.reward != "environment":
        console.print(cell(f"scored with the reward {report.reward}"), highlight=False)
    for note in report.notes:
        console.print(f"note: {cell(note)}")
    for name, command in report.missing.items():
        console.print(f"not here: {cell(name)}: {cell(command)}", style="yellow")
    if not report.groups:
        console.print("there are no episodes")


def _lines(suite: str) -> str:
    """The name of a suite in lines that end at its hyphens, where one line of it would push figures off a narrow terminal."""
    return "\n".join(textwrap.wrap(suite, 18, break_long_words=False))


def estimate_text(estimate: Estimate, rate: bool, wide: bool) -> str:
    """An estimate with its interval as a cell: a rate as a percentage, beside each other where there is room."""
    value = percent(estimate.value) if rate else number(estimate.value)
    ends = cell(interval(estimate, 100 if rate else 1, 1 if rate else 3))
    return f"{value}{' ' if wide else chr(10)}{ends}".strip()


def _not_scored(found: Metrics) -> str:
    return ", ".join(
        f"{found.outcomes[key].count} {words}"
        for key, words in OUTCOME_WORDS.items()
        if key not in ("solved", "failed", "truncated") and found.outcomes[key].count
    )


def print_comparison(comparison: Comparison, console: Console | None = None) -> None:
    """Print a comparison, with the reasons where it gives no verdict."""
    console = console or Console()
    for letter, name, player in (("A", comparison.a, comparison.player_a), ("B", comparison.b, comparison.player_b)):
        console.print(cell(f"{letter} {name}" + (f" ({told_player(player)})" if player else "")), highlight=False)
    console.print()
    wide = console.width >= WIDE
    table = Table(box=None, pad_edge=False)
    table.add_column("environment", overflow="fold")
    for head in ("tasks", "A", "B", "B - A", "p", "p (Holm)") if wide else ("tasks", "A", "B", "B - A", "p (Holm)"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("B against A", no_wrap=True)
    for item in comparison.environments:
        verdict = f"[{_STYLES[item.verdict]}]{item.verdict}[/]"
        found = item.reward if item.measure == "reward" else item.success
        if found is None:
            table.add_row(cell(item.environment), *[""] * (6 if wide else 5), verdict)
            continue
        rate = item.measure == "success"
        show, gap = (percent, points) if rate else (number, signed)
        ends = cell(interval(found.difference, 100 if rate else 1, 1 if rate else 3, True))
        p = [p_value(found.p), p_value(found.p_holm)]
        table.add_row(
            f"{cell(item.environment)}{' ' if wide else chr(10)}[dim]({item.measure})[/]",
            str(item.pairing.tasks),
            show(found.a),
            show(found.b),
            f"{gap(found.difference.value)}{' ' if wide else chr(10)}{ends}".strip(),
            *(p if wide else p[1:]),
            verdict,
        )
    console.print(table)
    for item in comparison.environments:
        if item.reasons:
            console.print(f"{cell(item.environment)}: {cell('; '.join(item.reasons))}")
        pairing = item.pairing
        if pairing.only_a or pairing.only_b or pairing.faulted:
            counts = (
                f"{pairing.only_a} only in A, {pairing.only_b} only in B, {pairing.faulted} not scored in one of them"
            )
            console.print(f"{cell(item.environment)}: unpaired tasks: {counts}", style="dim")
    for whole in comparison.overall:
        if len(whole.environments) > 1:
            ends = cell(interval(whole.success, 100, 1, True))
            reward = f"{signed(whole.reward.value)} {cell(interval(whole.reward, 1, 3, True))}"
            why = f" ({'; '.join(whole.reasons)})" if whole.reasons else ""
            console.print(
                f"mean of {len(whole.environments)} environments, {cell(whole.suite)}: success {points(whole.success.value)} {ends}, "
                f"reward {reward}; B against A: {whole.verdict}{cell(why)}"
            )
    for note in comparison.notes:
        console.print(f"note: {cell(note)}")
