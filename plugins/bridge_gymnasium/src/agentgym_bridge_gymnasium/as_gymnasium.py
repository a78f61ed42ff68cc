"""Environments as Gymnasium's: `gymnasium.make("agentgym/textcraft-v1")` after this module was imported.

Without an import: `gymnasium.make("agentgym_bridge_gymnasium.as_gymnasium:agentgym/textcraft-v1")`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import gymnasium
from gymnasium.spaces import Text

from agentgym_core.errors import EpisodeStateError
from agentgym_core.registry import specs
from agentgym_core.rollout import make_environment
from agentgym_core.settings import ComponentChoice

NAMESPACE = "agentgym"
LONGEST = 1_000_000
"""How long a text of an observation or an action may be."""

_ALPHABET = "".join(map(chr, range(32, 127))) + "\n\t"


class GymnasiumEnvironment(gymnasium.Env[str, str]):
    """One of our environments as a Gymnasium environment of texts.

    The reward of a step is the increase of the score, so that an episode's sum is its score. `reset` takes `options` with a `task`, or a
    `split`; else a task of the split given here is drawn by the seed. `info` holds `score`, `success`, `task` and `available_actions`.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"]}  # noqa: RUF012 - declared so by the base class

    def __init__(
        self,
        environment: str,
        *,
        config: Mapping[str, Any] | None = None,
        split: str = "train",
        placement: str | ComponentChoice | None = None,
        render_mode: str | None = None,
    ) -> None:
        self._game = make_environment(environment, config, placement)
        self._split = split if split in self._game.description.splits else next(iter(self._game.description.splits))
        self._tasks = random.Random(0)
        self._shown = ""
        self._score: float | None = None
        self._task = ""
        self.render_mode = render_mode
        self.observation_space = Text(LONGEST, min_length=0, charset=_ALPHABET)
        self.action_space = Text(LONGEST, min_length=0, charset=_ALPHABET)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Start an episode."""
        super().reset(seed=seed)
        if seed is not None:
            self._tasks = random.Random(seed)
        options = options or {}
        self._task = options.get("task", "")
        if not self._task:
            tasks = self._game.source.tasks(options.get("split", self._split))
            self._task = tasks[self._tasks.randrange(len(tasks))].id
        self._shown = self._game.reset(self._task, seed=seed)
        self._score = 0.0
        return self._shown, self._info(None, {})

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Take an action by its text."""
        if self._score is None:
            raise EpisodeStateError("the environment has not been reset", hint="call reset()")
        step = self._game.step(action)
        reward, self._score = step.score - self._score, step.score
        self._shown = step.observation
        return self._shown, reward, step.terminated, step.truncated, self._info(step.success, step.info)

    def render(self) -> str | None:
        """The last observation."""
        return self._shown if self.render_mode == "ansi" else None

    def close(self) -> None:
        """Free everything."""
        self._game.close()

    def _info(self, success: bool | None, raw: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **raw,
            "score": self._score,
            "success": success,
            "task": self._task,
            "available_actions": self._game.available_actions(),
        }


def register() -> list[str]:
    """Register every installed environment and return the ids."""
    ids = []
    for spec in specs("environment"):
        id = f"{NAMESPACE}/{spec.id}-v{spec.version}"
        if id not in gymnasium.registry:
            gymnasium.register(
                id,
                entry_point="agentgym_bridge_gymnasium.as_gymnasium:GymnasiumEnvironment",
                kwargs={"environment": spec.id},
                disable_env_checker=True,
            )
        ids.append(id)
    return ids


register()
