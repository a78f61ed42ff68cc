"""A game's wording, read once by the engine's own parser and then spoken without it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from attrs import field, frozen

from agentgym_core.errors import ConfigError
from agentgym_env_alfworld.expressions import Expression, expression
from agentgym_env_alfworld.facts import Bindings, Entity, Facts, Pattern, Question


@frozen
class Say:
    """A fixed text."""

    text: str


@frozen
class Rule:
    """A rule by its name."""

    name: str


@frozen
class Each:
    """Something said for every answer to a question (or once, where there is none); `listed` puts commas between."""

    what: Expression | Rule
    question: Question | None
    listed: bool


Symbol = Say | Rule | Each


@frozen
class Command:
    """How an action is typed and answered."""

    template: tuple[Symbol, ...]
    feedback: tuple[Symbol, ...]


@frozen
class Grammar:
    """The commands by the name of their action, and the rules: alternatives, each with its condition."""

    commands: Mapping[str, Command]
    rules: Mapping[str, Sequence[tuple[Question | None, tuple[Symbol, ...]]]] = field(repr=False)

    def predicates(self, symbols: Sequence[Symbol]) -> Iterator[str]:
        """The predicates on which a text depends."""
        for symbol in symbols:
            if isinstance(symbol, Rule):
                yield from self._of_rule(symbol)
            elif isinstance(symbol, Each):
                yield from (pattern.predicate for pattern in symbol.question or ())
                if isinstance(symbol.what, Rule):
                    yield from self._of_rule(symbol.what)

    def _of_rule(self, rule: Rule) -> Iterator[str]:
        for condition, symbols in self.rules.get(rule.name, ()):
            yield from (pattern.predicate for pattern in condition or ())
            yield from self.predicates(symbols)


class Speaker:
    """Says texts of a grammar about the facts of a game."""

    def __init__(self, grammar: Grammar, names: Mapping[str, str]) -> None:
        self._grammar = grammar
        self._names = names

    def say(self, symbols: Sequence[Symbol], facts: Facts, mapping: Bindings) -> str:
        """The text of symbols where placeholders stand for what `mapping` says."""
        return "".join(self._say(symbol, facts, mapping) for symbol in symbols)

    def _say(self, symbol: Symbol, facts: Facts, mapping: Bindings) -> str:
        if isinstance(symbol, Say):
            return symbol.text
        if isinstance(symbol, Rule):
            for condition, symbols in self._grammar.rules.get(symbol.name, ()):
                if condition is None or facts.holds(condition, mapping):
                    return self.say(symbols, facts, mapping)
            raise ConfigError(
                f"alfworld: the game's grammar has no rule {symbol.name!r} that fits", hint="is the game file whole?"
            )
        answers = [mapping] if symbol.question is None else facts.answers(symbol.question, mapping)
        texts = [
            self._say(symbol.what, facts, answer)
            if isinstance(symbol.what, Rule)
            else symbol.what(self._called(answer))
            for answer in answers
        ]
        return self._list(texts, facts, mapping) if symbol.listed else "".join(texts)

    def _list(self, texts: list[str], facts: Facts, mapping: Bindings) -> str:
        if not texts:
            return self._say(Rule("list_empty"), facts, mapping)
        if len(texts) == 1:
            return texts[0]
        comma = self._say(Rule("list_separator"), facts, mapping)
        return comma.join(texts[:-1]) + self._say(Rule("list_last_separator"), facts, mapping) + texts[-1]

    def _called(self, mapping: Bindings) -> dict[str, tuple[str, str]]:
        return {placeholder: (id, self._names[id]) for (placeholder, _), (id, _) in mapping.items()}


_TASK = re.compile(r'(?<=Your task is to: )[^"\\#{}\[\]|<>;]+(?=")')
_GAP = "THE TASK"


def read_grammar(text: str, domain: str = "") -> Grammar:
    """A game's wording.

    :raises ConfigError: the text is no grammar, or one that asks for code to be run.
    """
    # Games differ in the goal's sentence alone: with a gap in its place they share one grammar.
    found = _TASK.findall(text)
    if len(found) != 1:
        return _read(text)
    shared = _read(_TASK.sub(_GAP, text))
    rules = {
        name: [(condition, tuple(_filled(symbol, found[0]) for symbol in symbols)) for condition, symbols in options]
        if name == "task"
        else options
        for name, options in shared.rules.items()
    }
    return Grammar(shared.commands, rules)


def _filled(symbol: Symbol, sentence: str) -> Symbol:
    return Say(symbol.text.replace(_GAP, sentence)) if isinstance(symbol, Say) else symbol


@lru_cache(maxsize=16)
def _read(text: str) -> Grammar:
    from textworld.envs.pddl import logic, textgen

    try:
        parsed = logic.GameLogic(domain="", grammar=text)
        commands = {
            name: Command(
                _symbols(textgen._parse_and_convert(action.template, rule_name="symbols")),
                _symbols(textgen._parse_and_convert(action.feedback_rule, rule_name="symbols")),
            )
            for name, action in parsed.actions.items()
        }
        rules = {
            name: [(_question(rule.condition), _symbols(rule.rhs)) for rule in options]
            for name, options in parsed.grammar._rules.items()
        }
    except ConfigError:
        raise
    except Exception as error:
        raise ConfigError(
            f"alfworld: the game's grammar cannot be read: {type(error).__name__}: {str(error)[:200]}",
            hint="is it a game.tw-pddl file of ALFWorld?",
        ) from error
    return Grammar(commands, rules)


def _symbols(parsed: Sequence[Any]) -> tuple[Symbol, ...]:
    return tuple(_symbol(symbol) for symbol in parsed)


def _symbol(symbol: Any) -> Symbol:
    match type(symbol).__name__:
        case "TerminalSymbol":
            return Say(str(symbol.symbol))
        case "NonterminalSymbol":
            return Rule(str(symbol.symbol))
        case "ListSymbol":
            inner = symbol.symbol
            return Each(_what(inner.expression), _question(inner.given), True)
        case "ConditionalSymbol":
            return Each(_what(symbol.expression), _question(symbol.given), False)
        case other:
            raise ValueError(f"{other} is not understood")


def _what(symbol: Any) -> Expression | Rule:
    if type(symbol).__name__ == "NonterminalSymbol":
        return Rule(str(symbol.symbol))
    return expression(str(symbol.expression))


def _question(text: str | None) -> Question | None:
    from textworld.logic import Rule as EngineRule

    if not text:
        return None
    return tuple(
        Pattern(each.name, tuple(_entity(placeholder) for placeholder in each.parameters))
        for each in EngineRule.parse_conjunctive_query(text).preconditions
    )


def _entity(placeholder: Any) -> Entity:
    return (str(placeholder.name), str(placeholder.type))
