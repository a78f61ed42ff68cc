"""Every tool and every declared error, by its name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.environments import resolve_environment
from agentgym_env_movie.backend import NOT_FOUND, PAGE
from agentgym_env_movie.scene import local, stock
from agentgym_env_movie.tools import MOST_HITS, MovieTools

SOURCE = resolve_environment("movie")
LOCAL = local(0)
FILM = stock("train", 0).films[0]
TITLE = stock("train", 0).titles[FILM]
CREDITS = LOCAL.look("movie", FILM, "credits")
ACTOR = CREDITS["cast"][0]["id"]
MOVIE_TOOLS = [name for name in MovieTools.tools() if name.startswith("get_movie")]
PERSON_TOOLS = [name for name in MovieTools.tools() if name.startswith("get_person")]


def large(kind: str) -> int:
    """The film with the largest cast or crew."""
    return int(
        LOCAL.database.rows(f"SELECT movie FROM {kind}s GROUP BY movie ORDER BY COUNT(*) DESC, movie LIMIT 1")[0][0]
    )


def test_every_tool_has_a_test_named_after_it() -> None:
    tests = set(globals())
    assert not [name for name in MovieTools.tools() if f"test_tool_{name}" not in tests]


def test_tool_get_search_movie(player: Any) -> None:
    (found,) = player.value("get_search_movie", movie_name=TITLE)
    assert list(found) == ["id", "overview", "title"]
    assert (found["id"], found["title"]) == (FILM, TITLE)
    assert found["overview"] == LOCAL.look("movie", FILM)["overview"] != ""
    assert player.value("get_search_movie", movie_name=f"  {TITLE.upper()}! ") == [found]


def test_search_finds_films_by_their_titles_elsewhere(player: Any) -> None:
    for entry in LOCAL.look("movie", FILM, "alternative_titles")["titles"]:
        hits = [hit["id"] for hit in LOCAL.search("movie", entry["title"], 1)["results"]]
        assert FILM in hits
    assert player.value("get_search_movie", movie_name=TITLE)[0]["id"] == FILM


def test_namesakes_are_the_next_hits(player: Any) -> None:
    group = next(ids for ids in stock("train", 0).film_groups if len(ids) > 2)
    title = stock("train", 0).titles[group[0]]
    found = [
        player.value("get_search_movie", movie_name=title, position=number)[0] for number in range(1, len(group) + 1)
    ]
    assert {hit["id"] for hit in found} == set(group)
    fame = [LOCAL.look("movie", hit["id"])["popularity"] for hit in found]
    assert fame == sorted(fame, reverse=True)


def test_hits_go_on_over_pages(player: Any) -> None:
    total = LOCAL.search("movie", "of", 1)["total_results"]
    assert total > 2 * PAGE
    found = [
        player.value("get_search_movie", movie_name="of", position=number)[0]["id"]
        for number in (1, PAGE, PAGE + 1, total)
    ]
    assert len(set(found)) == 4
    assert player.error("get_search_movie", movie_name="of", position=total + 1).endswith(f"has only {total} hits")


def test_tool_get_movie_details(player: Any) -> None:
    found = player.value("get_movie_details", movie_id=FILM)
    assert list(found) == ["title", "budget", "genres", "revenue", "vote_average", "release_date"]
    assert found["title"] == TITLE
    assert found["release_date"] == min(
        date for (date,) in LOCAL.database.rows("SELECT date FROM releases WHERE movie = ? AND type = 3", FILM)
    )
    assert set(found["genres"][0]) == {"id", "name"}


def test_tool_get_movie_production_companies(player: Any) -> None:
    (company, *_) = player.value("get_movie_production_companies", movie_id=FILM)["production_companies"]
    assert list(company) == ["id", "logo_path", "name", "origin_country"]


def test_tool_get_movie_production_countries(player: Any) -> None:
    (country, *_) = player.value("get_movie_production_countries", movie_id=FILM)["production_countries"]
    assert list(country) == ["iso_3166_1", "name"]


def test_tool_get_movie_cast(player: Any) -> None:
    cast = player.value("get_movie_cast", movie_id=FILM)["cast"]
    assert [list(each) for each in cast] == [["id", "name", "character"]] * len(cast)
    whole = LOCAL.look("movie", large("cast"), "credits")["cast"]
    shown = player.value("get_movie_cast", movie_id=large("cast"))["cast"]
    assert len(whole) > len(shown) == 10
    assert [each["id"] for each in shown] == [each["id"] for each in whole[:10]]


def test_tool_get_movie_crew(player: Any) -> None:
    whole = LOCAL.look("movie", large("crew"), "credits")["crew"]
    crew = player.value("get_movie_crew", movie_id=large("crew"))["crew"]
    assert [list(each) for each in crew] == [["id", "name", "job"]] * len(crew)
    makers = [each["job"] for each in whole if each["job"] in ("Director", "Producer", "Writer")]
    assert [each["job"] for each in crew[: len(makers)]] == makers
    assert len(crew) == max(10, len(makers)) < len(whole)


def test_tool_get_movie_keywords(player: Any) -> None:
    words = player.value("get_movie_keywords", movie_id=FILM)["keywords"]
    assert words == [each["name"] for each in LOCAL.look("movie", FILM, "keywords")["keywords"]] != []


def test_tool_get_movie_alternative_titles(player: Any) -> None:
    found = player.value("get_movie_alternative_titles", movie_id=FILM)
    assert list(found) == ["id", "titles"]
    assert all(list(each) == ["iso_3166_1", "title", "type"] for each in found["titles"])


def test_tool_get_movie_translation(player: Any) -> None:
    films = [player.value("get_movie_translation", movie_id=id) for id in stock("train", 0).films[:40]]
    shown = [each for film in films for each in film["translations"]]
    assert {each["iso_3166_1"] for each in shown} == {"NL", "CN", "US", "DE", "RU", "JP"}
    assert all(list(each) == ["iso_3166_1", "iso_639_1", "name", "english_name", "data"] for each in shown)
    assert all("title" not in each["data"] and each["data"]["overview"] for each in shown)
    whole = [LOCAL.look("movie", film["id"], "translations")["translations"] for film in films]
    assert "FR" in {each["iso_3166_1"] for one in whole for each in one}


def test_tool_get_search_person(player: Any) -> None:
    person = stock("train", 0).people[0]
    name = stock("train", 0).names[person]
    assert player.value("get_search_person", person_name=name) == [{"id": person, "name": name}]
    group = next(ids for ids in stock("train", 0).people_groups if len(ids) > 1)
    shared = stock("train", 0).names[group[0]]
    hits = [
        player.value("get_search_person", person_name=shared, position=place)[0] for place in range(1, len(group) + 1)
    ]
    assert {hit["id"] for hit in hits} == set(group)
    assert {hit["name"] for hit in hits} == {shared}


def test_tool_get_person_details(player: Any) -> None:
    found = player.value("get_person_details", person_id=ACTOR)
    assert list(found) == ["name", "biography", "birthday", "place_of_birth"]
    assert found["name"] in found["biography"]
    assert found["birthday"] in found["biography"]


def test_tool_get_person_cast(player: Any) -> None:
    cast = player.value("get_person_cast", person_id=ACTOR)["cast"]
    assert [list(each) for each in cast] == [["id", "title", "character"]] * len(cast)
    busiest = LOCAL.database.rows("SELECT person FROM casts GROUP BY person ORDER BY COUNT(*) DESC LIMIT 1")[0][0]
    assert len(player.value("get_person_cast", person_id=busiest)["cast"]) == 10


def test_tool_get_person_crew(player: Any) -> None:
    director = next(each["id"] for each in CREDITS["crew"] if each["job"] == "Director")
    crew = player.value("get_person_crew", person_id=director)["crew"]
    assert {"id": FILM, "title": TITLE, "job": "Director"} in crew


def test_tool_get_person_external_ids(player: Any) -> None:
    found = player.value("get_person_external_ids", person_id=ACTOR)
    assert list(found) == ["imdb_id", "facebook_id", "instagram_id", "twitter_id"]


def test_tool_check_valid_actions(player: Any) -> None:
    told = player.call("check_valid_actions").observation
    assert all(repr(name) in told for name in MovieTools.tools())


def test_tool_finish(player: Any) -> None:
    step = player.call("finish", answer=3)
    assert (step.terminated, step.success, step.score) == (True, False, 0.0)


def test_error_no_such_film(player: Any) -> None:
    assert player.error("get_search_movie", movie_name="Nowhere Zzz") == 'Error: no film is called "Nowhere Zzz"'
    assert player.error("get_search_movie", movie_name="!?") == 'Error: no film is called "!?"'
    assert len(player.error("get_search_movie", movie_name="x" * 9000)) < 200


def test_error_no_such_person(player: Any) -> None:
    assert player.error("get_search_person", person_name="Nobody Zzz") == 'Error: no person is called "Nobody Zzz"'


@pytest.mark.parametrize("name", ["get_search_movie", "get_search_person"])
def test_error_position_out_of_range(player: Any, name: str) -> None:
    argument = "movie_name" if name == "get_search_movie" else "person_name"
    for position in (0, -1, MOST_HITS + 1, 10**12):
        told = player.error(name, **{argument: TITLE, "position": position})
        assert told.startswith(f"Error: position must be 1 to {MOST_HITS}, not ")
        assert len(told) < 200


def test_error_only_so_many_hits(player: Any) -> None:
    assert player.error("get_search_movie", movie_name=TITLE, position=9).startswith(
        f'Error: the search for "{TITLE}" has only '
    )


@pytest.mark.parametrize("name", [*MOVIE_TOOLS, *PERSON_TOOLS])
def test_error_no_such_id(player: Any, name: str) -> None:
    kind, argument = ("film", "movie_id") if name in MOVIE_TOOLS else ("person", "person_id")
    for id in (7, 0, -5, 10**12):
        assert player.error(name, **{argument: id}).startswith(f"Error: no {kind} has the id {str(id)[:20]}")


@pytest.mark.parametrize("form", FORMATS)
def test_error_wrong_call_says_which_argument_in_every_format(form: str) -> None:
    grammar = Grammar(SOURCE.description.actions, form)
    for arguments, words in (
        ({}, '"movie_id"'),
        ({"movie_id": "the first"}, '"movie_id" must be'),
    ):
        inside = json.dumps(arguments)
        written = {
            "react": f"Thought: x\n\nAction: get_movie_cast with Action Input: {inside}",
            "code_as_action": f"```python\nget_movie_cast({', '.join(f'{key}={value!r}' for key, value in arguments.items())})\n```",
        }
        text = written.get(form, f'{{"thought": "x", "function_name": "get_movie_cast", "arguments": {inside}}}')
        reading = grammar.read(text)
        told = reading.error
        if reading.action is not None:
            with SOURCE.make() as environment:
                environment.reset(SOURCE.find("movie-train-0"))
                told = environment.step(reading.action).observation
        assert told is not None
        assert words in told, (form, told)


def test_ids_may_be_written_as_text() -> None:
    """AgentGym's own declarations call them texts."""
    grammar = Grammar(SOURCE.description.actions)
    reading = grammar.read(f'Action: get_movie_details with Action Input: {{"movie_id": "{FILM}"}}')
    assert reading.action is not None
    assert reading.action.arguments == {"movie_id": FILM}


