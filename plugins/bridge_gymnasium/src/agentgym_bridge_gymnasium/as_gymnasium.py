"""Environments as Gymnasium's: `gymnasium.make("agentgym/textcraft-v1")` after this module was imported.

Without an import: `gymnasium.make("agentgym_bridge_gymnasium.as_gymnasium:agentgym/textcraft-v1")`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium

from agentgym_bridge_gymnasium.spaces import LONGEST, Actions, Words
from agentgym_core.errors import EpisodeStateError
from agentgym_core.registry import specs
from agentgym_core.rollout import make_environment
from agentgym_core.settings import ComponentChoice
from agentgym_core.terminal import say
from agentgym_core.types import Step

NAMESPACE = "agentgym"


class GymnasiumEnvironment(gymnasium.Env[str, str]):
    """One of our environments as a Gymnasium environment of texts.

    The reward of a step is the increase of the score, so that an episode's sum is its score. `reset` takes `options` with a `task`, or a
    `split`; else a task of the split given here is drawn. `info` holds `score`, `success`, `task`, `available_actions`, and what the
    environment itself says of a step under its own names.

    A copy, or what comes out of a pickle, is an environment of its own in the same state: the episode's actions are taken again.

    :param split: where tasks are drawn from. :param longest: how many characters an observation or an action may have.
    :param render_mode: `ansi`, or `human`, which prints what is shown.
    :raises UnknownComponent, ComponentUnavailable, ConfigError: it cannot be made like this.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi", "human"], "render_fps": 4}  # noqa: RUF012 - declared so by the base class

    def __init__(
        self,
        environment: str,
        *,
        config: Mapping[str, Any] | None = None,
        split: str = "train",
        placement: str | ComponentChoice | None = None,
        longest: int = LONGEST,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise gymnasium.error.Error(f"there is no render mode {render_mode!r}: modes are ansi and human")
        self._made: dict[str, Any] = {
            "environment": environment,
            "config": config,
            "split": split,
            "placement": placement,
            "longest": longest,
            "render_mode": render_mode,
        }
        self._game = make_environment(environment, config, placement)
        description = self._game.description
        self._split = split if split in description.splits else next(iter(description.splits))
        self._shown = ""
        self._step: Step | None = None
        self._opening: tuple[str, int] = ("", 0)
        self._taken: list[str] = []
        self.render_mode = render_mode
        self.observation_space = Words(longest)
        self.action_space = Actions(description.actions, longest)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Start an episode.

        :param seed: decides this task and those of later resets. Without one the first reset takes chance of the system.
        """
        super().reset(seed=seed)
        options = options or {}
        task = options.get("task", "")
        if not task:
            tasks = self._game.source.tasks(options.get("split", self._split))
            task = tasks[int(self.np_random.integers(len(tasks)))].id
        self._start(task, int(self.np_random.integers(2**31)) if seed is None else seed)
        self._show()
        return self._shown, self._info(Step(self._shown))

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Take an action by its text."""
        before = self._step
        if before is None:
            raise EpisodeStateError("the environment has not been reset", hint="call reset()")
        step = self._take(action)
        self._show()
        return self._shown, step.score - before.score, step.terminated, step.truncated, self._info(step)

    def render(self) -> str | None:
        """The last observation under `ansi`; nothing under `human`, where it was printed already."""
        return self._shown if self.render_mode == "ansi" else None

    def close(self) -> None:
        """Free everything."""
        self._game.close()

    def _start(self, task: str, seed: int) -> None:
        self._shown = self._game.reset(task, seed=seed)
        self._opening, self._taken, self._step = (task, seed), [], Step(self._shown)

    def _take(self, action: str) -> Step:
        step = self._game.step(action)
        self._taken.append(action)
        self._shown, self._step = step.observation, step
        return step

    def _show(self) -> None:
        if self.render_mode == "human":
            say(self._shown)

    def _info(self, step: Step) -> dict[str, Any]:
        told = {**_of_one_type(step.info), "score": float(step.score), "success": step.solved, "task": self._opening[0]}
        available = self._game.available_actions()
        return told if available is None else {**told, "available_actions": tuple(available)}

    def __getstate__(self) -> dict[str, Any]:
        episode = None
        if self._step is not None:
            if not self._game.description.deterministic:
                raise TypeError(
                    f"an episode of {self._made['environment']!r} cannot be copied: the same actions may lead elsewhere"
                )
            episode = (*self._opening, tuple(self._taken))
        random = (self._np_random, self._np_random_seed)
        return {"made": self._made, "spec": self.spec, "episode": episode, "random": random}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        made = dict(state["made"])
        self.__init__(made.pop("environment"), **made)  # type: ignore[misc]
        self.spec = state["spec"]
        self._np_random, self._np_random_seed = state["random"]
        if state["episode"] is not None:
            task, seed, actions = state["episode"]
            self._start(task, seed)
            for action in actions:
                self._take(action)


def _of_one_type(info: Mapping[str, Any]) -> dict[str, Any]:
    """What vectorised environments can gather: they put the values of a name into an array of the first one's type, where None becomes
    False among truth values, and 0.5 becomes 0 among whole numbers."""
    whole = {
        name: float(value) for name, value in info.items() if isinstance(value, int) and not isinstance(value, bool)
    }
    return {**{name: value for name, value in info.items() if value is not None}, **whole}


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
