"""One simulator: what is asked of it goes straight to the engine, and nothing else is computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from agentgym_core.errors import sayable
from agentgym_env_sciworld.tasks import Game
from agentgym_env_sciworld.ways import Gold, Way
from agentgym_env_sciworld.world import EngineError, World

_ANSWERED_BEFORE_PARSING = frozenset({"help", "objects", "task"})
_LONGEST = 2000
AMBIGUOUS = "Ambiguous request"
_SILENCE = "Nothing comes of that."


@frozen
class Said:
    """What the engine says to one input. `raw` is its score, -100 to 100; `moves` the ticks of the world so far."""

    text: str
    raw: int
    completed: bool
    moves: int

    @property
    def ambiguous(self) -> bool:
        """Whether the engine asks which of several things was meant: the next input answers it."""
        return self.text.startswith(AMBIGUOUS)


class Simulator:
    """A simulator in a world. One thread at a time."""

    def __init__(self, world: World, simplifications: Sequence[str] = ()) -> None:
        self.world = world
        self._wanted = ",".join(simplifications)
        self.place = world.place()
        self._agent: Any = None
        self._ambiguous = False

    def load(self, game: Game) -> str:
        """Start a game and return the engine's description of the task."""
        with self.world.turn(self.place) as interface:
            self._start(game, gold=False)
            return str(interface.getTaskDescription())

    def gold(self, game: Game) -> Gold:
        """Start a game and return the engine's own way to solve it."""
        with self.world.turn(self.place) as interface:
            self._start(game, gold=True)
            # Until the next step the interface shows how the way ended that it sought.
            solved = bool(interface.getCompleted()) and float(interface.getScore()) >= 1
            return Gold(tuple(_texts(interface.getGoldActionSequence())), solved)

    def _start(self, game: Game, *, gold: bool) -> None:
        self._agent = self.world.load(self.place, game.kind, game.variation, self._wanted, gold=gold)
        self._ambiguous = False

    def step(self, text: str) -> Said:
        """Take one input, whatever it is.

        :raises EngineError: the engine broke on it.
        """
        text = sayable(text[:_LONGEST])
        agent = self._agent
        with self.world.turn(self.place) as interface:
            if self._ambiguous or text.strip().lower() in _ANSWERED_BEFORE_PARSING:
                said = str(interface.step(text))
                score, completed = agent.task().goalSequence().score(), agent.task().goalSequence().isCompleted()
            else:
                said, score, completed = _parts(str(agent.step(text).toString()))
            moves = int(agent.getCurIterations())
            raw = round(100 * score)
            if (raw < 0 or not said) and agent.isInErrorState():
                raise EngineError(f"the engine broke: {agent.getErrorStateMessage()}")
        self._ambiguous = said.startswith(AMBIGUOUS)
        return Said(said or _SILENCE, raw, bool(completed), moves)

    def solves(self, way: Way) -> bool:
        """Go on along a way until the game ends: whether that solves it."""
        for text in way:
            said = self.step(text)
            if said.completed or said.raw < 0:
                return said.raw == 100
        return False

    def look(self) -> str:
        """What the agent sees; asking takes no time."""
        with self.world.turn(self.place) as interface, self.world.aside():
            return str(interface.freeActionLook())

    def inventory(self) -> str:
        """What the agent holds; asking takes no time."""
        with self.world.turn(self.place) as interface, self.world.aside():
            return str(interface.freeActionInventory())

    def actions(self) -> list[str]:
        """Every action that the engine says makes sense now, sorted; in its own words."""
        with self.world.turn(self.place) as interface, self.world.aside():
            return sorted(set(_texts(interface.getValidActionObjectCombinations())))

    def leave(self) -> None:
        """Keep nothing of the game."""
        self._agent = None
        self.world.leave(self.place)


def _parts(text: str) -> tuple[str, float, bool]:
    """The engine's triple of text, score and completion, which was written out as `(text,score,completed)`."""
    said, score, completed = text[1:-1].rsplit(",", 2)
    return said, float(score), completed == "true"


def _texts(found: Any) -> list[str]:
    """A Java list of texts: as one text it crosses the border at once, and not item by item."""
    joined = str(found.toString())[1:-1]
    return joined.split(", ") if joined else []
