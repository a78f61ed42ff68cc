"""How an expert plays: the engine's own way, and back to it where an episode has left it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentgym_core.types import ExpertAction
from agentgym_env_sciworld.engine import Engine
from agentgym_env_sciworld.simulator import Said, Simulator
from agentgym_env_sciworld.tasks import Game
from agentgym_env_sciworld.thoughts import thought
from agentgym_env_sciworld.ways import Way
from agentgym_env_sciworld.words import declared

_PLACE = re.compile(r"This (?:room|outside location) is called the ([^.\n]+)\.")


class Expert:
    """Follows one episode. What it says after a step outside its plan was tried in a simulator of its own first."""

    def __init__(self, engine: Engine, game: Game) -> None:
        self._engine = engine
        self._game = game
        self._plan: Way | None = None
        self._played = 0
        self._kept = 0
        self._asked = False

    def move(self, history: Sequence[str]) -> ExpertAction | None:
        """The next move after the actions so far, or None where no way on is known."""
        if self._plan is None:
            self._plan = self._engine.gold(self._game)
        for text in history[self._played :]:
            if self._kept == self._played and self._plan and declared(text.strip()) == self._plan[0]:
                self._plan = self._plan[1:]
                self._kept += 1
            self._played += 1
            self._asked = False
        if self._kept < self._played and not self._asked:
            self._asked = True
            found = self._way_back(history)
            if found is not None:
                self._plan, self._kept = found, self._played
        if self._kept < self._played or not self._plan:
            return None
        return ExpertAction(thought(self._game.kind, self._plan[0], first=not history), self._plan[0])

    def _way_back(self, history: Sequence[str]) -> Way | None:
        """A way from here back to where the plan was left and along the rest of it; None where it does not solve the game."""
        plan = self._plan or ()
        with self._engine.rehearsal() as simulator:
            left, here, said = self._replay(simulator, history)
            starts: list[Way] = [()]
            if said.ambiguous:
                starts = [("look around",), ("0",)]
            elif left != here:
                starts = [(f"go to {left}",), (f"open door to {left}", f"go to {left}"), ()]
            for start in starts:
                if simulator.solves((*start, *plan)):
                    return (*start, *plan)
                self._replay(simulator, history)
        return None

    def _replay(self, simulator: Simulator, history: Sequence[str]) -> tuple[str, str, Said]:
        """Play the history: where the plan was left, where it has come to since, and what was said last."""
        simulator.load(self._game)
        said = simulator.step("look around")
        left = _place(simulator) if not self._kept else ""
        for at, text in enumerate(history, 1):
            said = simulator.step(text)
            if at == self._kept:
                left = _place(simulator)
        return left, _place(simulator), said


def _place(simulator: Simulator) -> str:
    found = _PLACE.match(simulator.look())
    return found[1] if found else ""
