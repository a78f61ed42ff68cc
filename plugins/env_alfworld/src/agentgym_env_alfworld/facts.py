"""What is true in a game, and the questions that the grammar asks of it: as the engine's own logic answers them, without its cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import frozen

Entity = tuple[str, str]
"""Something in a game, or a placeholder for it: its name and its type."""

Signature = tuple[str, tuple[str, ...]]
"""A predicate with the types of its arguments."""

Bindings = dict[Entity, Entity]
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

    def holds(self, question: Question, mapping: Bindings) -> bool:
        """Whether a question has an answer."""
        return next(self.answers(question, mapping), None) is not None

    def answers(self, question: Question, mapping: Bindings) -> Iterator[Bindings]:
        """Every way to fill the placeholders, in a fixed order. Two placeholders never stand for one thing."""
        return self._from(question, 0, dict(mapping), set(mapping.values()))

    def _from(self, question: Question, depth: int, mapping: Bindings, used: set[Entity]) -> Iterator[Bindings]:
        if depth == len(question):
            yield dict(mapping)
            return
        pattern = question[depth]
        known = {place: mapping[each] for place, each in enumerate(pattern.parameters) if each in mapping}
        new = [(place, each) for place, each in enumerate(pattern.parameters) if place not in known]
        for types in self._subtypes(tuple(type for _, type in pattern.parameters)):
            if any(types[place] != type for place, (_, type) in known.items()):
                continue
            for arguments in sorted(
                each
                for each in self._sets.get((pattern.predicate, types), ())
                if all(each[place] == name for place, (name, _) in known.items())
            ):
                if _bind(new, arguments, types, mapping, used):
                    yield from self._from(question, depth + 1, mapping, used)
                for _, placeholder in new:
                    if placeholder in mapping:
                        used.discard(mapping.pop(placeholder))


def _bind(
    new: Sequence[tuple[int, Entity]],
    arguments: tuple[str, ...],
    types: tuple[str, ...],
    mapping: Bindings,
    used: set[Entity],
) -> bool:
    for place, placeholder in new:
        entity = (arguments[place], types[place])
        existing = mapping.get(placeholder)
        if existing is None:
            if entity in used:
                return False
            mapping[placeholder] = entity
            used.add(entity)
        elif existing != entity:
            return False
    return True
