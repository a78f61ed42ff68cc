"""The tools of films and film people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentgym_env_movie.backend import NOT_FOUND, PAGE, Backend, Kind, Refused
from agentgym_tools import Toolbox, ToolError, tool

SHOWN = 10
"""The most entries of a cast or a crew that a tool shows."""
_MAKERS = ("Director", "Producer", "Writer")
_LANDS = ("NL", "CN", "US", "DE", "RU", "JP")
MOST_HITS = 10_000
"""The hits that can be asked for: TMDB shows 500 pages of 20."""
MOST_IDS = 2**31
"""Above all ids."""
_WORDS: dict[Kind, str] = {"movie": "film", "person": "person"}
_LONGEST = 100


class MovieTools(Toolbox):
    """Fourteen tools over a backend, and an answer. `seen` are the films and people whose ids are known, by kind; `found` is
    what searches led to, by kind and query.
    """

    def __init__(self, backend: Backend) -> None:
        super().__init__()
        self.backend = backend
        self.seen: dict[Kind, dict[int, None]] = {"movie": {}, "person": {}}
        self.found: dict[tuple[str, str], int] = {}

    @tool
    def get_search_movie(self, movie_name: str, position: int = 1) -> list[dict[str, Any]]:
        """Search for a film by its title: id, overview and title of the best hit. Several films may have one title.

        :param movie_name: the title
        :param position: which hit, 1 for the best; the others follow in the order of the search
        """
        (hit,) = self._hit("movie", movie_name, position)
        return [{key: hit[key] for key in ("id", "overview", "title")}]

    @tool
    def get_movie_details(self, movie_id: int) -> dict[str, Any]:
        """Tell a film's title, budget, genres, revenue, vote_average (its rating) and release_date.

        Money is in US dollars, 0 where unknown.

        :param movie_id: the film's id
        """
        found = self._look("movie", movie_id)
        shown = {key: found[key] for key in ("title", "budget", "genres", "revenue", "vote_average", "release_date")}
        return {**shown, "genres": [dict(each) for each in found["genres"]]}

    @tool
    def get_movie_production_companies(self, movie_id: int) -> dict[str, Any]:
        """Tell which companies produced a film.

        :param movie_id: the film's id
        """
        return {"production_companies": [dict(each) for each in self._look("movie", movie_id)["production_companies"]]}

    @tool
    def get_movie_production_countries(self, movie_id: int) -> dict[str, Any]:
        """Tell in which countries a film was produced.

        :param movie_id: the film's id
        """
        return {"production_countries": [dict(each) for each in self._look("movie", movie_id)["production_countries"]]}

    @tool
    def get_movie_cast(self, movie_id: int) -> dict[str, Any]:
        """Tell the first ten of a film's cast, in the order of billing: id, name, character.

        :param movie_id: the film's id
        """
        cast = self._look("movie", movie_id, "credits")["cast"][:SHOWN]
        return {"cast": self._people(cast, "character")}

    @tool
    def get_movie_crew(self, movie_id: int) -> dict[str, Any]:
        """Tell a film's crew: all directors, producers and writers, and others up to ten: id, name, job.

        :param movie_id: the film's id
        """
        crew = self._look("movie", movie_id, "credits")["crew"]
        shown = [each for each in crew if each["job"] in _MAKERS]
        makers = {each["id"] for each in shown}
        others = [each for each in crew if each["id"] not in makers]
        return {"crew": self._people([*shown, *others[: max(0, SHOWN - len(shown))]], "job")}

    @tool
    def get_movie_keywords(self, movie_id: int) -> dict[str, Any]:
        """Tell a film's keywords.

        :param movie_id: the film's id
        """
        return {"keywords": [each["name"] for each in self._look("movie", movie_id, "keywords")["keywords"]]}

    @tool
    def get_movie_alternative_titles(self, movie_id: int) -> dict[str, Any]:
        """Tell a film's titles in other countries.

        :param movie_id: the film's id
        """
        found = self._look("movie", movie_id, "alternative_titles")
        return {"id": movie_id, "titles": [dict(each) for each in found["titles"]]}

    @tool
    def get_movie_translation(self, movie_id: int) -> dict[str, Any]:
        """Tell a film's overview in Dutch, Mandarin, English, German, Russian and Japanese, as far as there is one.

        :param movie_id: the film's id
        """
        found = self._look("movie", movie_id, "translations")
        shown = [each for each in found["translations"] if each["iso_3166_1"] in _LANDS]
        return {
            "id": movie_id,
            "translations": [
                {**each, "data": {key: value for key, value in each["data"].items() if key != "title"}}
                for each in shown
            ],
        }

    @tool
    def get_search_person(self, person_name: str, position: int = 1) -> list[dict[str, Any]]:
        """Search for somebody by name: id and name of the best hit. Several people may have one name.

        :param person_name: the name
        :param position: which hit, 1 for the best; the others follow in the order of the search
        """
        (hit,) = self._hit("person", person_name, position)
        return [{key: hit[key] for key in ("id", "name")}]

    @tool
    def get_person_details(self, person_id: int) -> dict[str, Any]:
        """Tell somebody's name, biography, birthday and place of birth.

        :param person_id: the person's id
        """
        found = self._look("person", person_id)
        return {key: found[key] for key in ("name", "biography", "birthday", "place_of_birth")}

    @tool
    def get_person_cast(self, person_id: int) -> dict[str, Any]:
        """Tell ten films that somebody acts in: id, title, character.

        :param person_id: the person's id
        """
        return {"cast": self._films(person_id, "cast", "character")}

    @tool
    def get_person_crew(self, person_id: int) -> dict[str, Any]:
        """Tell ten films that somebody helped to make: id, title, job.

        :param person_id: the person's id
        """
        return {"crew": self._films(person_id, "crew", "job")}

    @tool
    def get_person_external_ids(self, person_id: int) -> dict[str, Any]:
        """Tell somebody's ids on other sites: imdb_id, facebook_id, instagram_id, twitter_id.

        :param person_id: the person's id
        """
        found = self._look("person", person_id, "external_ids")
        return {key: found[key] for key in ("imdb_id", "facebook_id", "instagram_id", "twitter_id")}

    def close(self) -> None:
        self.backend.close()

    def _hit(self, kind: Kind, query: str, position: int) -> list[dict[str, Any]]:
        """The hit of a position, in a list of one.

        :raises ToolError: there is none.
        """
        if not 1 <= position <= MOST_HITS:
            raise ToolError(f"Error: position must be 1 to {MOST_HITS}, not {str(position)[:_LONGEST]}")
        page = self._asked(lambda: self.backend.search(kind, query, (position - 1) // PAGE + 1))
        results: list[dict[str, Any]] = page["results"]
        place = (position - 1) % PAGE
        if place >= len(results):
            if self.original_texts and position == 1:
                raise ToolError("[]" if kind == "person" else "ERROR | IndexError(list index out of range)")
            if page["total_results"]:
                raise ToolError(f'Error: the search for "{query[:_LONGEST]}" has only {page["total_results"]} hits')
            raise ToolError(f'Error: no {_WORDS[kind]} is called "{query[:_LONGEST]}"')
        self.seen[kind][results[place]["id"]] = None
        self.found[kind, query] = results[place]["id"]
        return [results[place]]

    def _look(self, kind: Kind, id: int, part: str = "") -> dict[str, Any]:
        if not 0 < id < MOST_IDS:
            # No path of the service takes it either.
            raise ToolError(NOT_FOUND if self.original_texts else f"Error: no {_WORDS[kind]} has the id {str(id)[:20]}")
        found = self._asked(lambda: self.backend.look(kind, id, part), f"no {_WORDS[kind]} has the id {id}")
        self.seen[kind][id] = None
        return found

    def _people(self, credits: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
        self.seen["person"].update(dict.fromkeys(each["id"] for each in credits))
        return [{key: each[key] for key in ("id", "name", what)} for each in credits]

    def _films(self, person_id: int, part: str, what: str) -> list[dict[str, Any]]:
        credits = self._look("person", person_id, "movie_credits")[part][:SHOWN]
        self.seen["movie"].update(dict.fromkeys(each["id"] for each in credits))
        return [{key: each[key] for key in ("id", "title", what)} for each in credits]

    def _asked(self, ask: Callable[[], dict[str, Any]], missing: str = "") -> dict[str, Any]:
        try:
            return ask()
        except Refused as no:
            words = f"Error: {missing if no.missing and missing else no}"
            raise ToolError(no.body if self.original_texts else words) from None
