"""The engine's words for an action, as the declared ones."""

from __future__ import annotations

import pytest

from agentgym_env_sciworld.words import declared


@pytest.mark.parametrize(
    ("engines", "ours"),
    [
        ("pour jug in sink", "pour jug into sink"),
        ("pour jug into sink", "pour jug into sink"),
        ("pour cup containing paint in inventory into cup", "pour cup containing paint in inventory into cup"),
        ("pour red cup in art studio in cup in table", "pour red cup in art studio in cup in table"),
        ("dunk paper in cup", "dunk paper into cup"),
        ("examine cup", "look at cup"),
        ("go north", "go to north"),
    ],
)
def test_what_is_said_stays_the_same_action(engines: str, ours: str) -> None:
    assert declared(engines) == ours
