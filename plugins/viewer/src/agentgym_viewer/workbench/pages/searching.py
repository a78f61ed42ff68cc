"""Text in the turns of every run."""

from __future__ import annotations

import time

from agentgym_core.evaluation.texts import count
from agentgym_viewer.workbench import queries
from agentgym_viewer.workbench.pages.shown import episode_line
from agentgym_viewer.workbench.site import Asked, Page, Site


def search(site: Site, asked: Asked) -> Page:
    """The latest episodes in which a text stands, and how many turns have it."""
    text = asked.query.get("q", "").strip()[:500]
    numbers = {run.number: run for run in list(site.index.runs.values())}
    begun = time.perf_counter()
    found, turns = queries.search(site.index.database.connection(), text, list(numbers)) if text else ([], 0)
    took = time.perf_counter() - begun
    now = site.clock()
    lines = [episode_line(each, numbers[each.run], now, text=text) for each in found if each.run in numbers]
    values = {
        "text": text,
        "lines": lines,
        "turns": count(turns),
        "took": f"{1000 * took:.0f} ms",
        "cut": len(found) >= queries.PAGE,
        "words": queries.Words(text).words,
    }
    return Page("search.html", f"Search: {text}" if text else "Search", values, here="search")
