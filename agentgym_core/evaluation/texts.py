"""Figures as short texts, the same in the terminal and on pages. None is a dash, never 0."""

from __future__ import annotations

from collections.abc import Mapping

from agentgym_core.evaluation.intervals import Estimate
from agentgym_core.evaluation.metrics import Metrics

DASH = "–"
OUTCOME_WORDS = {
    "solved": "solved",
    "failed": "failed",
    "truncated": "truncated",
    "policy_fault": "policy fault",
    "environment_fault": "environment fault",
    "infrastructure_fault": "host lost",
    "cancelled": "cancelled",
}


def percent(value: float | None, digits: int = 1) -> str:
    """A share as a percentage."""
    return DASH if value is None else f"{100 * value:.{digits}f} %"


def number(value: float | None, digits: int = 3) -> str:
    """A plain figure."""
    return DASH if value is None else f"{value:.{digits}f}"


def signed(value: float | None, digits: int = 3) -> str:
    """A difference with its sign."""
    return DASH if value is None else f"{value:+.{digits}f}"


def points(value: float | None) -> str:
    """A difference of shares in percentage points."""
    return DASH if value is None else f"{100 * value:+.1f}"


def count(value: float | None) -> str:
    """A number of things, thousands apart."""
    if value is None:
        return DASH
    return f"{value:,.0f}".replace(",", "\u202f") if abs(value) >= 10 or value == int(value) else f"{value:.1f}"


def duration(seconds: float | None) -> str:
    """A time that a person reads at a glance."""
    if seconds is None:
        return DASH
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def told_player(player: Mapping[str, str]) -> str:
    """What is known of who played, such as `model m, base_url http://...`; empty where nothing is."""
    return ", ".join(f"{name} {value}" for name, value in player.items())


def told_use(found: Metrics) -> str:
    """What the replies of all episodes took, such as `5 000 tokens in, 200 out, cost 0.12`."""
    tokens = f"{count(found.prompt_tokens.total)} tokens in, {count(found.completion_tokens.total)} out"
    return tokens + (f", cost {found.cost:.4g}" if found.cost else "")


def interval(estimate: Estimate, scale: float = 1.0, digits: int = 3, sign: bool = False) -> str:
    """The interval in brackets, or an empty string where none is known."""
    if estimate.low is None or estimate.high is None:
        return ""
    form = f"{'+' if sign else ''}.{digits}f"
    return f"[{scale * estimate.low:{form}}, {scale * estimate.high:{form}}]"


def p_value(p: float) -> str:
    """A p-value with as many digits as mean something."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
