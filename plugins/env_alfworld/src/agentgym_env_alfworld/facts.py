"""What is true in a game, and the questions that the grammar asks of it: as the engine's own logic answers them, without its cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import frozen

Entity = tuple[str, str]
"""Something in a game, or a placeholder for it: its name and its type."""

Signature = tuple[str, tuple[str, ...]]
"""A predicate with the types of its arguments."""

Mapping_ = dict[Entity, Entity]
"""What placeholders stand for."""


@frozen
class Pattern:
    """One condition of a question: a predicate over placeholders."""

    predicate: str
    parameters: tuple[Entity, ...]


Question = tuple[Pattern, ...]
"""Conditions that must hold together."""

Subtypes = Callable[[tuple[str, ...]], Sequence[tuple[str, ...]]]
"""All combinations of types that a combination covers, itself first."""


class Facts:
    """The facts of one moment. `subtypes` knows the game's types."""

    def __init__(self, initial: Mapping[Signature, frozenset[tuple[str, ...]]], subtypes: Subtypes) -> None:
        self._sets = {signature: set(found) for signature, found in initial.items()}
        self._subtypes = subtypes

    def become(self, signature: Signature, arguments: tuple[str, ...]) -> None:
        """Make something true, and its opposite untrue."""
        predicate, types = signature
        opposite = predicate.removeprefix("not_") if predicate.startswith("not_") else f"not_{predicate}"
        self._sets.get((opposite, types), set()).discard(arguments)
        self._sets.setdefault(signature, set()).add(arguments)

    def all(self, predicate: str) -> list[tuple[str, ...]]:
        """The arguments for which a predicate holds, sorted."""
        return sorted(item for (name, _), found in self._sets.items() if name == predicate for item in found)

    def holds(self, question: Question, mapping: Mapping_) -> bool:
        """Whether a question has an answer."""
        return next(self.answers(question, mapping), None) is not None

    def answers(self, question: Question, mapping: Mapping_) -> Iterator[Mapping_]:
        """Every way to fill the placeholders, in a fixed order. Two placeholders never stand for one thing."""
        return self._from(question, 0, dict(mapping), set(mapping.values()))

    def _from(self, question: Question, depth: int, mapping: Mapping_, used: set[Entity]) -> Iterator[Mapping_]:
        if depth == len(question):
            yield dict(mapping)
            return
        pattern = question[depth]
        known = set(mapping)
        for types in self._subtypes(tuple(type for _, type in pattern.parameters)):
            for arguments in sorted(self._sets.get((pattern.predicate, types), ())):
                if _bind(pattern.parameters, zip(arguments, types, strict=True), mapping, used):
                    yield from self._from(question, depth + 1, mapping, used)
                for placeholder in [each for each in mapping if each not in known]:
                    used.discard(mapping.pop(placeholder))


def _bind(parameters: Sequence[Entity], entities: Iterator[Entity], mapping: Mapping_, used: set[Entity]) -> bool:
    for placeholder, entity in zip(parameters, entities, strict=True):
        existing = mapping.get(placeholder)
        if existing is None:
            if entity in used:
                return False
            mapping[placeholder] = entity
            used.add(entity)
        elif existing != entity:
            return False
    return True
