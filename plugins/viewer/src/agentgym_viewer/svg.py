"""Small plots as inline SVG. Colours come from the page's style sheet, so that they follow light and dark."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import frozen

from agentgym_core.evaluation.intervals import Estimate
from agentgym_viewer.page import esc

WIDTH = 980
LABEL = 190
RIGHT = 190
ROW = 30
SPARK = 500
"""Points of a line that is a few hundred pixels wide."""


@frozen
class Point:
    """One line of an interval plot; `text` stands at its right."""

    label: str
    estimate: Estimate
    text: str = ""
    hollow: bool = False


def _open(width: float, height: float, title: str) -> str:
    return f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{esc(title)}">'


def _text(x: float, y: float, value: str, anchor: str = "start", dim: bool = False) -> str:
    kind = ' class="dim"' if dim else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{esc(value)}</text>'


def _short(label: str, limit: int = 26) -> str:
    return label if len(label) <= limit else label[: limit - 1] + "…"


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers that cover a range."""
    # So near each other no round number lies between them that floating point could tell from either.
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-290):
        return [low]
    step = 10 ** math.floor(math.log10((high - low) / wanted))
    step = next(step * factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= wanted)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 10) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _levels(marks: Iterable[tuple[float, str]], left: float, right: float) -> list[str]:
    """Lines from left to right at heights, each with its words before it."""
    return [
        f'<line class="axis" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        + _text(left - 6, y + 4, words, "end", dim=True)
        for y, words in marks
    ]


def apart(heights: Sequence[float], least: float, lowest: float) -> list[float]:
    """Heights in a drawing moved so that any two are `least` apart, in the same order; none below `lowest` (the larger is the lower)."""
    moved = list(heights)
    order = sorted(range(len(moved)), key=moved.__getitem__)
    for before, place in itertools.pairwise(order):
        moved[place] = max(moved[place], moved[before] + least)
    below = lowest
    for place in reversed(order):
        moved[place] = min(moved[place], below)
        below = moved[place] - least
    return moved


def _wholes(marks: Iterable[float], x: Callable[[float], float], y: float) -> list[str]:
    """Those marks of an axis that are whole numbers, at a height."""
    return [_text(x(mark), y, f"{mark:g}", "middle", dim=True) for mark in marks if mark == int(mark)]


