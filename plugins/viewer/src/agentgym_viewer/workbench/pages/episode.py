"""The replay of one episode, and what its script reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from agentgym_core.evaluation.rows import plain
from agentgym_core.evaluation.texts import OUTCOME_WORDS
from agentgym_core.types import Trajectory
from agentgym_viewer.pictures import attachment
from agentgym_viewer.replay import episode_json, summary
from agentgym_viewer.workbench import queries
from agentgym_viewer.workbench.filters import whole
from agentgym_viewer.workbench.pages.listing import run_line
from agentgym_viewer.workbench.pages.shown import File
from agentgym_viewer.workbench.runs import RunState
from agentgym_viewer.workbench.site import Asked, Missing, Page, Site, url

KEPT = {"cache-control": "private, max-age=3600"}
DRAWN = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"
}
"""What the drawing of an environment may do: stand in its frame. It may hold what a page said, so no script of it ever runs."""


def episode(site: Site, asked: Asked) -> Page:
    """The page of an episode: what stands in it is read by its script."""
    run, line = site.run(asked.path["run"]), line_of(asked)
    found = site.trajectory(run, line)
    text = asked.query.get("q", "")[:500]
    values = replay_values(
        site,
        run,
        line,
        found,
        address=lambda to: url("run", run.id, "episode", to, q=text),
        back=url("run", run.id, "episodes", q=text),
        text=text,
    )
    return Page("episode.html", f"{found.key.task} – {run.name}", values, here="runs")


def replay_values(
    site: Site,
    run: RunState,
    line: int,
    found: Trajectory,
    *,
    address: Callable[[int], str],
    back: str,
    text: str = "",
) -> dict[str, Any]:
    """What `episode.html` shows of one episode, its data as the only source.

    :param address: this page for the episode of another line. :param text: what was looked for.
    """
    before, after = queries.beside(site.index.database.connection(), run.number, line)
    return {
        "run": run,
        "head": run_line(run, site.clock()),
        "episode": found,
        "environment": plain(found.key.environment),
        "words": OUTCOME_WORDS[found.outcome.value],
        "line": line,
        "near": {name: None if to is None else address(to) for name, to in (("earlier", before), ("later", after))},
        "sources": [url("run", run.id, "episode", line, "data")],
        "text": text,
        "back": back,
    }


def episode_data(site: Site, asked: Asked) -> File:
    """An episode as the script of its page reads it."""
    run, line = site.run(asked.path["run"]), line_of(asked)
    found = site.trajectory(run, line)
    return File(data_of(run, found), "application/json", {"etag": f'"{found.id}-{line}"'})


def data_of(run: RunState, found: Trajectory) -> bytes:
    """The JSON of an episode, with the addresses of its pictures."""
    names = ("run", "environment", "task", "sample", "outcome", "score", "rounds", "kind", "id")
    head = dict(zip(names, summary(found, 0), strict=True))
    value: dict[str, Any] = {**head, "run": run.name, "full": episode_json(found), "outcomes": OUTCOME_WORDS}
    pictures = found.info.get("pictures")
    for kind, ending in (("pictures", ".png"), ("renderings", ".html")):
        kept = pictures.items() if isinstance(pictures, Mapping) else ()
        value["full"][kind] = {
            str(at): url("run", run.id, "picture", str(name)) for at, name in kept if str(name).endswith(ending)
        }
    return json.dumps(value, ensure_ascii=True, allow_nan=False).encode()


def picture(site: Site, asked: Asked) -> File:
    """A picture that the run keeps."""
    run = site.run(asked.path["run"])
    found = attachment(run.folder, asked.path["name"])
    if found is None:
        raise Missing("there is no such picture", hint="see the episode")
    if asked.path["name"].endswith(".html"):
        return File(found, "text/html; charset=utf-8", {**KEPT, **DRAWN})
    return File(found, "image/png", KEPT)


def line_of(asked: Asked) -> int:
    """The line that an address names.

    :raises Missing: it names none.
    """
    text = asked.path["line"]
    line = whole(text)
    if line is None:
        raise Missing(f"{text[:40]!r} is no line of a run", hint="see the list of its episodes")
    return line
