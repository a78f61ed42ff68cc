"""As SkyRL's generator drives an environment: `init`, `step` on the text of a reply, `close`."""

from __future__ import annotations

from typing import Any

import skyrl_gym
from _told import play_all

from agentgym_bridge_skyrl import register

register()


def play(episode: dict[str, Any]) -> float:
    """One episode."""
    extras = {"extra_info": {"task": episode["task"]}}
    game = skyrl_gym.make(f"agentgym/{episode['environment']}", env_config={}, extras=extras)
    messages, _ = game.init([])
    assert messages[0]["content"]
    total = 0.0
    for text, _, _ in episode["moves"]:
        step = game.step(f"Thought: on.\nAction: {text}")
        total += step["reward"]
    assert step["done"]
    game.close()
    return float(total)


play_all(play)