def intervals(points: Sequence[Point], title: str, *, bounds: tuple[float, float], percent: bool = False) -> str:
    """Dots with whiskers, one line each, over a common axis; a dashed line marks 0 where the axis crosses it."""
    low, high = bounds
    height = ROW * len(points) + 34
    span = WIDTH - LABEL - RIGHT

    def x(value: float) -> float:
        return LABEL + span * (min(max(value, low), high) - low) / ((high - low) or 1.0)

    parts = [_open(WIDTH, height, title)]
    bottom = ROW * len(points) + 6
    for tick in ticks(low, high):
        kind = "zero" if tick == 0 and low < 0 < high else "axis"
        parts.append(f'<line class="{kind}" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="0" y2="{bottom}"/>')
        shown = f"{100 * tick:g} %" if percent else f"{tick:g}"
        parts.append(_text(x(tick), bottom + 18, shown, "middle", dim=True))
    for index, point in enumerate(points):
        y = ROW * index + ROW / 2 + 2
        parts.append(_text(0, y + 4, _short(point.label)))
        found = point.estimate
        if found.low is not None and found.high is not None:
            parts.append(
                f'<line class="whisker" x1="{x(found.low):.1f}" x2="{x(found.high):.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
        if found.value is not None:
            shape = "dot hollow" if point.hollow or not found.known else "dot"
            parts.append(f'<circle class="{shape}" cx="{x(found.value):.1f}" cy="{y:.1f}" r="5"/>')
        parts.append(_text(WIDTH, y + 4, point.text or found.note, "end", dim=True))
    return "".join([*parts, "</svg>"])


def stacked(bars: Sequence[tuple[str, Mapping[str, int]]], title: str) -> str:
    """One full-width bar a line, divided by the shares of its parts; a part's name is its CSS class."""
    height = ROW * len(bars) + 4
    span = WIDTH - LABEL - 90
    parts = [_open(WIDTH, height, title)]
    for index, (label, counts) in enumerate(bars):
        y = ROW * index + 6
        total = sum(counts.values())
        parts.append(_text(0, y + 14, _short(label)))
        left = float(LABEL)
        for name, value in counts.items():
            if not value:
                continue
            width = span * value / total
            tip = f"{name.replace('_', ' ')}: {value} of {total}"
            parts.append(
                f'<rect class="{esc(name)}" x="{left:.1f}" y="{y}" width="{max(0.5, width - 1):.1f}" height="20" rx="3">'
                f"<title>{esc(tip)}</title></rect>"
            )
            left += width
        parts.append(_text(WIDTH, y + 14, f"{total} episodes", "end", dim=True))
    return "".join([*parts, "</svg>"])


def histogram(series: Mapping[str, Mapping[int, int]], title: str, *, limit: int | None = None) -> str:
    """Stacked columns over whole numbers; a series' name is its CSS class. `limit` marks the end of the axis."""
    width, height, base = 320, 150, 122
    values = sorted({value for counts in series.values() for value in counts})
    if not values:
        return ""
    last = max(values[-1], limit or 0)
    size = max(1, math.ceil((last + 1) / 30))
    columns = (last // size) + 1
    heights: dict[int, dict[str, int]] = {}
    for name, counts in series.items():
        for value, count in counts.items():
            column = heights.setdefault(value // size, {})
            column[name] = column.get(name, 0) + count
    top = max(sum(column.values()) for column in heights.values())
    step = (width - 34) / columns
    parts = [
        _open(width, height, title),
        _text(28, 12, str(top), "end", dim=True),
        _text(28, base, "0", "end", dim=True),
    ]
    parts.append(f'<line class="axis" x1="34" x2="{width}" y1="{base}" y2="{base}"/>')
    for index, column in sorted(heights.items()):
        y = float(base)
        first, final = index * size, index * size + size - 1
        for name, count in column.items():
            tall = (base - 8) * count / top
            y -= tall
            span = str(first) if size == 1 else f"{first} to {final}"
            parts.append(
                f'<rect class="{esc(name)}" x="{34 + index * step + 1:.1f}" y="{y:.1f}" width="{max(1.0, step - 2):.1f}" '
                f'height="{tall:.1f}" rx="1.5"><title>{esc(f"{span} rounds, {name}: {count}")}</title></rect>'
            )
    parts += _wholes(ticks(0, last, 6), lambda tick: 34 + (tick / size + 0.5) * step, base + 16)
    return "".join([*parts, "</svg>"])


def curve(
    points: Sequence[tuple[int, Estimate]],
    title: str,
    *,
    references: Sequence[tuple[str, float]] = (),
    top: float = 1.0,
) -> str:
    """A rate over whole numbers, with whiskers, over an axis from 0 to `top`; `references` are dashed levels with their names."""
    width, height, left, right, base = 420, 220, 44, 14, 186
    numbers = [at for at, _ in points] or [0]
    first, last = min(numbers), max(numbers)
    span = width - left - right

    def x(at: float) -> float:
        return left + 10 + (span - 20) * (at - first) / ((last - first) or 1)

    def y(value: float) -> float:
        return base - (base - 14) * min(max(value, 0.0), top) / top

    parts = [_open(width, height, title)]
    parts += _levels([(y(tick), f"{100 * tick:g} %") for tick in ticks(0, top)], left, width - right)
    parts += [_text(x(at), base + 18, str(at), "middle", dim=True) for at in sorted(set(numbers))]
    named = apart([y(value) - 4 for _, value in references], 12, base - 2)
    for (name, value), at in zip(references, named, strict=True):
        parts.append(
            f'<line class="zero" x1="{left}" x2="{width - right}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
            + _text(width - right, at, _short(name), "end", dim=True)
        )
    for at, found in points:
        if found.low is not None and found.high is not None:
            parts.append(
                f'<line class="whisker" x1="{x(at):.1f}" x2="{x(at):.1f}" y1="{y(found.low):.1f}" y2="{y(found.high):.1f}"/>'
            )
    known = [(x(at), y(found.value)) for at, found in points if found.value is not None]
    path = " ".join(f"{px:.1f},{py:.1f}" for px, py in known)
    parts.append(f'<polyline class="line" points="{path}"/>')
    for at, found in points:
        if found.value is not None:
            parts.append(
                f'<circle class="dot" cx="{x(at):.1f}" cy="{y(found.value):.1f}" r="4.5">'
                f"<title>{esc(f'{at}: {100 * found.value:.1f} %')}</title></circle>"
            )
    return "".join([*parts, "</svg>"])


def course(groups: Sequence[tuple[int, int, float | None, float | None]], title: str) -> str:
    """How a run went: a line for the share of successes and dots for the mean score, over groups of episodes.

    :param groups: for each group the number of its last episode, how many it has, the share and the mean (None where none was scored).
    """
    width, height, left, right, base = 860, 170, 44, 12, 138
    last = groups[-1][0] if groups else 1

    def x(at: float) -> float:
        return left + (width - left - right) * at / max(1, last)

    def y(value: float) -> float:
        return base - (base - 12) * min(max(value, 0.0), 1.0)

    parts = [_open(width, height, title)]
    parts += _levels([(y(tick), f"{100 * tick:g} %") for tick in ticks(0, 1, 5)], left, width - right)
    parts += _wholes(ticks(0, last, 8), x, base + 20)
    middles = [at - count / 2 for at, count, _, _ in groups]
    line = " ".join(
        f"{x(at):.1f},{y(share):.1f}" for at, (_, _, share, _) in zip(middles, groups, strict=True) if share is not None
    )
    parts.append(f'<polyline class="line" points="{line}"/>')
    for at, (end, count, share, mean) in zip(middles, groups, strict=True):
        if mean is not None and share is not None:
            told = f"{count} episodes up to {end}: success {100 * share:.1f} %, mean score {mean:.3f}"
            parts.append(
                f'<circle class="mean" cx="{x(at):.1f}" cy="{y(mean):.1f}" r="3.2"><title>{esc(told)}</title></circle>'
            )
    return "".join([*parts, "</svg>"])


def losses(points: Sequence[tuple[float, float]], title: str, *, name: str = "loss") -> str:
    """A figure over steps, on an axis of its own: from 0, unless all of it lies so far from there that its course would be flat."""
    width, height, left, right, base = 420, 200, 52, 12, 164
    values = [value for _, value in points] or [0.0]
    low, high = min(values), max(values)
    if low > high / 2 and len(values) > 1:
        # A little air, so that a line that hardly moves does not stand on the axis.
        low -= (high - low) / 10 or high / 10
    else:
        low = min(0.0, low)
    first, last = points[0][0] if points else 0, points[-1][0] if points else 1

    def x(at: float) -> float:
        return left + (width - left - right) * (at - first) / ((last - first) or 1)

    def y(value: float) -> float:
        return base - (base - 14) * (value - low) / ((high - low) or 1)

    parts = [_open(width, height, title)]
    top = high or 1.0
    parts += _levels([(y(tick), f"{tick:g}") for tick in ticks(low, top, 5) if low <= tick <= top], left, width - right)
    parts += _wholes(ticks(first, last, 6), x, base + 20)
    parts.append(f'<polyline class="line" points="{" ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in points)}"/>')
    if points:
        at, value = points[-1]
        parts.append(f'<circle class="dot" cx="{x(at):.1f}" cy="{y(value):.1f}" r="4"/>')
        # Under the line where there is no room above it.
        beside = y(value) - 8 if y(value) > 22 else y(value) + 18
        parts.append(_text(min(x(at), width - right), beside, f"{name} {value:.3g}", "end"))
    return "".join([*parts, "</svg>"])


def spark(scores: Sequence[float]) -> str:
    """The score after each turn of an episode, from 0 to 1, as wide as its place; of many turns only as many as can be told apart."""
    last = max(1, len(scores))
    chosen = range(0, len(scores), max(1, len(scores) // SPARK))
    points = [(0.0, 40.0), *((100 * (at + 1) / last, 40 - 36 * min(max(scores[at], 0.0), 1.0)) for at in chosen)]
    drawn = " ".join(f"{x:.2f},{y:.1f}" for x, y in points)
    title = f"score after each of {len(scores)} turns, {scores[-1]:.3f} in the end" if scores else "no turns"
    return (
        f'<svg class="spark" viewBox="0 0 100 44" preserveAspectRatio="none" role="img" aria-label="{esc(title)}">'
        f'<polyline points="{drawn}"/></svg>'
    )
