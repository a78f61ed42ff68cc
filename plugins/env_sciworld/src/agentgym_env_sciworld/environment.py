"""ScienceWorld behind the environment interface."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from agentgym_core.environment import Description, Environment
from agentgym_core.errors import ComponentUnavailable
from agentgym_core.specs import ActionSpec
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_env_sciworld import tasks as _tasks
from agentgym_env_sciworld.config import SciWorldConfig
from agentgym_env_sciworld.engine import Engine
from agentgym_env_sciworld.expert import Expert
from agentgym_env_sciworld.java import HINT, find_java, java_version
from agentgym_env_sciworld.simulator import Simulator
from agentgym_env_sciworld.words import ACTIONS, INSTRUCTION, RESET_TASK, TELEPORT, declared, some

OFFICIAL_MOVES = 100
OWN_MOVES = 2000
OFFICIAL_ROUNDS = 30


class SciWorldEnvironment(Environment):
    """A science experiment in a text world. The score is the engine's, divided by 100; failing the task scores 0."""

    config: SciWorldConfig
    _simulator: Simulator | None = None
    _own_engine: Engine | None = None

    @classmethod
    def tasks(cls, config: SciWorldConfig, split: str) -> Sequence[Task]:
        return _tasks.tasks(config, split)

    @classmethod
    def describe(cls, config: SciWorldConfig) -> Description:
        teleport = "easy" in config.simplifications or "teleportAction" in config.simplifications
        actions: tuple[ActionSpec, ...] = (*ACTIONS, RESET_TASK, TELEPORT) if teleport else (*ACTIONS, RESET_TASK)
        if "noElectricalAction" in config.simplifications:
            actions = tuple(action for action in actions if action.name not in ("connect", "disconnect"))
        return Description(
            instruction=INSTRUCTION,
            actions=actions,
            splits={split: len(ids) for split, ids in _tasks.ids(config).items()},
            evaluation=_tasks.EVALUATION,
            max_rounds=OFFICIAL_ROUNDS if config.ids == "original" else _tasks.OWN_ROUNDS,
            # The first way through a genetics task takes the engine long, and others may wait for theirs.
            reset_seconds=300.0,
            step_seconds=120.0,
            expert_score=0.99,
            random_ceiling=0.5,
            version=config.engine,
        )

    @classmethod
    @contextmanager
    def engine(cls, config: SciWorldConfig) -> Iterator[Engine]:
        """A JVM for all episodes of this host."""
        engine = Engine(config)
        try:
            engine.open()
            yield engine
        finally:
            engine.close()

    @classmethod
    def doctor(cls) -> list[tuple[str, bool, str]]:
        """Which Java is used."""
        try:
            java = find_java()
        except ComponentUnavailable:
            return [("Java: none was found", False, HINT)]
        version = java_version(java)
        what = f"Java from {java.origin}: {java.program} ({version or 'it does not run'})"
        return [(what, bool(version), HINT)]

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Load the task's variation. The task decides everything: `seed` changes nothing."""
        game: _tasks.Game = task.data
        engine = self._engine()
        if self._simulator is None or not self._simulator.world.jvm.alive:
            self._simulator = engine.simulator()
        self._game = game
        self._history: list[str] = []
        self._expert = Expert(engine, game)
        self._limit = self.config.max_moves or (OFFICIAL_MOVES if game.official else OWN_MOVES)
        description = self._simulator.load(game)
        return f"{description}\n{self._simulator.step('look around').text}"

    def step(self, action: Action) -> Step:
        """Take any text; what the engine does not understand takes no time."""
        assert self._simulator is not None
        said = self._simulator.step(action.text)
        self._history.append(action.text)
        info = {"raw_score": said.raw, "moves": said.moves}
        score = min(max(said.raw, 0), 100) / 100
        if said.completed or said.raw < 0:
            return Step(said.text, score, terminated=True, success=said.completed and said.raw >= 100, info=info)
        return Step(said.text, score, truncated=said.moves > self._limit, success=False, info=info)

    def available_actions(self) -> list[str]:
        """What the engine says makes sense now, as many as the configuration allows."""
        assert self._simulator is not None
        return some(sorted({declared(text) for text in self._simulator.actions()}), self.config.most_actions)

    def expert(self) -> ExpertAction | None:
        return self._expert.move(self._history)

    def render(self) -> str:
        """The room and the inventory as an HTML fragment."""
        assert self._simulator is not None
        return f"<pre>{html.escape(self._simulator.look())}\n\n{html.escape(self._simulator.inventory())}</pre>"

    def close(self) -> None:
        """Free the simulator; the JVM stays for others."""
        simulator, self._simulator = self._simulator, None
        if simulator is not None:
            simulator.leave()
        engine, self._own_engine = self._own_engine, None
        if engine is not None:
            engine.close()

    def _engine(self) -> Engine:
        if isinstance(self.engine_handle, Engine):
            return self.engine_handle
        if self._own_engine is None:
            self._own_engine = Engine(self.config)
        return self._own_engine