def test_original_words_are_behind_a_setting(players: Any) -> None:
    player = players({"original_texts": True})

    def told(tool: str, **arguments: Any) -> str:
        text: str = player.call(tool, **arguments).observation
        return text.removeprefix("Observation: ").removesuffix("\nGive me one action.")

    assert told("get_search_movie", movie_name="Nowhere Zzz") == "ERROR | IndexError(list index out of range)"
    assert told("get_search_person", person_name="Nobody Zzz") == "[]"
    assert told("get_movie_details", movie_id=7) == NOT_FOUND == told("get_person_cast", person_id=0)
    step = player.environment.step(Grammar(MovieTools.actions()).action("get_movie_cast with Action Input: {}"))
    assert "ERROR | Exception(Parameters in action input are not valid" in step.observation
    player.environment.close()


def test_what_is_shown_cannot_spoil_what_is_kept() -> None:
    box = MovieTools(LOCAL)
    for name in (*MOVIE_TOOLS, *PERSON_TOOLS):
        found = getattr(box, name)(FILM if name in MOVIE_TOOLS else ACTOR)
        for value in found.values():
            if isinstance(value, list):
                for item in value:
                    if isinstance(item, dict):
                        item.clear()
                value.clear()
    again = MovieTools(LOCAL)
    assert again.get_movie_cast(FILM)["cast"][0]["id"] == ACTOR
    assert again.get_movie_details(FILM)["genres"][0]["name"]
    assert again.get_movie_production_companies(FILM)["production_companies"][0]["name"]
    assert again.get_movie_production_countries(FILM)["production_countries"][0]["name"]
    assert again.get_movie_alternative_titles(FILM)["titles"][0]["title"]
    assert again.get_movie_translation(FILM)["translations"][0]["data"]
