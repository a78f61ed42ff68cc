"""Pages on which a person plays: what can be played, and an episode turn by turn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agentgym_core.actions import Grammar
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import AgentGymError, ConfigError
from agentgym_core.evaluation.texts import OUTCOME_WORDS
from agentgym_core.registry import missing, specs
from agentgym_core.types import Message
from agentgym_viewer.workbench.filters import whole
from agentgym_viewer.workbench.pages.episode import DRAWN
from agentgym_viewer.workbench.pages.shown import File
from agentgym_viewer.workbench.play import Game
from agentgym_viewer.workbench.runs import relative, run_id
from agentgym_viewer.workbench.site import Asked, Missing, Page, Site, url

BUTTONS = 60
"""Actions that stand as buttons; the others are offered where one is typed."""

FRESH = {"cache-control": "no-store"}
OFFERED = 200
"""Tasks of a split that are offered by name."""


def play(site: Site, asked: Asked) -> Page:
    """Choose what to play."""
    query = asked.query
    chosen = query.get("environment", "")
    found = []
    for each in specs("environment"):
        lacking = missing(each.requires)
        found.append((each.id, each.summary, each.id == chosen, "; ".join(item.hint or item.name for item in lacking)))
    values: dict[str, Any] = {
        "environments": found,
        "chosen": chosen,
        "query": query,
        "about": None,
        "trouble": None,
        "games": [game for game in site.play.games.values() if not game.ended],
    }
    if chosen:
        try:
            values["about"] = _about(chosen, query)
        except AgentGymError as error:
            values["trouble"] = error
    return Page("play.html", "Play", values, here="play")


def _about(environment: str, query: Mapping[str, str]) -> dict[str, Any]:
    source = resolve_environment(environment, _config(query.get("config", "")))
    description = source.description
    split = query.get("split", "")
    split = split if split in source.splits else source.first_split(held_out=False)
    tasks = source.tasks(split) if split else []
    return {
        "instruction": description.instruction,
        "splits": [(name, f"{name} ({count})", name == split) for name, count in source.splits.items()],
        "split": split,
        "tasks": [tasks[number].id for number in range(min(OFFERED, len(tasks)))],
        "held_out": split in description.evaluation,
        "rounds": description.max_rounds,
        "config": json.dumps(source.config_values, indent=1, ensure_ascii=False),
    }


def begin(site: Site, asked: Asked) -> str:
    """Begin an episode; the address of its page."""
    form = asked.query
    game = site.play.open(
        form.get("environment", ""),
        split=form.get("split", ""),
        task=form.get("task", "").strip(),
        seed=_whole(form, "seed"),
        rounds=_whole(form, "rounds"),
        config=_config(form.get("config", "")),
    )
    return url("play", game.id)


def turn(site: Site, asked: Asked) -> Page:
    """An episode as it stands: the conversation, what the environment draws, and the actions."""
    game = _game(site, asked)
    request = game.request
    available = list(request.available_actions or ()) if request is not None else []
    shown = asked.query.get("hint") == "1"
    trajectory = game.trajectory
    seen = _drawn(game)
    run = None
    if trajectory is not None:
        run = run_id(relative(game.folder, site.index.folder))
    values: dict[str, Any] = {
        "game": game,
        "instruction": game.source.description.instruction,
        "messages": _conversation(game),
        "turn": game.turn,
        "buttons": available[:BUTTONS],
        "more": available,
        "hints": game.source.description.expert_score is not None,
        "hint": game.hint if shown else None,
        "hint_asked": shown,
        # A picture in a frame would be a document of its own, which no page of ours may frame.
        "drawn": "" if seen is None else "picture" if isinstance(seen, bytes) else "page",
        "trajectory": trajectory,
        "words": OUTCOME_WORDS[trajectory.outcome.value] if trajectory is not None else "",
        "replay": None if run is None else url("run", run),
        "trouble": game.trouble,
    }
    return Page("playing.html", f"{game.source.spec.id}: {game.task.id}", values, here="play")


def act(site: Site, asked: Asked) -> str:
    """Take the action of a form; the address of what came of it."""
    game = _game(site, asked)
    number = _whole(asked.query, "turn")
    # A button that was pressed wins over what stands in the field: Enter there presses "Do it", which names no action.
    game.act(asked.query.get("action") or asked.query.get("typed", "").strip(), -1 if number is None else number)
    return url("play", game.id) + "#now"


def stop(site: Site, asked: Asked) -> str:
    """End an episode."""
    game = _game(site, asked)
    game.stop()
    return url("play", game.id)


def rendering(site: Site, asked: Asked) -> File:
    """What the environment draws of the present state, as a document of its own."""
    drawn = _drawn(_game(site, asked))
    if isinstance(drawn, bytes):
        return File(drawn, "image/png", FRESH)
    if drawn is None:
        raise Missing("the environment draws nothing here", hint="see the conversation")
    return File(drawn.encode("utf-8", "replace"), "text/html; charset=utf-8", {**FRESH, **DRAWN})


def _conversation(game: Game) -> list[tuple[str, str]]:
    """What was said, the last observation first to be read: roles with texts, without what only models are told."""
    grammar = Grammar(game.source.description.actions)

    def told(message: Message) -> tuple[str, str]:
        # A person reads the action that was chosen, not the form in which models write it; a canned answer has no action.
        action = grammar.read(message.content, message.tool_calls).action if message.role == "assistant" else None
        return message.role, message.content if action is None else action.text

    if game.trajectory is not None:
        messages = list(game.trajectory.messages)
        last = game.trajectory.turns[-1].observation if game.trajectory.turns else ""
        found = [told(message) for message in messages]
        return [*found, ("user", last)] if last and (not found or found[-1][0] == "assistant") else found
    return [told(message) for message in game.request.messages] if game.request is not None else []


def _drawn(game: Game) -> str | bytes | None:
    return None if game.request is None else game.request.rendering


def _game(site: Site, asked: Asked) -> Game:
    found: Game | None = site.play.games.get(asked.path["game"])
    if found is None:
        raise Missing("this episode is not open any more", hint="what was played is in the list of runs")
    return found


def _config(text: str) -> dict[str, Any] | None:
    if not text.strip():
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the settings are not JSON: {error}", hint='write them like: {"sizes": [7]}') from error
    if not isinstance(found, dict):
        raise ConfigError("the settings are no object", hint='write them like: {"sizes": [7]}')
    return found


def _whole(form: Mapping[str, str], name: str) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    found = whole(text, digits=10)
    if found is None:
        raise ConfigError(f"{name}: {text[:40]!r} is no whole number", hint="leave it out, or write digits")
    return found
