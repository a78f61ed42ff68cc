"""Reports and comparisons as CSV, for a spreadsheet: what `--csv` writes. Rates are shares of 1, times are in seconds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from agentgym_core.evaluation import Comparison, Estimate, Report
from agentgym_core.evaluation.metrics import Metrics


def report_table(report: Report) -> str:
    """A row an environment, then its kinds of tasks, then the means of each suite; `row` says which it is."""
    return _table(_report_rows(report))


def comparison_table(comparison: Comparison) -> str:
    """A row an environment and measure, B against A, with the verdict; the means of several environments come last."""
    return _table(_comparison_rows(comparison))


def _report_rows(report: Report) -> Iterator[dict[str, Any]]:
    for name, group in zip(report.names, report.groups, strict=True):
        head = {"run": report.name, "environment": name, "suite": group.suite, "player": group.player.label}
        yield {**head, "row": "environment", "kind": "", **_figures(group.metrics)}
        for kind, metrics in group.kinds.items():
            yield {**head, "row": "kind", "kind": kind, **_figures(metrics)}
    for item in report.overall:
        if len(item.environments) > 1:
            head = {"run": report.name, "environment": "", "suite": item.suite, "player": item.player.label, "kind": ""}
            pooled = _figures(item.pooled)
            means = {**_estimate("reward", item.macro_reward), **_estimate("success", item.macro_success)}
            yield {**head, "row": "mean of environments", **pooled, **means}
            yield {**head, "row": "all tasks pooled", **pooled}


def _figures(found: Metrics) -> dict[str, Any]:
    return {
        "tasks": found.tasks,
        "episodes": found.episodes,
        "scored": found.scored,
        **_estimate("reward", found.reward),
        **_estimate("success", found.success),
        **{name: outcome.count for name, outcome in found.outcomes.items()},
        "cut_by_budget": found.cut,
        "replies": found.replies,
        "unread_replies": found.unread_replies,
        "overlong_replies": found.overlong_replies,
        "mean_rounds": found.rounds.mean,
        "mean_seconds": found.seconds.mean,
        "prompt_tokens": found.prompt_tokens.total,
        "completion_tokens": found.completion_tokens.total,
        "cost": found.cost,
    }


def _comparison_rows(comparison: Comparison) -> Iterator[dict[str, Any]]:
    row: dict[str, Any]
    head = {"a": comparison.a, "b": comparison.b}
    for item in comparison.environments:
        for name, measure in (("success", item.success), ("reward", item.reward)):
            row = {**head, "environment": item.environment, "suite": item.suite, "measure": name}
            row["decides"] = name == item.measure
            row |= {"tasks": item.pairing.tasks, "pairs": item.pairing.pairs}
            if measure is not None:
                row |= {"value_a": measure.a, "value_b": measure.b, **_estimate("difference", measure.difference)}
                row |= {"test": measure.test, "p": measure.p, "p_holm": measure.p_holm}
            yield {**row, "b_is": item.verdict, "reasons": "; ".join(item.reasons)}
    for whole in comparison.overall:
        if len(whole.environments) > 1:
            for name, found in (("success", whole.success), ("reward", whole.reward)):
                row = {
                    **head,
                    "environment": f"mean of {len(whole.environments)}",
                    "suite": whole.suite,
                    "measure": name,
                }
                row |= {"tasks": found.tasks, **_estimate("difference", found)}
                yield {**row, "b_is": whole.verdict, "reasons": "; ".join(whole.reasons)}


def _estimate(name: str, found: Estimate) -> dict[str, float | None]:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _table(rows: Iterable[Mapping[str, Any]]) -> str:
    kept = list(rows)
    columns = list(dict.fromkeys(name for row in kept for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in kept)
    return out.getvalue()


def _cell(value: Any) -> Any:
    # A spreadsheet takes a text that begins with one of these for a formula, and runs it.
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
