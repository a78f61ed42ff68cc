"""Simulators that share the simulator's static state: one of them plays at a time, with its own state in place.

The simulator draws from one generator of random numbers and counts objects in one counter, a JVM; two episodes in turns would change each
other. So each has its own generator and its own count, which are put in place before it plays.

The interface that the engine offers holds all variations of all tasks, made anew with each interface and at each load: 10 MB and most of
a load's time. So a world has one, and an episode keeps what was loaded into it, no more.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agentgym_core.errors import InfrastructureFault
from agentgym_env_sciworld.jvm import Jvm
from agentgym_env_sciworld.patches import PARSER, WORDS

_INTERFACE = "scienceworld.runtime.pythonapi.PythonInterface"
_MOST_WORDS = 20_000
_SIMPLIFIER = "main.scala.scienceworld.runtime.SimplifierProcessor$"


class EngineError(RuntimeError):
    """The engine says that it is broken."""


class World:
    """The simulator's classes as one class loader has them. `own_classes` gives a world whose state no other world shares."""

    def __init__(self, jvm: Jvm, *, own_classes: bool = False) -> None:
        self.jvm = jvm
        self._lock = threading.Lock()
        self._present: Place | None = None
        self._gateway = jvm.connect()
        self._java = self._gateway.jvm
        self._load = self._loader(own_classes).loadClass
        self._interface = self._load(_INTERFACE).newInstance()
        self._show = getattr(self._interface, "agentInterface_$eq")
        self._show_agent = getattr(self._interface, "agent_$eq")
        self._random = self._module("scala.util.Random$")
        self._generator = self._load("scala.util.Random").getDeclaredField("self")
        self._generator.setAccessible(True)
        ids = self._module("util.UniqueIdentifier$")
        self._count, self._set_count = ids.count, getattr(ids, "count_$eq")
        self._words = self._remember_words()
        self._simplify = self._module(_SIMPLIFIER).parseSimplificationStr

    def _loader(self, own_classes: bool) -> Any:
        system = self._java.java.lang.ClassLoader.getSystemClassLoader()
        if not own_classes:
            return system
        paths = self.jvm.class_path
        urls = self._gateway.new_array(self._java.java.net.URL, len(paths))
        for at, path in enumerate(paths):
            urls[at] = self._java.java.io.File(path).toURI().toURL()
        return self._java.java.net.URLClassLoader(urls, system.getParent())

    def _module(self, name: str) -> Any:
        return self._load(name).getField("MODULE$").get(None)

    def _remember_words(self) -> Any:
        words = self._java.java.util.concurrent.ConcurrentHashMap()
        for field in self._load(PARSER.replace("/", ".")).getFields():
            if field.getName() == WORDS:
                field.set(None, words)
        return words

    def place(self) -> Place:
        """Room for one more episode."""
        with self._lock, self.calling():
            return Place(self._java.java.util.Random())

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Around calls: a JVM that was dead before is a lost host, one that dies meanwhile is the caller's doing."""
        if not self.jvm.alive:
            raise InfrastructureFault(
                f"the simulator's JVM that this episode lived in has ended ({self.jvm.ending()})",
                hint=self.jvm.last_words() or "another episode's step ended it; this one can be played again",
            )
        with self.jvm.calling():
            yield

    @contextmanager
    def turn(self, place: Place) -> Iterator[Any]:
        """The engine's interface with a place's own state put in; no other plays meanwhile."""
        with self._lock, self.calling():
            if self._present is not place:
                if self._present is not None:
                    self._present.count = self._count()
                self._generator.set(self._random, place.generator)
                self._set_count(place.count)
                if place.simplifications:
                    self._simplify(place.simplifications)
                if place.playing is not None:
                    self._show(place.playing)
                    self._show_agent(place.agent)
                self._present = place
            yield self._interface

    def load(self, place: Place, kind: str, variation: int, simplifications: str, *, gold: bool) -> Any:
        """Within a turn: start a game. Returns the engine's runner of it.

        :raises EngineError: the engine cannot.
        """
        if self._words.size() > _MOST_WORDS:
            # What agents write is among them.
            self._words.clear()
        error = self._interface.load(kind, variation, simplifications, gold)
        if error:
            # It would answer others too: the interface is everyone's.
            getattr(self._interface, "errorStr_$eq")("")
            raise EngineError(f"the engine cannot load {kind} {variation}: {error}")
        place.playing, place.agent = self._interface.agentInterface(), self._interface.agent()
        runner = place.playing.get()
        place.simplifications = str(runner.simplificationStr()) if simplifications else ""
        return runner

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Within a turn: questions draw random numbers too, the same ones whenever they are asked, and not the episode's."""
        present = self._present
        assert present is not None
        self._generator.set(self._random, self._java.java.util.Random(0))
        try:
            yield
        finally:
            self._generator.set(self._random, present.generator)

    @property
    def busy(self) -> bool:
        """Whether some simulator plays at this moment."""
        return self._lock.locked()

    def leave(self, place: Place) -> None:
        """Keep nothing of a place."""
        with self._lock:
            place.playing = place.agent = None
            if self._present is place:
                self._present = None


class Place:
    """What of the engine's static state is one episode's own, and its game."""

    def __init__(self, generator: Any) -> None:
        self.generator = generator
        self.count = 0
        self.simplifications = ""
        self.playing: Any = None
        self.agent: Any = None
