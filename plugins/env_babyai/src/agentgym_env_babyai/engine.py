"""The engine: minigrid's levels, made quietly and without what a text agent does not need."""

from __future__ import annotations

import os
import threading
from functools import cache
from importlib import import_module
from typing import Any

from agentgym_core.errors import AgentGymError

LEFT, RIGHT, FORWARD, PICKUP, DROP, TOGGLE = range(6)
"""The engine's primitive actions."""

DRAWS = 5_000
"""A level draws again where a draw was no good: this many times at most. Usual is none, and some hundred are rare."""

_draws = threading.local()


def make(level: str, seed: int) -> Any:
    """A level drawn from a seed: an engine environment at its first state, the same for the same seed everywhere.

    After a step it makes no picture of what the agent sees: texts are made from the grid itself.

    :param level: the engine's name without `BabyAI-` and `-v0`.
    :raises AgentGymError: no draw was good.
    """
    creator, arguments = _entry(level)
    env = creator(**arguments)
    env.gen_obs = _no_picture
    _draws.count = 0
    env.reset(seed=seed)
    return env


@cache
def _entry(level: str) -> tuple[Any, dict[str, Any]]:
    """The class of a level and its arguments, as the engine registers them."""
    # Standard output belongs to the caller: pygame's greeting and the levels' notes stay away from it.
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import_module("minigrid")  # registers its levels
    vars(import_module("minigrid.envs.babyai.core.roomgrid_level"))["print"] = _note
    registration = import_module("gymnasium.envs.registration")
    spec = registration.spec(f"BabyAI-{level}-v0")
    return registration.load_env_creator(spec.entry_point), dict(spec.kwargs)


def _note(*_: object) -> None:
    """In place of print, which a level calls for each draw that was no good."""
    _draws.count = getattr(_draws, "count", 0) + 1
    if _draws.count > DRAWS:
        raise AgentGymError(f"minigrid found no layout in {DRAWS} draws", hint="take another seed")


def _no_picture() -> None:
    """In place of the engine's array of what the agent sees, the costliest part of its step."""
