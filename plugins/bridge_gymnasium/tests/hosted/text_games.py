"""Small Gymnasium environments of texts, as somebody else would write them."""

from __future__ import annotations

import random
from typing import Any

import gymnasium
from gymnasium.spaces import Dict, Discrete, Text


class GuessNumber(gymnasium.Env[Any, Any]):
    """Guess a number from 0 to 9. A right guess pays 2, a wrong one costs 0.25; five guesses."""

    metadata: dict[str, Any] = {"render_modes": ["ansi"]}  # noqa: RUF012 - declared so by the base class

    def __init__(self, words: bool = True, wrapped: bool = False, render_mode: str | None = None) -> None:
        self.words, self.wrapped, self.render_mode = words, wrapped, render_mode
        text = Text(200)
        self.observation_space = Dict({"text": text}) if wrapped else text
        self.action_space = Text(20) if words else Discrete(10)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.number, self.guesses = random.Random(seed).randrange(10), 0
        return self._shown("Guess a number from 0 to 9."), {"odd": object()}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        self.guesses += 1
        over = self.guesses >= 5
        if str(action).strip() == str(self.number):
            return self._shown("Right."), 2, True, over, {"success": True}
        return self._shown(f"Not {str(action)[:20]}."), -0.25, False, over, {"left": 5 - self.guesses, "odd": {1: 2}}

    def render(self) -> str:
        return f"<{self.guesses} guesses>"

    def _shown(self, text: str) -> Any:
        return {"text": text} if self.wrapped else text


class Broken(GuessNumber):
    """Pays what is no number."""

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        return "What?", float("nan"), False, False, {}


for _name in ("GuessNumber", "Broken"):
    if f"{_name}-v0" not in gymnasium.registry:
        gymnasium.register(f"{_name}-v0", entry_point=f"text_games:{_name}")
