"""One episode in the real engine: its state, its operators, its goal; what it says comes from the game's grammar."""

from __future__ import annotations

from typing import Any

from agentgym_core.errors import ComponentUnavailable
from agentgym_env_alfworld.facts import Bindings, Facts
from agentgym_env_alfworld.game import ENGINE, Game, Operator, argv_kept, read_atom
from agentgym_env_alfworld.grammar import Rule
from agentgym_env_alfworld.plugin import INSTALL

NOTHING = "Nothing happens."


_FREE: list[Any] = []
"""Libraries that are not in use. They are never unloaded: a process that unloads one and loads another may crash."""


class Engine:
    """A copy of the engine's library: one state at a time, one thread at a time."""

    def __init__(self) -> None:
        with ENGINE, argv_kept():
            try:
                import fast_downward
                import textworld.envs.pddl  # noqa: F401
            except ImportError as error:
                raise ComponentUnavailable(f"alfworld: the engine cannot be loaded: {error}", hint=INSTALL) from error
            self._library: Any = _FREE.pop() if _FREE else fast_downward.load_lib()
        self._operator_type, self._atom_type = fast_downward.Operator, fast_downward.Atom

    def load(self, game: Game) -> None:
        """Start a game from its first state."""
        self._library.load_sas(game.sas)
        if game.speaker is None:
            with ENGINE:
                if game.speaker is None:
                    game.complete(self.atoms())

    def atoms(self) -> list[str]:
        """The whole state, as the engine writes it."""
        found = (self._atom_type * self._library.get_state_size())()
        self._library.get_state(found)
        return [atom.name for atom in found]

    def operators(self, known: dict[int, Operator]) -> list[Operator]:
        """What can be done now, in the engine's order. `known` are those of this game that were seen before."""
        found = (self._operator_type * self._library.get_applicable_operators_count())()
        self._library.get_applicable_operators(found)
        operators = []
        for each in found:
            number = each.id
            if number not in known:
                known[number] = Operator(number, each.nb_effect_atoms, each.name)
            operators.append(known[number])
        return operators

    def apply(self, operator: Operator) -> list[str]:
        """Do it: the facts that it made."""
        effects = (self._atom_type * operator.effects)()
        self._library.apply_operator(operator.id, effects)
        return [atom.name for atom in effects]

    def won(self) -> bool:
        """Whether the goal is reached."""
        return bool(self._library.check_goal())

    def close(self) -> None:
        """Leave the library to the next one; calling it twice is fine."""
        library, self._library = self._library, None
        if library is not None:
            _FREE.append(library)


class Play:
    """An episode: commands in, texts out, word for word as the stock environment would."""

    def __init__(self, engine: Engine, game: Game) -> None:
        engine.load(game)
        assert game.speaker is not None
        self.game = game
        self.facts = Facts(game.facts, game.subtypes)
        self._engine = engine
        self._speaker = game.speaker
        self._commands: dict[str, Operator] | None = None
        self.intro = self._speaker.say((Rule("intro"),), self.facts, {})
        self.won = engine.won()

    @property
    def commands(self) -> dict[str, Operator]:
        """What can be typed now, in the engine's order."""
        if self._commands is None:
            self._commands = {}
            for operator in self._engine.operators(self.game.operators):
                # What the wording has no command for cannot be typed.
                if operator.name.partition(" ")[0] in self.game.grammar.commands:
                    self._commands.setdefault(self._command(operator.name), operator)
        return self._commands

    def do(self, command: str) -> str:
        """Type a command: the engine's answer."""
        operator = self.commands.get(command)
        if operator is None:
            return NOTHING
        self._commands = None
        for text in self._engine.apply(operator):
            predicate, arguments = read_atom(text)
            self.facts.become(self.game.signature(predicate, arguments), arguments)
        self.won = self._engine.won()
        name, mapping = self._read(operator.name)
        return self._speaker.say(self.game.grammar.commands[name].feedback, self.facts, mapping)

    def _command(self, operator: str) -> str:
        known = self.game.typed.get(operator)
        if known is not None:
            return known
        name, mapping = self._read(operator)
        template = self.game.grammar.commands[name].template
        text = self._speaker.say(template, self.facts, mapping)
        if self.game.dynamic.isdisjoint(self.game.grammar.predicates(template)):
            self.game.typed[operator] = text
        return text

    def _read(self, operator: str) -> tuple[str, Bindings]:
        name, *arguments = operator.split()
        parameters = self.game.parameters[name]
        return name, {
            parameter: (argument, parameter[1]) for parameter, argument in zip(parameters, arguments, strict=False)
        }
