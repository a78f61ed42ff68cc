"""The pages of one run: how it stands, its episodes, what was not read, what it took, and what it was made with."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from agentgym_core.evaluation.rows import plain
from agentgym_core.evaluation.texts import DASH, OUTCOME_WORDS, count, duration, number, percent
from agentgym_viewer import svg
from agentgym_viewer.page import Card, Cell, Figure, Table
from agentgym_viewer.report_page import report_values
from agentgym_viewer.workbench import queries
from agentgym_viewer.workbench.figures import Figures
from agentgym_viewer.workbench.filters import ORDERS, Filter
from agentgym_viewer.workbench.pages.listing import run_line
from agentgym_viewer.workbench.pages.shown import (
    episode_line,
    mean,
    moment,
    options,
    pretty,
    rate,
    rate_words,
)
from agentgym_viewer.workbench.runs import RunState
from agentgym_viewer.workbench.site import Asked, Page, Site, pages_of, url

LATEST = 12
"""Episodes on the overview of a run."""

TABS = (
    ("overview", "", "Overview"),
    ("episodes", "episodes", "Episodes"),
    ("report", "report", "Report"),
    ("unread", "unread", "Unread"),
    ("cost", "cost", "Cost"),
    ("about", "about", "About"),
)


def overview(site: Site, asked: Asked) -> Page:
    """How a run stands: its figures with intervals, its course, and the latest episodes."""
    run = site.run(asked.path["run"])
    now = site.clock()
    connection = site.index.database.connection()
    found = site.desk.of(run)
    latest, _ = queries.listed(connection, run.number, Filter(), LATEST)
    more = {
        "cards": _cards(run, found, now),
        "parts": _parts(found),
        "figures": found,
        "course": _course(found),
        "latest": [episode_line(each, run, now) for each in latest],
    }
    return _page(site, run, "overview", more)


def episodes(site: Site, asked: Asked) -> Page:
    """A run's episodes under a filter."""
    run = site.run(asked.path["run"])
    chosen = Filter.of(asked.query)
    connection = site.index.database.connection()
    found, total = queries.listed(connection, run.number, chosen)
    _, links = pages_of(total, chosen.page, queries.PAGE)
    now = site.clock()
    tally = run.tally
    query = {**asked.query}
    more = {
        "lines": [episode_line(each, run, now, text=chosen.text) for each in found],
        "found": count(total),
        "chosen": chosen,
        "query": query,
        "page": chosen.page,
        "links": links,
        "address": lambda number: url("run", run.id, "episodes", **{**query, "page": number + 1}),
        "environments": options(
            tally.environments, chosen.environment, {name: plain(name) for name in tally.environments}
        ),
        "kinds": options(tally.kinds, chosen.kind),
        "outcomes": options(tally.outcomes, chosen.outcome, OUTCOME_WORDS),
        "orders": [(name, told[0], name == chosen.order) for name, told in ORDERS.items()],
    }
    return _page(site, run, "episodes", more)


def report(site: Site, asked: Asked) -> Page:
    """The same report that `agentgym score --html` writes."""
    run = site.run(asked.path["run"])
    found = site.desk.of(run)
    whole = found.report if found is not None else None
    more: dict[str, Any] = {
        "waiting": found is None,
        "report": whole is not None,
        "command": shlex.join(["agentgym", "score", str(run.folder), "--html", "report.html"]),
    }
    if whole is not None:
        more |= report_values(whole)
    return _page(site, run, "report", more)


def unread(site: Site, asked: Asked) -> Page:
    """Replies that could not be read, and why; faults; and lines of the file that are no episodes."""
    run = site.run(asked.path["run"])
    connection = site.index.database.connection()
    reasons = queries.unread_reasons(connection, run.number)
    rounds = run.tally.rounds
    more = {
        "reasons": [
            (
                error,
                count(times),
                percent(times / rounds if rounds else None),
                count(of),
                url("run", run.id, "episodes", error=error),
            )
            for error, times, of in reasons
        ],
        "replies": count(rounds),
        "unread_replies": count(run.tally.unread),
        "faults": [
            (OUTCOME_WORDS.get(outcome, outcome), outcome, words, count(times), url("run", run.id, "episode", line))
            for outcome, words, times, line in queries.faults(connection, run.number)
        ],
        "damaged": queries.damaged_lines(connection, run.number),
        "damaged_count": count(run.damaged),
    }
    return _page(site, run, "unread", more)


