"""What the episodes of one host share: a JVM, replaced when it dies, and the ways to solve games that were found so far."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice, product

from agentgym_env_sciworld.config import SciWorldConfig
from agentgym_env_sciworld.java import find_java
from agentgym_env_sciworld.jvm import Jvm
from agentgym_env_sciworld.simulator import Simulator
from agentgym_env_sciworld.tasks import OWN_ROUNDS, Game
from agentgym_env_sciworld.ways import Way, candidates
from agentgym_env_sciworld.words import declared, readings
from agentgym_env_sciworld.world import World

_REMEMBERED = 4096
_READINGS = 16
"""How many ways to read a way are tried."""
_WARM_UP_LOADS = 12
"""So many until the JVM has compiled what a load does most: the first takes ten times the processor time of the last."""
_WARM_UP = ("look around", "open door to kitchen", "go to kitchen", "inventory")


class Engine:
    """Opens a JVM when a simulator is asked for and none is alive. Safe from many threads."""

    def __init__(self, config: SciWorldConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._jvm: Jvm | None = None
        self._stage: World | None = None
        self._study: World | None = None
        self._teacher: Simulator | None = None
        self._teaching = threading.Lock()
        self._known: OrderedDict[Game, Way] = OrderedDict()
        self.started = 0

    def open(self) -> None:
        """Start the JVM now.

        :raises ComponentUnavailable: there is no Java, or the simulator does not start.
        """
        self._world()

    def simulator(self) -> Simulator:
        """A new simulator in the living JVM.

        :raises ComponentUnavailable: there is no Java, or the simulator does not start.
        """
        return Simulator(self._world(), self.config.simplifications)

    def gold(self, game: Game) -> Way:
        """The engine's own way to solve a game, mended where it fails or takes too long.

        It is sought once, in classes of its own: no episode waits for it but who asks.
        """
        with self._teaching:
            found = self._known.get(game)
            if found is None:
                found = self._known[game] = _seek(self._a_teacher(), game)
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
            else:
                self._known.move_to_end(game)
        return found

    @property
    def jvm_pid(self) -> int:
        """The process of the JVM; it is started where none is alive."""
        return self._world().jvm.process.pid

    @contextmanager
    def rehearsal(self) -> Iterator[Simulator]:
        """A simulator to try things in, apart from the episodes; one caller at a time holds it."""
        with self._teaching:
            yield self._a_teacher()

    def _world(self) -> World:
        with self._lock:
            stage = self._stage
            if stage is None or not stage.jvm.alive:
                if self._jvm is not None:
                    self._jvm.close()
                self._study = self._teacher = None
                self._jvm = Jvm(find_java(self.config.java), self.config.heap_mb)
                self.started += 1
                stage = self._stage = World(self._jvm)
                self._warm_up(stage)
            return stage

    def _warm_up(self, stage: World) -> None:
        warm = Simulator(stage, self.config.simplifications)
        for variation in range(_WARM_UP_LOADS):
            warm.load(Game("melt", variation))
        for text in _WARM_UP:
            warm.step(text)
        warm.leave()

    def _a_teacher(self) -> Simulator:
        stage = self._world()
        if self._teacher is None or self._teacher.world.jvm is not stage.jvm:
            self._study = World(stage.jvm, own_classes=True)
            self._teacher = Simulator(self._study, self.config.simplifications)
        return self._teacher

    def close(self) -> None:
        """End the JVM; calling it twice is fine."""
        with self._lock:
            jvm, self._jvm, self._stage = self._jvm, None, None
        if jvm is not None:
            jvm.close()


def _seek(teacher: Simulator, game: Game) -> Way:
    """The way to take: the first candidate that solves the game, or the engine's own, as far as it leads."""
    gold = teacher.gold(game)
    way = tuple(declared(text) for text in gold.way)
    told = [readings(text) for text in way]
    if gold.solved and len(way) <= OWN_ROUNDS and all(len(texts) == 1 for texts in told):
        return way
    task = teacher.load(game)
    read = islice(product(*told), _READINGS)
    for candidate in chain.from_iterable(candidates(each, task, OWN_ROUNDS) for each in read):
        teacher.load(game)
        teacher.step("look around")
        if teacher.solves(candidate):
            return candidate
    return way
