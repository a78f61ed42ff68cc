"""How an expert plays: the engine's own way, and back to it where an episode has left it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentgym_core.types import Move
from agentgym_env_sciworld.engine import Engine
from agentgym_env_sciworld.simulator import Said, Simulator
from agentgym_env_sciworld.tasks import Game
from agentgym_env_sciworld.thoughts import thought
from agentgym_env_sciworld.words import declared

_PLACE = re.compile(r"This (?:room|outside location) is called the ([^.\n]+)\.")
Plan = tuple[str, ...]


class Expert:
    """Follows one episode. What it says after a step outside its plan was tried in a simulator of its own first."""

    def __init__(self, engine: Engine, game: Game) -> None:
        self._engine = engine
        self._game = game
        self._plan: Plan | None = None
        self._played = 0
        self._lost = False

    def move(self, history: Sequence[str]) -> Move | None:
        """The next move after the actions so far, or None where no way on is known."""
        if self._plan is None:
            self._plan = tuple(declared(text) for text in self._engine.gold(self._game))
        strayed = self._lost and self._played < len(history)
        for text in history[self._played :]:
            if not strayed and self._plan and declared(text.strip()) == self._plan[0]:
                self._plan = self._plan[1:]
            else:
                strayed = True
        self._played = len(history)
        if strayed:
            found = self._way_back(history)
            self._lost = found is None
            self._plan = self._plan if found is None else found
        if self._lost or not self._plan:
            return None
        return Move(thought(self._game.kind, self._plan[0], first=not history), self._plan[0])

    def _way_back(self, history: Sequence[str]) -> Plan | None:
        plan = self._plan or ()
        with self._engine.rehearsal() as simulator:
            before, after, said = self._replay(simulator, history)
            starts: list[Plan] = [()]
            if said is not None and said.ambiguous:
                starts = [("look around",), ("0",)]
            elif before != after and before:
                starts = [(f"go to {before}",), (f"open door to {before}", f"go to {before}")]
            for start in starts:
                if self._solves(simulator, (*start, *plan)):
                    return (*start, *plan)
                self._replay(simulator, history)
        return None

    def _replay(self, simulator: Simulator, history: Sequence[str]) -> tuple[str, str, Said | None]:
        """Play the history: the place before its last action, the place after it, and what was said last."""
        simulator.load(self._game)
        said = None
        places = ["", ""]
        for at, text in enumerate(("look around", *history)):
            said = simulator.step(text)
            if at >= len(history) - 1:
                found = _PLACE.match(simulator.look())
                places = [places[1], found[1] if found else ""]
        return places[0], places[1], said

    def _solves(self, simulator: Simulator, plan: Plan) -> bool:
        for text in plan:
            said = simulator.step(text)
            if said.completed or said.raw < 0:
                return said.raw == 100
        return False
