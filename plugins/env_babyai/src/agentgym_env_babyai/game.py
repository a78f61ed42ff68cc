"""One episode: the engine, and texts turned into its primitives."""

from __future__ import annotations

from attrs import frozen

from agentgym_env_babyai import words
from agentgym_env_babyai.engine import FORWARD, make
from agentgym_env_babyai.offers import Offers, Primitives
from agentgym_env_babyai.sight import look

HIDING = "KeyInBox"
"""The level that hides its key in a box: without opening one it cannot be solved."""


@frozen
class Answer:
    """What came of an action: whether it could be done at all, and the engine's own figures.

    `reward` is 0 unless the mission was accomplished. `steps` are the primitives that the engine was told.
    """

    text: str
    valid: bool
    reward: float = 0.0
    terminated: bool = False
    truncated: bool = False
    steps: int = 0


class Game:
    """A level drawn from a seed, played in words.

    :param verbatim: words and numbers as AgentGym's server has them.
    """

    def __init__(self, level: str, seed: int, *, verbatim: bool = False) -> None:
        self.level = level
        self.seed = seed
        self.env = make(level, seed)
        self.history: list[int] = []
        self.verbatim = verbatim
        self._offers: Offers | None = None
        self.sight = look(self.env)

    @property
    def goal(self) -> str:
        """The line that tells the goal."""
        return words.goal(self.env.mission, verbatim=self.verbatim)

    @property
    def scene(self) -> str:
        """What is seen and carried now."""
        return words.describe(self.sight, self.env.carrying)

    @property
    def offers(self) -> Offers:
        """What can be done now."""
        if self._offers is None:
            self._offers = Offers(
                self.sight, self.env.carrying, self.env.agent_dir, boxes=self.level == HIDING, verbatim=self.verbatim
            )
        return self._offers

    def take(self, text: str) -> Answer:
        """Do what a text says, as far as it can be done: a way ends where something is in it, and where the episode ends."""
        text = text.lower().strip()
        if not self.verbatim:
            text = " ".join(text.split()).rstrip(" .!")
            if text.startswith("pick up "):
                text = f"pickup {text.removeprefix('pick up ')}"
        offers = self.offers
        if not self.verbatim:
            text = self._numbered(text)
        if "check" in text:
            return Answer(f"You can take the following actions: {', '.join(offers.actions)}", True)
        primitives = offers.actions.get(text)
        if primitives is None:
            return Answer(offers.refusals.get(text, words.NOT_RECOGNIZED if text else words.NO_CHANGE), False)
        if not primitives:
            return Answer(words.NO_CHANGE, True)
        return self._run(primitives)

    def _numbered(self, text: str) -> str:
        """A name without its number is that of the only thing of this name."""
        known = [*self.offers.actions, *self.offers.refusals]
        if text in known:
            return text
        near = {each for each in known if each.startswith(f"{text} ") and each[len(text) + 1 :].isdigit()}
        return near.pop() if len(near) == 1 else text

    def _run(self, primitives: Primitives) -> Answer:
        reward, terminated, truncated, count = 0.0, False, False, 0
        for primitive in primitives:
            before = self.env.agent_pos
            _, reward, terminated, truncated, _ = self.env.step(primitive)
            self.history.append(primitive)
            count += 1
            if terminated or truncated:
                break
            if primitive == FORWARD and self.env.agent_pos is before:
                break
        self._look()
        text = self.scene
        if terminated:
            text += words.COMPLETED if reward > 0 else words.FAILED
        elif truncated:
            text += words.OUT_OF_TIME
        return Answer(text, True, float(reward), terminated, truncated and not terminated, count)

    def _look(self) -> None:
        self.sight = look(self.env)
        self._offers = None
