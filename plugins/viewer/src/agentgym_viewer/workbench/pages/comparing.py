"""Two runs beside each other: what `agentgym compare` says of them, and their episodes paired by task."""

from __future__ import annotations

import shlex
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from agentgym_core.evaluation.comparison import Comparison, compare
from agentgym_core.evaluation.rows import plain
from agentgym_core.evaluation.texts import DASH, OUTCOME_WORDS, count
from agentgym_viewer.comparison_page import differences
from agentgym_viewer.workbench import queries
from agentgym_viewer.workbench.filters import page_of, whole
from agentgym_viewer.workbench.pages.episode import replay_values
from agentgym_viewer.workbench.rows import rows_of
from agentgym_viewer.workbench.runs import RunState
from agentgym_viewer.workbench.site import Asked, Missing, Page, Site, pages_of, url

MOST = 20_000
"""Episodes of a run up to which two are compared here; beyond that the tests take longer than a page should."""

OFFERED = 300
"""Runs that are offered by name, the latest first; any other can be typed."""

_KEPT = 16
_mutex = threading.Lock()
_found: OrderedDict[tuple[object, ...], Comparison] = OrderedDict()


def comparing(site: Site, asked: Asked) -> Page:
    """Choose two runs, and see whether B is better than A, and on which tasks."""
    query = asked.query
    everything = sorted(site.index.runs.values(), key=lambda run: -run.changed)
    a, b = (_chosen(site, everything, query.get(name, "")) for name in ("a", "b"))
    values: dict[str, Any] = {
        "offered": [(run.name, run.policy) for run in everything[:OFFERED]],
        "names": {"a": a.name if a else query.get("a", ""), "b": b.name if b else query.get("b", "")},
        "unknown": [query.get(name, "") for name, run in (("a", a), ("b", b)) if query.get(name) and run is None],
        "a": a,
        "b": b,
        "compared": None,
    }
    if a is not None and b is not None:
        values |= _compared(site, a, b, query)
    title = f"{b.name} against {a.name}" if a and b else "Compare"
    return Page("compare.html", title, values, here="compare")


def pair(site: Site, asked: Asked) -> Page:
    """The replays of one task in two runs beside each other."""
    a, b = (site.run(asked.query.get(name, "")) for name in ("a", "b"))
    line = whole(asked.query.get("line", ""))
    line = -1 if line is None else line
    found = site.trajectory(a, line)
    connection = site.index.database.connection()
    other = queries.of_task(connection, b.number, found.key.environment, found.key.task, found.key.sample)
    values = replay_values(
        site,
        a,
        line,
        found,
        address=lambda to: url("pair", a=a.id, b=b.id, line=to),
        back=url("compare", a=a.id, b=b.id),
    )
    values["sources"].append("" if other is None else url("run", b.id, "episode", other, "data"))
    return Page("episode.html", f"{found.key.task} – {a.name} and {b.name}", values, here="compare")


def _compared(site: Site, a: RunState, b: RunState, query: Mapping[str, str]) -> dict[str, Any]:
    connection = site.index.database.connection()
    page = page_of(query)
    differ = query.get("differ", "1") != "0"
    rows, total, gained, lost = queries.pairs(connection, a.number, b.number, differ=differ, page=page)
    _, links = pages_of(total, page, queries.PAGE)
    too_large = max(a.tally.episodes, b.tally.episodes) > MOST
    return {
        "compared": None if too_large else differences(_comparison(site, a, b)),
        "too_large": too_large,
        "command": shlex.join(["agentgym", "compare", str(a.folder), str(b.folder)]),
        "lines": [
            {
                "address": url("pair", a=a.id, b=b.id, line=line),
                "task": task,
                "environment": plain(environment),
                "sample": sample,
                "sides": [
                    (outcome, OUTCOME_WORDS.get(outcome, outcome), DASH if score is None else f"{score:.2f}")
                    for outcome, score in ((one, left), (two, right))
                ],
                "change": DASH if left is None or right is None else f"{right - left:+.2f}",
                "sign": "" if left is None or right is None or left == right else "up" if right > left else "down",
            }
            for line, environment, task, sample, one, two, left, right in rows
        ],
        "pairs": count(total),
        "gained": count(gained),
        "lost": count(lost),
        "differ": differ,
        "page": page,
        "links": links,
        "address": lambda number: url("compare", a=a.id, b=b.id, differ="" if differ else "0", page=number + 1),
        "switch": url("compare", a=a.id, b=b.id, differ="0" if differ else ""),
        "turned": url("compare", a=b.id, b=a.id),
    }


def _comparison(site: Site, a: RunState, b: RunState) -> Comparison:
    """Computed once for what two runs hold: the tests take a while."""
    key = (a.seal, b.seal)
    with _mutex:
        found = _found.get(key)
        if found is None:
            connection = site.index.database.connection()
            sides = [list(rows_of(connection, run.number)) for run in (a, b)]
            found = _found[key] = compare(*sides, labels_a=a.labels, labels_b=b.labels)
            while len(_found) > _KEPT:
                _found.popitem(last=False)
        return found


def _chosen(site: Site, everything: list[RunState], named: str) -> RunState | None:
    if not named:
        return None
    try:
        return site.run(named)
    except Missing:
        return next((run for run in everything if run.name == named), None)
