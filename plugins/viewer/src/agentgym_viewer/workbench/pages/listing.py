"""The list of runs and pipelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen

from agentgym_core.evaluation.rows import plain
from agentgym_core.evaluation.texts import count, number, percent
from agentgym_viewer.workbench.filters import page_of
from agentgym_viewer.workbench.pages.shown import STATE_WORDS, ago, outcome_shares, rate_words
from agentgym_viewer.workbench.pipelines import Pipeline, pipeline
from agentgym_viewer.workbench.runs import RunState, relative
from agentgym_viewer.workbench.site import Asked, Page, Site, pages_of, url

SIZE = 60
"""Runs a page."""

ORDERS: Mapping[str, tuple[str, Callable[[RunState], Any], bool]] = {
    "": ("latest first", lambda run: run.changed, True),
    "name": ("by name", lambda run: run.name, False),
    "episodes": ("most episodes first", lambda run: run.tally.episodes, True),
    "score": ("highest score first", lambda run: -1.0 if run.tally.mean_score is None else run.tally.mean_score, True),
    "cost": (
        "dearest first",
        lambda run: (run.tally.cost, run.tally.prompt_tokens + run.tally.completion_tokens),
        True,
    ),
}


@frozen
class RunLine:
    """A run as the list shows it."""

    id: str
    address: str
    folder: str
    name: str
    state: str
    why: str
    who: str
    environments: str
    episodes: str
    share: float
    success: str
    score: str
    rate: str
    ago: str
    shares: Sequence[tuple[str, str, int]]
    trouble: str
    stage: str = ""


def runs(site: Site, asked: Asked) -> Page:
    """Every run of the folder, the latest first; pipelines above."""
    query = asked.query
    words, state, order = query.get("q", "").strip(), query.get("state", ""), query.get("order", "")
    order = order if order in ORDERS else ""
    environment = query.get("environment", "")
    now = site.clock()
    everything = list(site.index.runs.values())
    states = {run.id: run.state(now) for run in everything}
    shown = [
        run
        for run in everything
        if _fits(run, words)
        and (not state or states[run.id] == state)
        and (not environment or environment in map(plain, run.tally.environments))
    ]
    _, key, reverse = ORDERS[order]
    shown.sort(key=key, reverse=reverse)
    page = page_of(query)
    last, links = pages_of(len(shown), page, SIZE)
    page = min(page, last - 1)
    environments = sorted({plain(name) for run in everything for name in run.tally.environments})
    values = {
        "lines": [run_line(run, now, states[run.id]) for run in shown[page * SIZE : (page + 1) * SIZE]],
        "pipelines": [] if page or environment else _pipelines(site, words, state),
        "barred": [relative(each, site.index.folder) for each in site.index.barred],
        "total": len(everything),
        "found": len(shown),
        "running": sum(each == "running" for each in states.values()),
        "episodes": count(sum(run.tally.episodes for run in everything)),
        "query": query,
        "page": page,
        "links": links,
        "state_options": [
            (each, each, each == state) for each in STATE_WORDS if each == state or each in states.values()
        ],
        "environment_options": [(each, each, each == environment) for each in environments],
        "orders": [(name, told[0], name == order) for name, told in ORDERS.items()],
        "filtered": bool(words or state or environment),
        "address": lambda number: url(**{**query, "page": number + 1}),
    }
    return Page("runs.html", "Runs", values, here="runs")


def run_line(run: RunState, now: float, state: str | None = None) -> RunLine:
    """A run with its counts so far."""
    tally = run.tally
    told = run.state(now) if state is None else state
    folder, _, name = run.name.rpartition("/")
    if name == "run" and run.stage and "/stages/" in f"/{folder}":
        # The run of a stage is known by its stage, and not by the folders in between.
        folder, name = f"/{folder}".partition("/stages/")[0].removeprefix("/"), run.stage
    return RunLine(
        id=run.id,
        address=url("run", run.id),
        folder=f"{folder}/" if folder else "",
        name=name,
        state=told,
        why=STATE_WORDS[told],
        who=run.policy,
        environments=", ".join(sorted(plain(name) for name, times in tally.environments.items() if times)[:4]),
        episodes=count(tally.episodes),
        share=run.read,
        success=percent(tally.solved / tally.scored if tally.scored else None),
        score=number(tally.mean_score),
        rate=rate_words(run.rate(now)) if told == "running" else "",
        ago=ago(run.changed, now) if run.changed else "",
        shares=outcome_shares(tally.outcomes),
        trouble=run.trouble or run.barred or (f"{count(run.damaged)} damaged lines" if run.damaged else ""),
        stage=run.stage,
    )


def _fits(run: RunState, words: str) -> bool:
    text = f"{run.name} {run.policy} {' '.join(run.tally.environments)} {run.stage}".lower()
    return all(word in text for word in words.lower().split())


def _pipelines(site: Site, words: str, state: str) -> list[Pipeline]:
    found = [pipeline(site, folder) for folder in site.index.pipelines]
    return [
        each
        for each in found
        if all(word in each.name.lower() for word in words.lower().split()) and (not state or each.state == state)
    ]
