"""The page of a pipeline: its stages, what learning logged, and what panels of other distributions add."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from agentgym_core.errors import AgentGymError
from agentgym_core.evaluation.texts import count, number
from agentgym_core.registry import extension, specs
from agentgym_viewer import svg
from agentgym_viewer.page import Figure
from agentgym_viewer.workbench import queries
from agentgym_viewer.workbench.pages.listing import run_line
from agentgym_viewer.workbench.pages.shown import pretty
from agentgym_viewer.workbench.panel import POINT, Block, Links
from agentgym_viewer.workbench.pipelines import Pipeline, StageState, find
from agentgym_viewer.workbench.site import Asked, Missing, Page, Site, url

log = logging.getLogger(__name__)

WORDS: Mapping[str, str] = {"done": "done", "running": "running", "begun": "not finished", "waiting": "not begun"}


@frozen
class StageLine:
    """A stage as the page shows it, with how deep it lies in others."""

    name: str
    kind: str
    state: str
    words: str
    depth: int
    runs: Sequence[Any]
    told: str
    losses: Sequence[Figure]


def pipe(site: Site, asked: Asked) -> Page:
    """A pipeline as it stands."""
    found = site.sought(lambda: find(site, asked.path["pipeline"]))
    if found is None:
        raise Missing("there is no such pipeline here", hint="it may have been moved or removed; see the list of runs")
    now = site.clock()
    blocks, troubles = _panels(site, found, asked.query)
    lines = list(_lines(found.stages, now, 0))
    values = {
        "pipeline": found,
        "lines": lines,
        "losses": [figure for line in lines for figure in line.losses],
        "blocks": blocks,
        "troubles": troubles,
        "settings": pretty(found.settings),
        "topics": " ".join(
            [
                found.id,
                *sorted(run.id for run in site.index.runs.values() if run.folder.is_relative_to(found.folder)),
            ]
        ),
    }
    return Page("pipeline.html", found.name, values, here="runs")


def _lines(stages: Sequence[StageState], now: float, depth: int) -> list[StageLine]:
    found = []
    for stage in stages:
        runs = [run_line(run, now) for run in stage.runs]
        found.append(
            StageLine(
                stage.name, stage.kind, stage.state, WORDS[stage.state], depth, runs, _told(stage), _losses(stage)
            )
        )
        found += _lines(stage.inner, now, depth + 1)
    return found


def _told(stage: StageState) -> str:
    """What a stage came to, or how far it is, in a few words."""
    if stage.result is None and stage.learning.losses:
        step, loss = stage.learning.losses[-1]
        steps = f" of {count(stage.learning.steps)}" if stage.learning.steps else ""
        return f"step {count(step)}{steps}, loss {number(loss)}"
    result = stage.result or {}
    metrics = result.get("metrics")
    shown = metrics if isinstance(metrics, Mapping) else result
    words = [
        f"{name.replace('_', ' ')} {count(value) if isinstance(value, int) else number(value)}"
        for name, value in shown.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]
    return ", ".join(words[:5])


def _losses(stage: StageState) -> list[Figure]:
    points = stage.learning.drawn
    if len(points) < 2:
        return []
    words = f"{stage.name}: loss over {count(points[-1][0])} steps"
    if stage.result is None and stage.learning.steps:
        words = f"{stage.name}: loss over {count(points[-1][0])} of {count(stage.learning.steps)} steps"
    return [Figure(words, svg.losses(points, words))]


def _panels(site: Site, found: Pipeline, query: Mapping[str, str]) -> tuple[list[Block], list[str]]:
    """What the installed panels say; one that fails says so, and takes nothing from the page."""
    blocks: list[Block] = []
    troubles: list[str] = []
    links = _links(site, found)
    for spec in specs("extension"):
        if not spec.id.startswith(POINT):
            continue
        try:
            blocks += extension(spec.id)().show(found.folder, query, links)
        except AgentGymError as error:
            troubles.append(f"{spec.id}: {error.message}{f' ({error.hint})' if error.hint else ''}")
        except Exception as error:
            log.exception("the panel %s failed", spec.id)
            troubles.append(f"{spec.id} failed: {type(error).__name__}: {error}")
    return blocks, troubles


def _links(site: Site, found: Pipeline) -> Links:
    by_folder = {run.folder: run for run in site.index.runs.values()}

    def run(folder: Path) -> str:
        there = by_folder.get(folder)
        return "" if there is None else url("run", there.id)

    def episode(folder: Path, id: str, turn: int | None) -> str:
        there = by_folder.get(folder)
        line = None if there is None else queries.by_name(site.index.database.connection(), there.number, id)
        if there is None or line is None:
            return ""
        return url("run", there.id, "episode", line) + ("" if turn is None else f"#turn-{turn + 1}")

    return Links(run, episode, lambda query: url("pipeline", found.id, **query))
