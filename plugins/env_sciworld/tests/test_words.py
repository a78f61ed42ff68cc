"""The engine's words for an action, as the declared ones."""

from __future__ import annotations

import pytest

from agentgym_env_sciworld.words import declared, readings


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


@pytest.mark.parametrize(
    ("said", "likeliest"),
    [
        ("pour cup containing red paint in art studio in jug", "pour cup containing red paint in art studio into jug"),
        ("pour red cup in art studio in cup in table", "pour red cup in art studio into cup in table"),
        ("pour jug into sink in kitchen", "pour jug into sink in kitchen"),
        ("look in cup in table", "look in cup in table"),
    ],
)
def test_of_several_in_the_likeliest_is_tried_first(said: str, likeliest: str) -> None:
    found = readings(said)
    assert found[0] == likeliest
    assert len(set(found)) == len(found)
    assert all(text.replace(" into ", " in ") == said.replace(" into ", " in ") for text in found)
