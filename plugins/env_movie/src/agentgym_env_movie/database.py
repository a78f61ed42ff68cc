"""The film database: SQLite in memory, made out of a seed when a process first asks for it, and read only from then on."""

from __future__ import annotations

import random
import sqlite3
from functools import lru_cache
from importlib.resources import files
from itertools import count
from threading import Lock
from typing import Any

from agentgym_env_movie.circles import HOMES, Circle, Person, companies_of_a_circle, people_of_a_circle
from agentgym_env_movie.films import GENRES, REMAKE, SEQUEL, Film, make_films
from agentgym_env_movie.names import COUNTRIES, LANGUAGES, tongues
from agentgym_env_movie.titles import FOREIGN, folded
from agentgym_env_movie.words import keywords

FILMS = 262
"""Films of a circle."""
_KINDS = ("", "", "", "working title", "festival title", "DVD title")


class Database:
    """Reads the database from any thread. `circles` tells the circle of every film and person, by id."""

    def __init__(self, connection: sqlite3.Connection, films: dict[int, int], people: dict[int, int]) -> None:
        self._connection, self._lock = connection, Lock()
        self.films, self.people = films, people

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """The rows of a query."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()


@lru_cache(maxsize=2)
def database(seed: int, films: int = FILMS) -> Database:
    """The database of a seed, one for all episodes of a process.

    :param films: films of each of the circles.
    """
    connection = sqlite3.connect(":memory:", check_same_thread=False, cached_statements=256)
    connection.executescript(files(__package__).joinpath("schema.sql").read_text(encoding="utf-8"))
    made, circles = _made(seed, films)
    _fill(connection, made, circles)
    connection.execute("CREATE INDEX casts_by_person ON casts (person)")
    connection.execute("CREATE INDEX crews_by_person ON crews (person)")
    connection.commit()
    connection.execute("PRAGMA query_only = ON")
    places = {film.id: place for place, found in enumerate(made) for film in found}
    people = {person.id: circle.number for circle in circles for person in circle.people}
    return Database(connection, places, people)


def _made(seed: int, films: int) -> tuple[list[list[Film]], list[Circle]]:
    """The films by circle, and the circles."""
    chance = random.Random(f"movie database {seed}")
    sounds = tongues(seed)
    film_ids = chance.sample(range(1_000, 900_000), films * len(HOMES))
    person_ids = chance.sample(range(1_000, 3_000_000), people_of_a_circle() * len(HOMES))
    company_ids = chance.sample(range(10, 90_000), companies_of_a_circle() * len(HOMES))
    words = keywords()
    made, circles = [], []
    for number in range(len(HOMES)):
        own = random.Random(f"movie circle {seed} {number}")
        circle = Circle(
            number, sounds[number // 2], own, _part(person_ids, number), _part(company_ids, number)
        )  # fmt: skip
        made.append(make_films(circle, own, _part(film_ids, number), words))
        circles.append(circle)
    return made, circles


def _part(ids: list[int], number: int) -> list[int]:
    size = len(ids) // len(HOMES)
    return ids[number * size : (number + 1) * size]


def _fill(connection: sqlite3.Connection, made: list[list[Film]], circles: list[Circle]) -> None:
    films = [film for found in made for film in found]
    words = {word: id for word, id in zip((*keywords(), REMAKE, SEQUEL), count(4001, 7), strict=False)}
    many = connection.executemany
    many("INSERT INTO countries VALUES (?, ?)", [(code, name) for code, (name, _) in COUNTRIES.items()])
    many("INSERT INTO genres VALUES (?, ?)", GENRES.items())
    many("INSERT INTO keywords VALUES (?, ?)", [(id, word) for word, id in words.items()])
    many("INSERT INTO companies VALUES (?, ?, ?)", [(*one, circle.home) for circle in circles for one in circle.companies])
    everybody = [person for circle in circles for person in circle.people]
    many("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", map(_person, everybody))
    many(
        "INSERT INTO person_words VALUES (?, ?)",
        [(word, person.id) for person in everybody for word in set(folded(person.name).split())],
    )
    homes = [circle for circle, found in zip(circles, made, strict=True) for _ in found]
    many(
        f"INSERT INTO movies VALUES ({', '.join('?' * 17)})",
        [_movie(film, circle.language) for film, circle in zip(films, homes, strict=True)],
    )
    many("INSERT INTO releases VALUES (?, ?, ?, ?)", [(film.id, *each) for film in films for each in film.releases])
    for table, column in (("genres", "genres"), ("companies", "companies"), ("countries", "countries")):
        many(
            f"INSERT INTO movie_{table} VALUES (?, ?, ?)",
            [(film.id, place, each) for film in films for place, each in enumerate(getattr(film, column))],
        )
    many(
        "INSERT INTO movie_keywords VALUES (?, ?, ?)",
        [(film.id, place, words[each]) for film in films for place, each in enumerate(film.keywords)],
    )
    many(
        "INSERT INTO casts VALUES (?, ?, ?, ?)",
        [(film.id, place, person.id, role) for film in films for place, (person, role) in enumerate(film.cast)],
    )
    many(
        "INSERT INTO crews VALUES (?, ?, ?, ?, ?)",
        [(film.id, place, person.id, *job) for film in films for place, (person, *job) in enumerate(film.crew)],
    )
    _titles(connection, films, homes)


def _titles(connection: sqlite3.Connection, films: list[Film], homes: list[Circle]) -> None:
    """Titles of other countries, and what a search finds films by."""
    alternatives, translations, found, words = [], [], {}, []
    for film, circle in zip(films, homes, strict=True):
        english = film.title.english()
        known = {language: film.title.foreign(language) for language in FOREIGN}
        shown = [language for language in film.languages if language != "en"]
        for place, language in enumerate(film.languages):
            translations.append((film.id, place, language, known.get(language, "")))
        for place, language in enumerate(shown[:4]):
            kind = _KINDS[(film.id + place) % len(_KINDS)]
            alternatives.append((film.id, place, LANGUAGES[language][0], known[language], kind))
        words += [(word, film.id) for word in dict.fromkeys(folded(english).split())]
        for title in (*(known[language] for language in shown), english):
            found[folded(title), film.id] = title == english
    many = connection.executemany
    many("INSERT INTO alternative_titles VALUES (?, ?, ?, ?, ?)", alternatives)
    many("INSERT INTO translations VALUES (?, ?, ?, ?)", translations)
    many("INSERT INTO movie_words VALUES (?, ?)", words)
    many("INSERT INTO titles VALUES (?, ?, ?)", [(*key, first) for key, first in found.items()])


def _movie(film: Film, language: str) -> tuple[Any, ...]:
    original = film.title.english() if language == "en" else film.title.foreign(language)
    return (
        film.id, film.title.english(), original, language, *film.story, film.hero, film.city, film.budget, film.revenue,
        film.runtime, film.rating, film.votes, film.fame, film.remake_of, film.sequel_of,
    )  # fmt: skip


def _person(person: Person) -> tuple[Any, ...]:
    """A row, with names on other sites that are nobody's: IMDb counts its ids up from below, and has none that begin with 9."""
    chance = random.Random(person.id)
    handle = folded(person.name).replace(" ", "")
    there = [chance.random() < share for share in (0.9, 0.5, 0.6, 0.5)]
    return (
        person.id, person.name, person.born, person.died, person.place, person.department, person.fame,
        f"nm9{person.id:07}" if there[0] else None,
        f"{handle}.{person.id % 97}" if there[1] else None,
        f"{handle}_{person.id % 89}" if there[2] else None,
        f"{handle[:11]}{person.id % 9973}" if there[3] else None,
    )  # fmt: skip


