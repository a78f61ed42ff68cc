"""What questions are drawn from: the papers and authors of a split's fields."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from attrs import frozen

from agentgym_core.types import digest
from agentgym_env_academia.network import Generated, generated
from agentgym_env_academia.vocabulary import FIELDS
from agentgym_tools import Goal

_Item = TypeVar("_Item")
_Key = TypeVar("_Key", bound=Hashable)
_SHARE = 5
_EVAL_FIELDS = tuple(FIELDS)[4::5]
SLOTS = 32
MOST_CALLS = 11
"""The look-ups that leave a round for the answer."""


@frozen
class Draft:
    """A question with its answer, and what has to be looked at; `why` is an expert's thought before it answers."""

    text: str
    answer: Any
    goals: Sequence[Goal]
    why: str
    papers: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()


class Scene:
    """The papers and authors that a question of a split may be about: those of its fields, with nothing of other fields around them.

    `slot` narrows them down to one part in `SLOTS`, so that questions of different slots are about different ones.
    """

    def __init__(self, chance: random.Random, split: str, seed: int, slot: int | None = None) -> None:
        self.chance = chance
        self.network = generated(seed)
        self._all, _ = _members(split, seed, None)
        self._papers, self._authors = _members(split, seed, slot)
        self.fields = fields_of(split)

    def paper(self, fits: Callable[[str], bool] = lambda title: True) -> str | None:
        """A paper that fits, or None where chance finds none."""
        return self._drawn(self._papers, fits)

    def papers(self, count: int) -> list[str]:
        """Several papers, all different."""
        return self.chance.sample(self._all, count)

    def author(self, fits: Callable[[str], bool] = lambda name: True) -> str | None:
        """An author who fits, or None where chance finds none."""
        return self._drawn(self._authors, fits)

    def _drawn(self, pool: Sequence[str], fits: Callable[[str], bool]) -> str | None:
        for _ in range(60):
            found = self.chance.choice(pool)
            if fits(found):
                return found
        return None

    def cites(self, title: str) -> tuple[str, ...]:
        """What a paper cites; nothing where some of it is of a field that is not the split's."""
        cited = self.network.cited[title]
        return cited if all(self.network.fields[each] in self.fields for each in cited) else ()

    def of(self, title: str, key: str) -> Any:
        """An attribute of a paper."""
        return self.network.papers[title][key]

    def org(self, name: str) -> str:
        """Where an author works."""
        found: str = self.network.authors[name]["org"]
        return found

    def together(self, name: str) -> list[str]:
        """The papers that an author wrote with others, in the order of time."""
        return [title for title in self.network.written[name] if len(self.of(title, "authors")) > 1]

    def all_shared(self, name: str) -> bool:
        """Whether AuthorNet shows all papers of an author: none was written alone."""
        return len(self.together(name)) == len(self.network.written[name])

    def cover(self, name: str) -> list[str]:
        """Few collaborators whose edges show all papers that an author wrote with others."""
        left, found = set(self.together(name)), []
        joint = self.network.joint[name]
        while left:
            best = max(joint, key=lambda other: len(left.intersection(joint[other])))
            found.append(best)
            left -= set(joint[best])
        return found


def fields_of(split: str) -> frozenset[str]:
    """The fields of a split: a fifth of them are evaluation's."""
    return frozenset(field for field in FIELDS if (field in _EVAL_FIELDS) == (split == "eval"))


@lru_cache(maxsize=4 * SLOTS)
def _members(split: str, seed: int, slot: int | None) -> tuple[list[str], list[str]]:
    network: Generated = generated(seed)
    if slot is not None:
        papers, authors = _members(split, seed, None)
        return papers[slot::SLOTS], authors[slot::SLOTS]
    fields = fields_of(split)
    return (
        [title for title in network.papers if network.fields[title] in fields],
        [name for name in network.authors if network.fields[name] in fields],
    )


def belongs_to_eval(answer: Any) -> bool:
    """Whether a year or a number that is an answer is one of evaluation's. Names belong to their field's split."""
    return int(digest(["academia", answer]), 16) % _SHARE == 0


def only(items: Iterable[_Item], key: Callable[[_Item], float]) -> _Item | None:
    """The item with the largest key, where no other shares it."""
    ranked = sorted(items, key=key, reverse=True)
    return None if not ranked or (len(ranked) > 1 and key(ranked[0]) == key(ranked[1])) else ranked[0]


def commonest(values: Iterable[_Key]) -> _Key | None:
    """The value that is there most often and at least twice, where no other is there as often."""
    counts = Counter(values)
    found = only(counts, counts.__getitem__)
    return found if found is not None and counts[found] > 1 else None
