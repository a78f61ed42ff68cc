"""Any Gymnasium environment of texts as one of ours."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any, Literal

import gymnasium
from attrs import evolve
from gymnasium.spaces import Discrete
from msgspec.structs import replace
from pydantic import Field

from agentgym_bridge.seeded import ForeignConfig, ForeignEnvironment, RewardAccumulator, plain
from agentgym_core.environment import Description
from agentgym_core.errors import ComponentUnavailable, sayable
from agentgym_core.types import Action, Step, Task

# What a picture of characters sets off by colour, such as where the player stands: `ESC [ numbers m`, the characters, `ESC [ 0 m`.
_COLOURED = re.compile(r"\x1b\[[0-9;]*m(.*?)\x1b\[0?m", re.DOTALL)
_LISTS = ("available_actions", "admissible_commands", "valid_actions")


class FromGymnasiumConfig(ForeignConfig):
    """Which Gymnasium environment, and what its rewards mean."""

    id: str
    """Gymnasium's id; `module:id` where a module must be imported first."""

    kwargs: dict[str, Any] = Field(default_factory=dict)
    """What `gymnasium.make` is given."""

    options: dict[str, Any] = Field(default_factory=dict)
    """What every reset is given as `options`."""

    observation: str = ""
    """Which part of an observation that is a mapping is the text."""

    shows: Literal["observation", "render"] = "observation"
    """What is shown: the observation, or what the environment draws with characters, where `kwargs` asks for `render_mode` `ansi`."""

    actions: tuple[str, ...] = ()
    """Words for the numbers of a discrete action space, from its first on; without them the numbers are said."""


class FromGymnasiumEnvironment(ForeignEnvironment):
    """Observations must be texts; an action is a text, or the word for one of a few numbers."""

    config: FromGymnasiumConfig

    def __init__(self, config: FromGymnasiumConfig, engine: Any = None) -> None:
        super().__init__(config, engine)
        try:
            self._game = gymnasium.make(config.id, disable_env_checker=True, **config.kwargs)
        except (gymnasium.error.Error, ImportError) as error:
            raise ComponentUnavailable(
                f"Gymnasium cannot make {config.id!r}: {error}", hint="is it installed? name it module:id"
            ) from error
        self._numbers: dict[str, int] = {}
        space = self._game.action_space
        if isinstance(space, Discrete):
            words = config.actions or tuple(str(space.start + n) for n in range(int(space.n)))
            self._numbers = {word: int(space.start) + n for n, word in enumerate(words[: int(space.n)])}
        self._last = Step("")
        self._info: Mapping[str, Any] = {}

    @classmethod
    def describe(cls, config: FromGymnasiumConfig) -> Description:
        """As the configuration says."""
        return evolve(super().describe(config), show_actions=bool(config.actions))

    @classmethod
    def identity(cls, config: FromGymnasiumConfig) -> Any:
        """The id and what it is made with. How it is shown is no part of it."""
        return ["gymnasium", config.id, config.kwargs, config.options]

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Start with the task's seed: `seed` changes nothing."""
        shown, self._info = self._game.reset(seed=task.data, options=dict(self.config.options) or None)
        self._score = RewardAccumulator(self.config)
        self._last = Step(self._text(shown))
        return self._last.observation

    def step(self, action: Action) -> Step:
        """Take an action; where there are only some, any other changes nothing."""
        given: Any = sayable(action.text)
        if self._numbers:
            word = given.strip()
            if word not in self._numbers:
                return replace(self._last, observation=f"That is no action. There are: {', '.join(self._numbers)}.")
            given = self._numbers[word]
        shown, reward, terminated, truncated, self._info = self._game.step(given)
        score = self._score.add(reward)
        success = self._info.get("success")
        self._last = Step(
            self._text(shown),
            score,
            bool(terminated),
            bool(truncated) and not terminated,
            success if isinstance(success, bool) else None,
            {**plain(self._info), "raw_reward": float(reward), "raw_sum": self._score.total},
        )
        return self._last

    def available_actions(self) -> list[str] | None:
        """The words of a discrete space, or what the environment lists in its info."""
        if self._numbers:
            return list(self._numbers)
        for name in _LISTS:
            listed = self._info.get(name)
            if isinstance(listed, (list, tuple)) and all(isinstance(item, str) for item in listed):
                return list(listed)
        return None

    def render(self) -> str | None:
        """The environment's own picture, where it draws with characters (`render_mode` `ansi`)."""
        picture = self._game.render() if self._game.render_mode == "ansi" else None
        return f"<pre>{html.escape(picture)}</pre>" if isinstance(picture, str) else None

    def close(self) -> None:
        """Free it."""
        self._game.close()

    def _text(self, shown: Any) -> str:
        if self.config.shows == "render":
            drawn = self._game.render()
            shown = _COLOURED.sub(r"[\1]", drawn) if isinstance(drawn, str) else drawn
        if self.config.observation and isinstance(shown, Mapping):
            shown = shown.get(self.config.observation)
        if not isinstance(shown, str):
            raise TypeError(
                f"{self.config.id!r} shows {type(shown).__name__}, not text: name the part that is text as `observation`, or what it draws "
                'with shows="render" and kwargs.render_mode="ansi"'
            )
        return sayable(shown)
