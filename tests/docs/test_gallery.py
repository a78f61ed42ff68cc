"""The gallery shows every environment of the paper, and what is played today is what it shows."""

from __future__ import annotations

import gallery
import pytest

from agentgym_core.environments import resolve_environment
from agentgym_core.errors import AgentGymError

SECTIONS = gallery.kept(gallery.PAGE.read_text(encoding="utf-8"))


def test_all_fourteen_are_there_and_none_else() -> None:
    assert tuple(SECTIONS) == gallery.ENVIRONMENTS
    assert len(SECTIONS) == 14


def test_what_is_said_above_the_episodes_is_the_scripts_own() -> None:
    assert gallery.PAGE.read_text(encoding="utf-8").startswith(gallery.head())


HEAVY = ("webshop", "webarena", "alfworld", "sciworld")
"""What has an engine, a browser or an index of thousands of products to start."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in HEAVY else name for name in gallery.ENVIRONMENTS]
)
def test_an_episode_is_played_as_it_is_shown(name: str) -> None:
    try:
        source = resolve_environment(name)
    except AgentGymError as error:
        pytest.skip(error.message)
    shown = SECTIONS[name]
    if name == "webarena":
        # What a browser tells of a page changes with the browser: the moves and the score do not.
        assert gallery.moves(gallery.section(source, gallery.played(source))) == gallery.moves(shown)
    else:
        assert gallery.section(source, gallery.played(source)) == shown