def cost(site: Site, asked: Asked) -> Page:
    """Tokens, money and time, by environment and kind."""
    run = site.run(asked.path["run"])
    tally = run.tally
    rows = []
    for environment, kind, episodes, rounds, asked_tokens, said, money, seconds, solved in queries.spent(
        site.index.database.connection(), run.number
    ):
        rows.append(
            (
                plain(environment),
                kind or DASH,
                count(episodes),
                count(rounds),
                count(asked_tokens),
                count(said),
                _money(money),
                _money(money / solved if solved and money else None),
                duration(seconds / episodes),
            )
        )
    solved = tally.solved
    cards = [
        Card("cost", _money(tally.cost or None), "in the policy's own currency" if tally.cost else "no reply said one"),
        Card(
            "a solved episode",
            _money(tally.cost / solved if solved and tally.cost else None),
            f"{count(solved)} solved",
        ),
        Card("tokens in", count(tally.prompt_tokens), f"{count(_per(tally.prompt_tokens, tally.episodes))} an episode"),
        Card(
            "tokens out",
            count(tally.completion_tokens),
            f"{count(_per(tally.completion_tokens, tally.episodes))} an episode",
        ),
    ]
    head = (
        "environment",
        "kind",
        "episodes",
        "rounds",
        "tokens in",
        "tokens out",
        "cost",
        "a solved one",
        "time an episode",
    )
    return _page(
        site, run, "cost", {"cards": cards, "table": Table(head, rows, left=frozenset({1})), "any": bool(rows)}
    )


def about(site: Site, asked: Asked) -> Page:
    """What a run was made with."""
    run = site.run(asked.path["run"])
    manifest = run.manifest
    facts = [
        ("folder", str(run.folder)),
        ("id", str(manifest.get("id", ""))),
        ("made", moment(run.created)),
        ("policy", run.policy),
        ("stage", run.stage),
        ("Python", str(manifest.get("python", ""))),
        ("platform", str(manifest.get("platform", ""))),
    ]
    folder = str(run.folder)
    commands = [
        ("its figures in the terminal", shlex.join(["agentgym", "score", folder])),
        ("one page that needs no server", shlex.join(["agentgym", "view", folder])),
        (
            "its episodes as JSON Lines",
            shlex.join(["agentgym", "export", folder, "--to", "jsonl", "--out", "episodes.jsonl"]),
        ),
    ]
    more = {"facts": [pair for pair in facts if pair[1]], "manifest": pretty(dict(manifest)), "commands": commands}
    return _page(site, run, "about", more)


def _page(site: Site, run: RunState, tab: str, more: Mapping[str, Any]) -> Page:
    tabs = [(name, url("run", run.id, *([path] if path else [])), words, name == tab) for name, path, words in TABS]
    head = run_line(run, site.clock())
    values = {"run": run, "head": head, "tabs": tabs, "damaged_lines": run.damaged, **more}
    return Page(f"run_{tab}.html", f"{run.name} – {tab}", values, here="runs")


def _cards(run: RunState, found: Figures | None, now: float) -> list[Card]:
    tally = run.tally
    one = found.parts[0] if found is not None and len(found.parts) == 1 else None
    state = run.state(now)
    so_far = "" if found is None or found.episodes == tally.episodes else f" of the first {count(found.episodes)}"
    if one is not None:
        success, reward = rate(one.success), mean(one.reward)
    else:
        success = (
            percent(tally.solved / tally.scored if tally.scored else None),
            "of scored episodes" if tally.scored else "",
        )
        reward = (number(tally.mean_score), "over scored episodes" if tally.scored else "")
    scored = f"{count(tally.scored)} scored"
    faults = tally.episodes - tally.scored
    return [
        Card("success rate", success[0], success[1] + so_far),
        Card("mean score", reward[0], reward[1] + so_far),
        Card("episodes", count(tally.episodes), scored + (f", {count(faults)} not" if faults else "")),
        Card("pace", rate_words(run.rate(now)), "of the last minute" if state == "running" else "from first to last"),
        Card(
            "rounds an episode",
            number(tally.rounds / tally.episodes, 1) if tally.episodes else DASH,
            _unread_words(run),
        ),
    ]


def _unread_words(run: RunState) -> str:
    tally = run.tally
    return f"{count(tally.unread)} of {count(tally.rounds)} replies unread" if tally.rounds else ""


def _parts(found: Figures | None) -> Table | None:
    if found is None or len(found.parts) < 2:
        return None
    rows = [
        (
            part.environment,
            part.suite,
            part.player,
            count(part.episodes),
            count(part.scored),
            Cell(*rate(part.success), part.success.note),
            Cell(*mean(part.reward), part.reward.note),
            number(part.rounds, 1),
        )
        for part in found.parts
    ]
    head = ("environment", "suite", "player", "episodes", "scored", "success", "mean score", "rounds")
    return Table(head, rows, left=frozenset({1, 2}))


def _course(found: Figures | None) -> Figure | None:
    if found is None or len(found.course) < 3:
        return None
    drawn = svg.course(found.course, "Success and score in groups of episodes, in the order in which they ended")
    group = found.course[0][1]
    return Figure(
        f"Success (line) and mean score (dots) in groups of {count(group)} episodes, in the order in which they ended",
        drawn,
    )


def _money(value: float | None) -> str:
    return DASH if value is None or not value else f"{value:.4g}"


def _per(total: float, times: int) -> float | None:
    return total / times if times else None
