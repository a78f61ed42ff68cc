"""A game as data (its three texts), and as the engine has translated it: done once, kept for every episode after."""

from __future__ import annotations

import sys
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from attrs import field, frozen

from agentgym_core.errors import ConfigError
from agentgym_core.types import digest
from agentgym_env_alfworld.facts import Entity, Signature
from agentgym_env_alfworld.goal import Goal, read_goal
from agentgym_env_alfworld.grammar import Grammar, Speaker, read_grammar
from agentgym_env_alfworld.names import names_of

ENGINE = threading.RLock()
"""Held while the engine's parsers and its translator work: they keep state of their own, and are not made for threads."""


@frozen
class GameText:
    """What a game file holds: the rules of the world, the wording, and the problem."""

    domain: str = field(repr=False)
    grammar: str = field(repr=False)
    problem: str = field(repr=False)

    @property
    def digest(self) -> str:
        """The same for the same game, wherever its file lies."""
        return digest([self.domain, self.grammar, self.problem])


@frozen
class Operator:
    """Something that can be done, with its number in the translation and the number of facts that it makes."""

    id: int
    effects: int
    name: str


class Game:
    """A translated game. Shared by all its episodes and never changed."""

    def __init__(self, text: GameText) -> None:
        self.grammar: Grammar
        self.facts: dict[Signature, frozenset[tuple[str, ...]]] = {}
        self.dynamic: frozenset[str] = frozenset()
        self.names: dict[str, str] = {}
        self.speaker: Speaker | None = None
        self.typed: dict[str, str] = {}
        self.operators: dict[int, Operator] = {}
        self.goal: Goal | None = read_goal(text.problem)
        self._covered: dict[tuple[str, ...], Sequence[tuple[str, ...]]] = {}
        with ENGINE, argv_kept():
            self.grammar = read_grammar(text.grammar)
            try:
                self._translate(text)
            except (Exception, SystemExit) as error:
                raise ConfigError(
                    f"alfworld: the engine cannot read the game's problem: {type(error).__name__}: {str(error)[:200]}",
                    hint="is it a game.tw-pddl file of ALFWorld?",
                ) from error

    def _translate(self, text: GameText) -> None:
        import fast_downward
        from textworld.logic import Type, TypeHierarchy

        task, sas = fast_downward.pddl2sas(text.domain, text.problem)
        self._sas = zlib.compress(sas.encode(), 1)
        self._hierarchy = TypeHierarchy()
        for each in task.types:
            # The domain names the type `object`, which every domain has: of two with one name the first counts.
            with suppress(ValueError):
                self._hierarchy.add(Type(each.name, each.supertype_names))
        self.types: dict[str, str] = {item.name: item.type_name for item in task.objects}
        self.parameters: dict[str, tuple[Entity, ...]] = {
            action.name: tuple((item.name.strip("?"), item.type_name) for item in action.parameters)
            for action in task.actions
        }
        self._initial: dict[Signature, set[tuple[str, ...]]] = {}
        for atom in task.init:
            # Assignments of numbers (distances, costs) are no facts.
            if hasattr(atom, "predicate") and atom.predicate != "=":
                arguments = tuple(atom.args)
                self._initial.setdefault(self.signature(atom.predicate, arguments), set()).add(arguments)

    @property
    def sas(self) -> bytes:
        """The translation, as the engine loads it."""
        return zlib.decompress(self._sas)

    def complete(self, atoms: Sequence[str]) -> None:
        """Take in the engine's own view of the first state, of which only it knows what was derived.

        :raises ConfigError: the engine has put another problem in place of this one, as it does where no way leads to the goal.
        """
        found = self._initial
        dynamic = set()
        for atom in atoms:
            predicate, arguments = read_atom(atom)
            dynamic.add(predicate.removeprefix("not_"))
            if not predicate.startswith("not_"):
                if any(name not in self.types for name in arguments):
                    raise ConfigError(
                        "alfworld: the game cannot be played: nothing in its world can reach its goal",
                        hint="play another game; ALFWorld marks such files as not solvable",
                    )
                found.setdefault(self.signature(predicate, arguments), set()).add(arguments)
        self.facts = {signature: frozenset(each) for signature, each in found.items()}
        self.dynamic = frozenset(dynamic)
        self.names = names_of({name for each in found.values() for arguments in each for name in arguments})
        self.speaker = Speaker(self.grammar, self.names)

    def signature(self, predicate: str, arguments: tuple[str, ...]) -> Signature:
        """The predicate with its arguments' types."""
        return predicate, tuple(self.types[name] for name in arguments)

    def subtypes(self, types: tuple[str, ...]) -> Sequence[tuple[str, ...]]:
        """All combinations of types that a combination covers, itself first."""
        if types not in self._covered:
            wanted = [self._hierarchy.get(type) for type in types]
            self._covered[types] = [
                tuple(type.name for type in each) for each in self._hierarchy.multi_subtypes(wanted)
            ]
        return self._covered[types]


def read_atom(text: str) -> tuple[str, tuple[str, ...]]:
    """A fact as the engine writes it: `Atom holds(agent1, apple)`; denied ones get the prefix `not_`."""
    kind, _, rest = text.partition(" ")
    predicate, _, inside = rest.partition("(")
    arguments = tuple(each for each in inside[:-1].split(", ") if each)
    return (f"not_{predicate}" if kind == "NegatedAtom" else predicate), arguments


@contextmanager
def argv_kept() -> Iterator[None]:
    # The translator reads its options from the command line, and writes its own there first.
    argv = sys.argv
    try:
        yield
    finally:
        sys.argv = argv


class Library:
    """The games of a host, translated when they are first asked for; the least used one goes when there are too many."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._games: OrderedDict[str, Game] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, read: Callable[[], GameText]) -> Game:
        """The game of a key; `read` is asked for its text where it is new.

        :raises ConfigError: it is no game.
        """
        with self._lock:
            if key in self._games:
                self._games.move_to_end(key)
                return self._games[key]
        with ENGINE:
            with self._lock:
                if key in self._games:
                    return self._games[key]
            game = Game(read())
        with self._lock:
            self._games[key] = game
            while len(self._games) > self._size:
                self._games.popitem(last=False)
        return game
