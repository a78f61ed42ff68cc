"""What an address asks a list for: which episodes, in which order, which page. What makes no sense there asks for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from agentgym_viewer.workbench.rows import storable

ORDERS: Mapping[str, tuple[str, str]] = {
    "": ("latest first", "episode.line DESC"),
    "first": ("in order", "episode.line"),
    "low": ("lowest score first", "episode.score IS NULL, episode.score, episode.line"),
    "high": ("highest score first", "episode.score DESC, episode.line"),
    "long": ("most rounds first", "episode.rounds DESC, episode.line"),
    "slow": ("slowest first", "episode.seconds DESC, episode.line"),
    "dear": ("dearest first", "episode.cost DESC, episode.prompt_tokens + episode.completion_tokens DESC"),
}
"""What the order of a list may be: the words for it, and SQL of ours."""


def whole(text: str, digits: int = 12) -> int | None:
    """The whole number that a text says in so many ASCII digits at most; None where it says none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


def page_of(query: Mapping[str, str], digits: int = 8) -> int:
    """The page that an address names, counted from 0; the first where it names none."""
    return max(0, (whole(query.get("page", ""), digits) or 1) - 1)


@frozen
class Filter:
    """Which episodes are listed. Empty texts and None let everything through; `text` is looked for in every turn."""

    environment: str = ""
    kind: str | None = None
    outcome: str = ""
    low: float | None = None
    high: float | None = None
    text: str = ""
    order: str = ""
    page: int = 0
    unread: bool = False
    error: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filter:
        """The filter that an address names; what makes no sense there is left out."""
        return cls(
            environment=query.get("environment", ""),
            kind=query["kind"] if query.get("kind") else None,
            outcome=query.get("outcome", ""),
            low=_number(query.get("low", "")),
            high=_number(query.get("high", "")),
            text=query.get("q", "").strip()[:500],
            order=query.get("order", "") if query.get("order", "") in ORDERS else "",
            page=page_of(query),
            unread=query.get("unread") == "1",
            error=query.get("error", "")[:500],
        )

    @property
    def empty(self) -> bool:
        """Whether it lets everything through."""
        return not (self.environment or self.kind or self.outcome or self.text or self.unread or self.error) and (
            self.low is None and self.high is None
        )

    def conditions(self, run: int) -> tuple[str, list[Any]]:
        """SQL that episodes of a run hold where they are listed, and the values for it; `text` is the reader's own part."""
        parts = ["episode.run = ?", "current = 1"]
        values: list[Any] = [run]
        for column, value in (
            ("environment", self.environment or None),
            ("kind", None if self.kind is None else "" if self.kind == "(none)" else self.kind),
        ):
            if value is not None:
                # A run has few parts: the episodes are counted without looking each one's up.
                parts.append(f"part IN (SELECT id FROM part WHERE part.run = ? AND part.{column} = ?)")
                values += [run, storable(value)]
        if self.outcome:
            parts.append("outcome = ?")
            values.append(storable(self.outcome))
        if self.low is not None:
            parts.append("score >= ?")
            values.append(self.low)
        if self.high is not None:
            parts.append("score <= ?")
            values.append(self.high)
        if self.unread:
            parts.append("unread > 0")
        if self.error:
            parts.append("episode.id IN (SELECT episode FROM unread WHERE unread.run = ? AND error = ?)")
            values += [run, storable(self.error)]
        return " AND ".join(parts), values


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None
