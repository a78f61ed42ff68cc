"""The film database: SQLite in memory, made out of a seed when a process first asks for it, and read only from then on."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from itertools import count
from threading import Lock
from typing import Any
from weakref import finalize

from agentgym_env_movie.circles import HOMES, Circle, Person, companies_of_a_circle, people_of_a_circle
from agentgym_env_movie.films import GENRES, REMAKE, SEQUEL, Film, make_films
from agentgym_env_movie.names import COUNTRIES, LANGUAGES, tongues
from agentgym_env_movie.titles import folded
from agentgym_env_movie.words import keywords

FILMS = 252
"""Films of a circle."""
_KINDS = ("", "", "", "working title", "festival title", "DVD title")
_ABROAD = 4


class Database:
    """Reads the database from any thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection, self._lock = connection, Lock()
        # Whoever held it last may forget it.
        finalize(self, connection.close)

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
    connection.executescript(_text("schema.sql"))
    words = _words(connection)
    for circle, made in _made(seed, films):
        _fill(connection, circle, made, words)
    connection.executescript(_text("indexes.sql"))
    connection.execute("PRAGMA query_only = ON")
    return Database(connection)


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _made(seed: int, films: int) -> Iterator[tuple[Circle, list[Film]]]:
    """One circle after another with its films: what is written can be forgotten."""
    chance = random.Random(f"movie database {seed}")
    sounds = tongues(seed)
    film_ids = chance.sample(range(1_000, 900_000), films * len(HOMES))
    person_ids = chance.sample(range(1_000, 3_000_000), people_of_a_circle() * len(HOMES))
    company_ids = chance.sample(range(10, 90_000), companies_of_a_circle() * len(HOMES))
    for number in range(len(HOMES)):
        own = random.Random(f"movie circle {seed} {number}")
        circle = Circle(number, sounds[number // 2], own, _part(person_ids, number), _part(company_ids, number))
        yield circle, make_films(circle, own, _part(film_ids, number), keywords())


def _part(ids: list[int], number: int) -> list[int]:
    size = len(ids) // len(HOMES)
    return ids[number * size : (number + 1) * size]


def _words(connection: sqlite3.Connection) -> dict[str, int]:
    """Write what all circles share; the ids of keywords."""
    words = dict(zip((*keywords(), REMAKE, SEQUEL), count(4001, 7), strict=False))
    connection.executemany(
        "INSERT INTO countries VALUES (?, ?)", [(code, name) for code, (name, _) in COUNTRIES.items()]
    )
    connection.executemany("INSERT INTO genres VALUES (?, ?)", GENRES.items())
    connection.executemany("INSERT INTO keywords VALUES (?, ?)", [(id, word) for word, id in words.items()])
    return words


def _fill(connection: sqlite3.Connection, circle: Circle, films: list[Film], words: dict[str, int]) -> None:
    def many(table: str, columns: int, rows: Any) -> None:
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})", rows)  # noqa: S608 - our own words

    many("companies", 3, [(*one, circle.home) for one in circle.companies])
    many("people", 14, [_person(person, circle.number) for person in circle.people])
    many("movies", 20, map(_movie, films))
    many(
        "movie_words",
        2,
        [(film.id, word) for film in films for word in dict.fromkeys(folded(film.title.english()).split())],
    )
    many("alternative_titles", 6, [row for film in films for row in _abroad(film)])
    many("releases", 4, [(film.id, *each) for film in films for each in film.releases])
    for column in ("genres", "companies", "countries"):
        rows = [(film.id, place, each) for film in films for place, each in enumerate(getattr(film, column))]
        many(f"movie_{column}", 3, rows)
    marks = [(film.id, place, words[each]) for film in films for place, each in enumerate(film.keywords)]
    many("movie_keywords", 3, marks)
    many("casts", 4, [(film.id, place, one.id, role) for film in films for place, (one, role) in enumerate(film.cast)])
    many("crews", 5, [(film.id, place, one.id, *job) for film in films for place, (one, *job) in enumerate(film.crew)])


def _abroad(film: Film) -> list[tuple[Any, ...]]:
    """The rows of a film's titles in other countries."""
    rows = []
    for place, language in enumerate(film.languages[1 : 1 + _ABROAD]):
        title = film.title.foreign(language)
        kind = _KINDS[(film.id + place) % len(_KINDS)]
        rows.append((film.id, place, LANGUAGES[language][0], title, folded(title), kind))
    return rows


def _movie(film: Film) -> tuple[Any, ...]:
    title, language = film.title.english(), COUNTRIES[film.countries[0]][1]
    original = title if language == "en" else film.title.foreign(language)
    return (
        film.id, title, folded(title), original, language, *film.story, film.hero, film.city, " ".join(film.languages), film.budget,
        film.revenue, film.runtime, film.rating, film.votes, film.fame, film.remake_of, film.sequel_of, film.circle,
    )  # fmt: skip


def _person(person: Person, circle: int) -> tuple[Any, ...]:
    """A row, with names on other sites that are nobody's: IMDb counts its ids up from below, and has none that begin with 9."""
    id, (given, family) = person.id, person.name.lower().split()
    return (
        id, person.name, given, family, person.born, person.died, person.place, person.department, person.fame,
        f"nm9{id:07}" if id % 10 else None,
        f"{given}{family}.{id % 97}" if id % 7 < 4 else None,
        f"{given}_{family}{id % 89}" if id % 11 < 7 else None,
        f"{given}{family[:3]}{id % 9973}" if id % 13 < 7 else None,
        circle,
    )  # fmt: skip
