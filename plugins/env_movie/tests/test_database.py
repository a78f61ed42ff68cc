"""The film database: whole, repeatable, full of namesakes, remakes and near misses, and read only."""

from __future__ import annotations

import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_env_movie.backend import PARTS
from agentgym_env_movie.database import database
from agentgym_env_movie.films import FIRST_YEAR, LAST_YEAR
from agentgym_env_movie.local import LocalBackend
from agentgym_env_movie.scene import local
from agentgym_env_movie.shapes import SHAPES, shaped
from agentgym_env_movie.titles import folded
from agentgym_env_movie.words import keywords, table

LOCAL = local(0)
DATABASE = LOCAL.database


def numbers(sql: str) -> list[Any]:
    """The first column of a query."""
    return [row[0] for row in DATABASE.rows(sql)]


def test_it_has_the_size_that_is_promised() -> None:
    (films,) = numbers("SELECT COUNT(*) FROM movies")
    assert films >= 5_000
    years = {int(date[:4]) for date in numbers("SELECT MIN(date) FROM releases WHERE type = 3 GROUP BY movie")}
    assert years == set(range(FIRST_YEAR, LAST_YEAR + 1))
    for name in ("movie_genres", "movie_companies", "movie_countries", "movie_keywords", "casts", "crews", "releases"):
        assert numbers(f"SELECT COUNT(DISTINCT movie) FROM {name}") == [films], name


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        ("movie_genres.genre", "genres.id"),
        ("movie_companies.company", "companies.id"),
        ("movie_countries.country", "countries.code"),
        ("movie_keywords.keyword", "keywords.id"),
        ("casts.person", "people.id"),
        ("crews.person", "people.id"),
        ("casts.movie", "movies.id"),
        ("alternative_titles.movie", "movies.id"),
    ],
)
def test_what_is_named_is_there(inner: str, outer: str) -> None:
    one, other = inner.split("."), outer.split(".")
    assert not numbers(f"SELECT {one[1]} FROM {one[0]} WHERE {one[1]} NOT IN (SELECT {other[1]} FROM {other[0]})")


def test_namesakes_remakes_and_near_misses_are_common() -> None:
    titles = Counter(numbers("SELECT folded FROM movies"))
    shared = sum(times for times in titles.values() if times > 1)
    assert shared > 0.3 * titles.total()
    assert sum(f"the {title}" in titles for title in titles) > 50
    names = Counter(numbers("SELECT name FROM people"))
    assert sum(times for times in names.values() if times > 1) > 0.2 * names.total()
    (remakes,) = numbers("SELECT COUNT(*) FROM movies WHERE remake_of IS NOT NULL")
    (sequels,) = numbers("SELECT COUNT(*) FROM movies WHERE sequel_of IS NOT NULL")
    assert remakes > 100
    assert sequels > 50


def test_remakes_keep_title_story_and_roles_but_not_the_people() -> None:
    pairs = DATABASE.rows("SELECT id, remake_of FROM movies WHERE remake_of IS NOT NULL")
    same_lead = 0
    for id, model in pairs:
        new, old = LOCAL.look("movie", id), LOCAL.look("movie", model)
        assert new["title"] == old["title"]
        assert new["release_date"] > old["release_date"]
        new_cast, old_cast = (LOCAL.look("movie", each, "credits")["cast"] for each in (id, model))
        assert {each["character"] for each in new_cast} & {each["character"] for each in old_cast}
        same_lead += new_cast[0]["id"] == old_cast[0]["id"]
    assert same_lead < 0.05 * len(pairs)


def test_nobody_acts_before_they_are_born_or_after_they_died() -> None:
    rows = DATABASE.rows(
        "SELECT MIN(date), birthday, deathday FROM releases JOIN casts USING (movie) JOIN people ON person = id "
        "WHERE type = 3 GROUP BY movie, person"
    )
    assert all(birthday < date for date, birthday, _ in rows)
    late = [date for date, _, death in rows if death and date > death]
    assert late == []


def test_the_same_seed_is_the_same_database_and_another_seed_another() -> None:
    def dump(seed: int) -> list[str]:
        found = database.__wrapped__(seed, 12)
        return list(found._connection.iterdump())

    assert dump(3) == dump(3) != dump(4)


def test_it_is_read_only() -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        DATABASE.rows("DELETE FROM movies")


def test_it_is_read_from_many_threads() -> None:
    ids = numbers("SELECT id FROM movies ORDER BY id LIMIT 400")
    fresh = LocalBackend(0)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda id: fresh.look("movie", id, "credits"), ids))
    assert found == [LOCAL.look("movie", id, "credits") for id in ids]


def test_answers_have_the_shapes_that_the_service_documents() -> None:
    movies, people = (numbers(f"SELECT id FROM {name} ORDER BY id LIMIT 60") for name in ("movies", "people"))
    for kind, ids in (("movie", movies), ("person", people)):
        for part in ("", *PARTS[kind]):
            for id in ids:
                found = LOCAL.look(kind, id, part)  # type: ignore[arg-type]
                assert shaped(kind, part, found).items() <= {**found, **shaped(kind, part, found)}.items()
    for kind, query in (("movie", "of"), ("person", "zzz")):
        assert shaped(kind, "search", LOCAL.search(kind, query, 1))["page"] == 1  # type: ignore[arg-type]
    assert len(SHAPES) == 10


@given(st.text(max_size=60))
def test_any_search_is_answered(query: str) -> None:
    for kind in ("movie", "person"):
        found = LOCAL.search(kind, query, 1)  # type: ignore[arg-type]
        assert found["total_pages"] == -(-found["total_results"] // 20)
        assert len(found["results"]) == min(20, found["total_results"])


def test_a_search_does_not_mind_case_accents_and_signs() -> None:
    assert folded("  L'Étoile — du  NORD! ") == "letoile du nord"
    assert folded("港の灯籠") == folded("港の灯籠 ")
    title = numbers("SELECT title FROM movies WHERE title LIKE '%''s %' ORDER BY id LIMIT 1")[0]
    plain = LOCAL.search("movie", title, 1)
    for other in (title.upper(), title.replace("'", ""), title.replace("'", "’"), f"“{title}”"):
        assert LOCAL.search("movie", other, 1) == plain


def test_words_are_whole() -> None:
    stories = table("stories")
    assert Counter(row["part"] for row in stories) == {"setup": 8, "turn": 8, "end": 8}
    for row in stories:
        assert all(row.values())
        if row["part"] == "setup":
            assert all("{hero}" in text and "{city}" in text for key, text in row.items() if key != "part")
    for name in ("nouns", "qualities"):
        assert len({row["en"] for row in table(name)}) == len(table(name))
        assert all(all(row.values()) for row in table(name))
    assert len(set(keywords())) == len(keywords()) == 100
