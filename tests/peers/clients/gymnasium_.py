"""Through `gymnasium.make`: the score is the sum of the rewards."""

from __future__ import annotations

from typing import Any

import gymnasium
from _told import play_all

import agentgym_bridge_gymnasium.as_gymnasium


def play(episode: dict[str, Any]) -> float:
    """One episode."""
    with gymnasium.make(f"agentgym/{episode['environment']}-v1") as game:
        game.reset(seed=0, options={"task": episode["task"]})
        return sum(float(game.step(text)[1]) for text, _, _ in episode["moves"])


assert agentgym_bridge_gymnasium.as_gymnasium
play_all(play)
