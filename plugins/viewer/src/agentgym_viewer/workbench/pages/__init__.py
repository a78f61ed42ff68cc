"""The pages: each a function of what the site has and of what is asked. Nothing here waits, and nothing changes a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from agentgym_viewer.workbench.pages.comparing import comparing, pair
from agentgym_viewer.workbench.pages.episode import episode, episode_data, picture
from agentgym_viewer.workbench.pages.listing import runs
from agentgym_viewer.workbench.pages.pipe import pipe
from agentgym_viewer.workbench.pages.run import about, cost, episodes, overview, report, unread
from agentgym_viewer.workbench.pages.searching import search
from agentgym_viewer.workbench.pages.shown import File
from agentgym_viewer.workbench.pages.token_layer import tokens
from agentgym_viewer.workbench.site import Asked, Page, Site

MakePage: TypeAlias = Callable[[Site, Asked], Page | File | str]
"""Makes a page, a file, or (a text) the address of another page."""


def _playing(name: str) -> MakePage:
    """A page on which a person plays, imported when it is asked for."""

    def make(site: Site, asked: Asked) -> Page | File | str:
        from agentgym_viewer.workbench.pages import playing

        made: Page | File | str = getattr(playing, name)(site, asked)
        return made

    return make


ROUTES: Mapping[str, MakePage] = {
    "/": runs,
    "/search": search,
    "/compare": comparing,
    "/pair": pair,
    "/pipeline/{pipeline}": pipe,
    "/play": _playing("play"),
    "/play/{game}": _playing("turn"),
    "/play/{game}/rendering": _playing("rendering"),
    "/run/{run}": overview,
    "/run/{run}/episodes": episodes,
    "/run/{run}/report": report,
    "/run/{run}/unread": unread,
    "/run/{run}/cost": cost,
    "/run/{run}/about": about,
    "/run/{run}/episode/{line}": episode,
    "/run/{run}/episode/{line}/data": episode_data,
    "/run/{run}/episode/{line}/tokens": tokens,
    "/run/{run}/picture/{name}": picture,
}
"""What is read with GET."""

ACTS: Mapping[str, MakePage] = {
    "/play": _playing("begin"),
    "/play/{game}": _playing("act"),
    "/play/{game}/stop": _playing("stop"),
}
"""What changes something, with POST: nothing but an episode that is played here."""

__all__ = ["ACTS", "ROUTES", "File", "MakePage"]
