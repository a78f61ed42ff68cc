"""What questions are drawn from: the films and people of a split's circles, as the tools show them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from attrs import frozen

from agentgym_core.types import digest
from agentgym_env_movie.circles import is_evaluation
from agentgym_env_movie.goals import Found, Looked
from agentgym_env_movie.local import LocalBackend
from agentgym_env_movie.titles import folded
from agentgym_env_movie.tools import SHOWN, MovieTools
from agentgym_tools import Goal

_Item = TypeVar("_Item")
_SHARE = 5
_TRIES = 80
SLOTS = 20
MOST_CALLS = 11
"""The calls that leave a round for the answer."""


@lru_cache(maxsize=2)
def local(seed: int) -> LocalBackend:
    """The backend of a seed, one for a process."""
    return LocalBackend(seed)


@frozen
class Draft:
    """A question with its answer, and what has to be looked at; `why` is an expert's thought before it answers.

    `shared` says that the answer is a number, a date or words of which both splits have some.
    """

    text: str
    answer: Any
    goals: Sequence[Goal]
    why: str
    movies: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    tolerance: float = 0.0
    unit: str = ""
    shared: bool = False


@frozen
class Film:
    """A film as the tools show it; `position` is its place among the hits of a search for its title."""

    id: int
    title: str
    tools: MovieTools
    position: int = 1

    @property
    def details(self) -> dict[str, Any]:
        """Title, budget, genres, revenue, rating and release date."""
        return self.tools.get_movie_details(self.id)

    @property
    def year(self) -> int:
        """The year of its release."""
        return int(self.details["release_date"][:4])

    @property
    def cast(self) -> list[dict[str, Any]]:
        """The shown cast."""
        found: list[dict[str, Any]] = self.tools.get_movie_cast(self.id)["cast"]
        return found

    @property
    def whole_cast(self) -> bool:
        """Whether the tool shows the whole cast."""
        return len(self.tools.backend.look("movie", self.id, "credits")["cast"]) <= SHOWN

    @property
    def crew(self) -> list[dict[str, Any]]:
        """The shown crew."""
        found: list[dict[str, Any]] = self.tools.get_movie_crew(self.id)["crew"]
        return found

    def with_job(self, job: str) -> list[dict[str, Any]]:
        """Those of the crew with a job."""
        return [each for each in self.crew if each["job"] == job]

    @property
    def genres(self) -> list[str]:
        """Names of genres."""
        return [each["name"] for each in self.details["genres"]]

    @property
    def keywords(self) -> list[str]:
        """Keywords."""
        found: list[str] = self.tools.get_movie_keywords(self.id)["keywords"]
        return found

    @property
    def companies(self) -> list[str]:
        """Names of companies."""
        return [each["name"] for each in self.tools.get_movie_production_companies(self.id)["production_companies"]]

    @property
    def countries(self) -> list[str]:
        """Names of countries."""
        return [each["name"] for each in self.tools.get_movie_production_countries(self.id)["production_countries"]]

    def found(self, why: str = "") -> Found:
        """The sub-goal of knowing its id."""
        return Found("movie", self.id, self.title, why or f"I need the id of '{self.title}'.", self.position)

    def look(self, what: str, why: str, *others: tuple[str, int], needed: bool = True) -> Looked:
        """The sub-goal of a look at it: details, cast, crew and so on; `others` are calls that tell the same."""
        return Looked(((f"get_movie_{what}", self.id), *others), why, needed)


@frozen
class Someone:
    """A person as the tools show them."""

    id: int
    name: str
    tools: MovieTools
    position: int = 1

    @property
    def details(self) -> dict[str, Any]:
        """Name, biography, birthday and place of birth."""
        return self.tools.get_person_details(self.id)

    @property
    def cast(self) -> list[dict[str, Any]]:
        """The shown films that they act in."""
        found: list[dict[str, Any]] = self.tools.get_person_cast(self.id)["cast"]
        return found

    @property
    def crew(self) -> list[dict[str, Any]]:
        """The shown films that they helped to make."""
        found: list[dict[str, Any]] = self.tools.get_person_crew(self.id)["crew"]
        return found

    def whole(self, part: str) -> bool:
        """Whether the tool shows all of them."""
        return len(self.tools.backend.look("person", self.id, "movie_credits")[part]) <= SHOWN

    @property
    def elsewhere(self) -> dict[str, Any]:
        """Ids on other sites."""
        return self.tools.get_person_external_ids(self.id)

    def found(self, why: str = "") -> Found:
        """The sub-goal of knowing their id."""
        return Found("person", self.id, self.name, why or f"I need the id of {self.name}.", self.position)

    def look(self, what: str, why: str, *others: tuple[str, int], needed: bool = True) -> Looked:
        """The sub-goal of a look at them: details, cast, crew, external_ids."""
        return Looked(((f"get_person_{what}", self.id), *others), why, needed)


@frozen
class Stock:
    """What a split has: films and people of a name that is theirs alone, and groups of those who share one."""

    films: Sequence[int]
    people: Sequence[int]
    film_groups: Sequence[tuple[int, ...]]
    people_groups: Sequence[tuple[int, ...]]
    names: dict[int, str]
    titles: dict[int, str]


class Scene:
    """Draws films and people for one question; none of them twice.

    `slot` narrows what is drawn down to one part in `SLOTS`, so that questions of different slots are about different ones.
    """

    def __init__(self, chance: random.Random, split: str, seed: int, slot: int | None = None) -> None:
        self.chance = chance
        self.tools = MovieTools(local(seed))
        self.stock = stock(split, seed)
        self._part = slice(None) if slot is None else slice(slot, None, SLOTS)
        self._taken: set[int] = set()

    def film(self, fits: Callable[[Film], bool] = lambda film: True) -> Film | None:
        """A film whose title is its own and that fits, or None where chance finds none."""
        return self._drawn(self.stock.films[self._part], self.film_of, fits)

    def films(self, count: int) -> list[Film]:
        """Several films whose titles are their own."""
        return [self.film_of(id) for id in self.chance.sample(self.stock.films, count)]

    def person(self, fits: Callable[[Someone], bool] = lambda person: True) -> Someone | None:
        """A person whose name is their own and who fits, or None where chance finds none."""
        return self._drawn(self.stock.people[self._part], self.someone, fits)

    def film_of(self, id: int) -> Film:
        """The film of an id."""
        return Film(id, self.stock.titles[id], self.tools)

    def someone(self, id: int) -> Someone:
        """The person of an id."""
        return Someone(id, self.stock.names[id], self.tools)

    def namesakes(self) -> list[Film]:
        """Films of one title, in the order in which a search finds them."""
        group = self.chance.choice(self.stock.film_groups[self._part])
        title = self.stock.titles[group[0]]
        hits = self.tools.backend.search("movie", title, 1)["results"]
        return [Film(hit["id"], title, self.tools, place) for place, hit in enumerate(hits, 1) if hit["id"] in group]

    def people_of_one_name(self) -> list[Someone]:
        """People of one name, in the order in which a search finds them."""
        group = self.chance.choice(self.stock.people_groups[self._part])
        name = self.stock.names[group[0]]
        hits = self.tools.backend.search("person", name, 1)["results"]
        return [Someone(hit["id"], name, self.tools, place) for place, hit in enumerate(hits, 1) if hit["id"] in group]

    def _drawn(self, pool: Sequence[int], make: Callable[[int], _Item], fits: Callable[[_Item], bool]) -> _Item | None:
        for _ in range(_TRIES):
            id = self.chance.choice(pool)
            found = make(id)
            if id not in self._taken and fits(found):
                self._taken.add(id)
                return found
        return None


@lru_cache(maxsize=4)
def stock(split: str, seed: int) -> Stock:
    """The stock of a split."""
    database = local(seed).database
    ours = split == "eval"
    films = database.rows("SELECT id, title, circle FROM movies ORDER BY id")
    titles = {id: title for id, title, circle in films if is_evaluation(circle) == ours}
    everybody = database.rows("SELECT id, name, circle FROM people ORDER BY id")
    names = {id: name for id, name, circle in everybody if is_evaluation(circle) == ours}
    called: dict[str, list[int]] = defaultdict(list)
    for text, id in database.rows("SELECT folded, id FROM movies UNION SELECT folded, movie FROM alternative_titles"):
        called[text].append(id)
    people: dict[str, list[int]] = defaultdict(list)
    for id, name in names.items():
        people[folded(name)].append(id)
    by_title: dict[str, list[int]] = defaultdict(list)
    for id, title in titles.items():
        by_title[folded(title)].append(id)
    return Stock(
        [id for id, title in titles.items() if called[folded(title)] == [id]],
        [id for id, name in names.items() if len(people[folded(name)]) == 1],
        [tuple(ids) for text, ids in by_title.items() if 2 <= len(ids) <= 4 and len(called[text]) == len(ids)],
        [tuple(ids) for ids in people.values() if 2 <= len(ids) <= 4],
        names,
        titles,
    )


def belongs_to_eval(answer: Any) -> bool:
    """Whether an answer that both splits could have is one of evaluation's."""
    # The order of a list does not make it another answer.
    return int(digest(["movie", sorted(answer) if isinstance(answer, list) else answer]), 16) % _SHARE == 0


def only(items: Iterable[_Item], key: Callable[[_Item], Any]) -> _Item | None:
    """The item with the largest key, where no other shares it."""
    ranked = sorted(items, key=key, reverse=True)
    return None if not ranked or (len(ranked) > 1 and key(ranked[0]) == key(ranked[1])) else ranked[0]


def listed(names: Sequence[str], word: str = "or") -> str:
    """Titles or names as a sentence lists them."""
    return f"{', '.join(names[:-1])} {word} {names[-1]}" if len(names) > 1 else names[0]


def quoted(films: Sequence[Film], word: str = "or") -> str:
    """Titles in quotes as a sentence lists them."""
    return listed([f"'{film.title}'" for film in films], word)
