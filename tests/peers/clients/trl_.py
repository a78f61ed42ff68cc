"""As TRL drives an environment: tools by their schemas, the reward at the end."""

from __future__ import annotations

from typing import Any

from _told import play_all
from transformers.utils import get_json_schema

from agentgym_bridge_trl.factory import environment_factory, rows


def play(episode: dict[str, Any]) -> float:
    """One episode."""
    import trl  # noqa: F401 - the version that this environment is for

    factory = environment_factory(episode["environment"])
    game: Any = factory()
    row = rows(episode["environment"], limit=1)[0]
    assert row["prompt"][-1]["content"] + game.reset(**{**row, "task": episode["task"]})
    for _, name, arguments in episode["moves"]:
        act = getattr(game, name)
        assert set(arguments) <= set(get_json_schema(act)["function"]["parameters"]["properties"])
        act(**arguments)
    score = game.get_reward()
    game._close()
    return float(score)


play_all(play)
