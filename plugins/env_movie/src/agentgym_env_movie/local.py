"""The backend of our own: the film database in the shapes of TMDB."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from agentgym_env_movie.backend import NOT_FOUND, PAGE, Kind, Refused
from agentgym_env_movie.database import Database, database
from agentgym_env_movie.names import LANGUAGES
from agentgym_env_movie.titles import folded
from agentgym_env_movie.words import table

_KEPT = 8192
"""Answers that are kept in memory."""
_MOST_WORDS = 12


class LocalBackend:
    """Offline and deterministic; one serves every episode of a process."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self.look = lru_cache(maxsize=_KEPT)(self._look)
        self._hits = lru_cache(maxsize=_KEPT)(self._find)

    @property
    def database(self) -> Database:
        """The database; made when it is first asked for."""
        return database(self._seed)

    def search(self, kind: Kind, query: str, page: int) -> dict[str, Any]:
        hits = self._hits(kind, folded(query))
        return {
            "page": page,
            "results": [self._hit(kind, id) for id in hits[(page - 1) * PAGE : page * PAGE]],
            "total_pages": -(-len(hits) // PAGE),
            "total_results": len(hits),
        }

    def close(self) -> None:
        pass

    def _find(self, kind: Kind, query: str) -> tuple[int, ...]:
        """The ids of all hits: whole titles first, then those of other countries, then what has all the words; the better known first."""
        words = query.split()[:_MOST_WORDS]
        if not words:
            return ()
        if kind == "person":
            named = " AND ".join(["(given = ? OR family = ?)"] * len(words))
            sql = f"SELECT id FROM people WHERE {named} ORDER BY popularity DESC, id"  # noqa: S608 - only the number varies
            return tuple(id for (id,) in self.database.rows(sql, *(word for word in words for _ in range(2))))
        held = " INTERSECT ".join(["SELECT movie FROM movie_words WHERE word = ?"] * len(words))
        sql = f"""
            SELECT id FROM (
                SELECT movie, MAX(place) AS place FROM (
                    SELECT id AS movie, 2 AS place FROM movies WHERE folded = ?
                    UNION ALL SELECT movie, 1 FROM alternative_titles WHERE folded = ?
                    UNION ALL SELECT movie, 0 FROM ({held})
                ) GROUP BY movie
            ) JOIN movies ON movie = id ORDER BY place DESC, popularity DESC, id"""  # noqa: S608 - only the number varies
        return tuple(id for (id,) in self.database.rows(sql, query, query, *words))

    def _hit(self, kind: Kind, id: int) -> dict[str, Any]:
        found = self.look(kind, id)
        return {key: found[key] for key in (_MOVIE_HIT if kind == "movie" else _PERSON_HIT)}

    def _look(self, kind: Kind, id: int, part: str = "") -> dict[str, Any]:
        found = getattr(self, f"_{kind}_{part}" if part else f"_{kind}")(id)
        if found is None:
            raise Refused(f"no {kind} has the id {id}", NOT_FOUND, missing=True)
        known: dict[str, Any] = found
        return known

    def _movie(self, id: int) -> dict[str, Any] | None:
        rows = self.database.rows(
            "SELECT title, original_title, original_language, setup, turn, ending, hero, city, budget, revenue, runtime, vote_average, "
            "vote_count, popularity, (SELECT MIN(date) FROM releases WHERE movie = id AND type = 3) FROM movies WHERE id = ?",
            id,
        )
        if not rows:
            return None
        title, original, language, *story, budget, revenue, runtime, rating, votes, fame, date = rows[0]
        return {
            "id": id,
            "title": title,
            "original_title": original,
            "original_language": language,
            "overview": overview("en", *story),
            "budget": budget,
            "genres": self._named("SELECT id, name FROM movie_genres JOIN genres ON genre = id", id),
            "revenue": revenue,
            "runtime": runtime,
            "vote_average": rating,
            "vote_count": votes,
            "popularity": fame,
            "release_date": date,
            "production_companies": [
                {"id": company, "logo_path": None, "name": name, "origin_country": country}
                for company, name, country in self._rows(
                    "SELECT id, name, country FROM movie_companies JOIN companies ON company = id", id
                )
            ],
            "production_countries": [
                {"iso_3166_1": code, "name": name}
                for code, name in self._rows(
                    "SELECT code, name FROM movie_countries JOIN countries ON country = code", id
                )
            ],
        }

    def _movie_credits(self, id: int) -> dict[str, Any] | None:
        if not self._is_movie(id):
            return None
        cast = self._rows("SELECT id, name, character FROM casts JOIN people ON person = id", id)
        crew = self._rows("SELECT id, name, job, crews.department FROM crews JOIN people ON person = id", id)
        return {
            "id": id,
            "cast": [
                {"id": person, "name": name, "character": role, "order": place}
                for place, (person, name, role) in enumerate(cast)
            ],
            "crew": [
                {"id": person, "name": name, "job": job, "department": department}
                for person, name, job, department in crew
            ],
        }

    def _movie_keywords(self, id: int) -> dict[str, Any] | None:
        if not self._is_movie(id):
            return None
        return {
            "id": id,
            "keywords": self._named("SELECT id, name FROM movie_keywords JOIN keywords ON keyword = id", id),
        }

    def _movie_alternative_titles(self, id: int) -> dict[str, Any] | None:
        if not self._is_movie(id):
            return None
        return {
            "id": id,
            "titles": [
                {"iso_3166_1": country, "title": title, "type": kind}
                for country, title, kind in self._rows("SELECT country, title, type FROM alternative_titles", id)
            ],
        }

    def _movie_translations(self, id: int) -> dict[str, Any] | None:
        rows = self.database.rows(
            "SELECT setup, turn, ending, hero, city, runtime, title, languages FROM movies WHERE id = ?", id
        )
        if not rows:
            return None
        *story, runtime, title, languages = rows[0]
        abroad = self._rows("SELECT country, title FROM alternative_titles", id)
        titles = {"US": title, **dict(abroad)}
        shown = []
        for language in languages.split():
            country, name, english = LANGUAGES[language]
            data = {
                "overview": overview(language, *story),
                "runtime": runtime,
                "tagline": "",
                "title": titles.get(country, ""),
            }
            shown.append({
                "iso_3166_1": country, "iso_639_1": language, "name": name, "english_name": english, "data": {"homepage": "", **data},
            })  # fmt: skip
        return {"id": id, "translations": shown}

    def _person(self, id: int) -> dict[str, Any] | None:
        rows = self.database.rows(
            "SELECT name, birthday, deathday, place_of_birth, department, popularity, imdb FROM people WHERE id = ?", id
        )
        if not rows:
            return None
        name, born, died, place, department, fame, imdb = rows[0]
        return {
            "id": id,
            "name": name,
            "biography": self._biography(id, name, born, died, department),
            "birthday": born,
            "deathday": died,
            "place_of_birth": place,
            "known_for_department": department,
            "popularity": fame,
            "imdb_id": imdb,
        }

    def _biography(self, id: int, name: str, born: str, died: str | None, department: str) -> str:
        life = f"born {born}" if died is None else f"{born} to {died}"
        rows = self.database.rows(
            "SELECT title FROM movies WHERE id IN (SELECT movie FROM casts WHERE person = ? UNION SELECT movie FROM crews "
            "WHERE person = ?) ORDER BY popularity DESC, id LIMIT 2",
            id,
            id,
        )
        titles = [title for (title,) in rows]
        text = f"{name} ({life}) works in film: {department.lower()}."
        return f"{text} Best known for {' and '.join(titles)}." if titles else text

    def _person_movie_credits(self, id: int) -> dict[str, Any] | None:
        if not self.database.rows("SELECT 1 FROM people WHERE id = ?", id):
            return None
        cast = "SELECT movie, title, character FROM casts JOIN movies ON movie = id WHERE person = ?"
        crew = "SELECT movie, title, job, department FROM crews JOIN movies ON movie = id WHERE person = ?"
        order = "ORDER BY popularity DESC, movie, position"
        return {
            "id": id,
            "cast": [
                {"id": movie, "title": title, "character": role}
                for movie, title, role in self.database.rows(f"{cast} {order}", id)
            ],
            "crew": [
                {"id": movie, "title": title, "job": job, "department": department}
                for movie, title, job, department in self.database.rows(f"{crew} {order}", id)
            ],
        }

    def _person_external_ids(self, id: int) -> dict[str, Any] | None:
        rows = self.database.rows("SELECT imdb, facebook, instagram, twitter FROM people WHERE id = ?", id)
        names = ("imdb_id", "facebook_id", "instagram_id", "twitter_id")
        return {"id": id, **dict(zip(names, rows[0], strict=True))} if rows else None

    def _is_movie(self, id: int) -> bool:
        return bool(self.database.rows("SELECT 1 FROM movies WHERE id = ?", id))

    def _rows(self, sql: str, id: int) -> list[Any]:
        return self.database.rows(f"{sql} WHERE movie = ? ORDER BY position", id)

    def _named(self, sql: str, id: int) -> list[dict[str, Any]]:
        return [{"id": number, "name": name} for number, name in self._rows(sql, id)]


_MOVIE_HIT = (
    "id", "title", "original_title", "original_language", "overview", "release_date", "popularity", "vote_average", "vote_count",
)  # fmt: skip
_PERSON_HIT = ("id", "name", "known_for_department", "popularity")


def overview(language: str, setup: int, turn: int, ending: int, hero: str, city: str) -> str:
    """The story of a film in a language; empty where nobody has written it."""
    parts = _parts()
    if language not in parts[0][0]:
        return ""
    first, second, third = (part[place][language] for part, place in zip(parts, (setup, turn, ending), strict=True))
    gap = "" if language in ("ja", "zh") else " "
    return gap.join((first.format(hero=hero, city=city), second, third))


@lru_cache(maxsize=1)
def _parts() -> tuple[list[dict[str, str]], ...]:
    return tuple([row for row in table("stories") if row["part"] == part] for part in ("setup", "turn", "end"))
