"""How a result compares with the expected one.

`match` is the benchmark's and the paper's: the same set of rows, duplicates and order aside. `rows` also counts duplicates; `ordered`
also looks at the order, where the reference query gives one. `soft_f1` gives credit for single values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from typing import Any

from attrs import frozen

from agentgym_env_bird.protocol import Result, Row

_MATCHED = 300

NOTHING: dict[str, Any] = {"match": False, "rows": False, "ordered": False, "soft_f1": 0.0, "efficiency": 0.0}
"""The measures of an answer that gave no result."""


@frozen(eq=False)
class Gold:
    """What a reference query gave: its rows, the same as a set, whether their order counts, and what it cost."""

    rows: list[Row]
    distinct: frozenset[Row]
    ordered: bool
    ticks: int


def measure(result: Result, gold: Gold) -> dict[str, Any]:
    """Every measure of a result that has all its rows, JSON values."""
    if result.error:
        return NOTHING
    efficiency = _efficiency(result.ticks, gold.ticks)
    if result.rows == gold.rows:
        return {"match": True, "rows": True, "ordered": True, "soft_f1": 1.0, "efficiency": efficiency}
    match = set(result.rows) == gold.distinct
    same = match and len(result.rows) == len(gold.rows) and Counter(result.rows) == Counter(gold.rows)
    return {
        "match": match,
        "rows": same,
        "ordered": same and not gold.ordered,
        "soft_f1": 1.0 if match else round(soft_f1(result.rows, gold.rows), 6),
        "efficiency": efficiency if match else 0.0,
    }


def _efficiency(taken: int, expected: int) -> float:
    """The benchmark's efficiency score with instructions for seconds, in steps of ten thousand: 1 where no more are taken."""
    return 1.0 if taken <= expected else round(sqrt((expected + 1) / (taken + 1)), 6)


def soft_f1(rows: Sequence[Row], expected: Sequence[Row]) -> float:
    """F1 over values, row by row, in [0, 1].

    Duplicates are dropped. Rows that are the same are compared with each other, the others with those that they share most with (in
    large results simply in their order). In a pair a value counts wherever in the row it stands.
    """
    one, other = dict.fromkeys(rows), dict.fromkeys(expected)
    if not one and not other:
        return 1.0
    both = len(one.keys() & other.keys())
    left = [row for row in one if row not in other]
    right = [row for row in other if row not in one]
    hits, extra, missed = float(both), 0.0, 0.0
    if len(left) <= _MATCHED and len(right) <= _MATCHED:
        left, right = _matched(left, right)
    for row, wanted in zip(left, right, strict=False):
        width = max(len(wanted), 1)
        found = sum(value in wanted for value in row)
        hits += found / width
        extra += (len(row) - found) / width
        missed += sum(value not in row for value in wanted) / width
    extra += max(0, len(left) - len(right))
    missed += max(0, len(right) - len(left))
    if not hits:
        return 0.0
    precision, recall = hits / (hits + extra), hits / (hits + missed)
    return 2 * precision * recall / (precision + recall)


def _matched(rows: Sequence[Row], wanted: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Both in such an order that rows which share values stand at the same place; those that share nothing come last."""
    holders: dict[Any, list[int]] = {}
    for place, row in enumerate(wanted):
        for value in dict.fromkeys(row):
            holders.setdefault(value, []).append(place)
    free = dict.fromkeys(range(len(wanted)))
    pairs: list[tuple[Row, Row]] = []
    alone: list[Row] = []
    for row in rows:
        shared = Counter(place for value in dict.fromkeys(row) for place in holders.get(value, ()) if place in free)
        if not shared:
            alone.append(row)
            continue
        best = min(shared, key=lambda place: (-shared[place], place))
        del free[best]
        pairs.append((row, wanted[best]))
    return [row for row, _ in pairs] + alone, [other for _, other in pairs] + [wanted[place] for place in free]
