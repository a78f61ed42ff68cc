"""The live backend against a stand-in that speaks TMDB's shape: what it asks, what it keeps, and how it fails."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import AgentGymError, ConfigError, InfrastructureFault, StoreError
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.store import encode
from agentgym_core.types import Outcome, Step
from agentgym_env_movie.backend import PARTS, Refused
from agentgym_env_movie.environment import MovieEnvironment
from agentgym_env_movie.families import FAMILIES
from agentgym_env_movie.scene import local, stock
from agentgym_env_movie.tmdb import Tmdb
from agentgym_tools.config import LiveSettings

TOKEN = "stub-token-31415926"
KEY = "0123456789abcdef0123456789abcdef"
FILM = stock("train", 0).films[0]
TITLE = stock("train", 0).titles[FILM]


def backend(stub: Any, **settings: Any) -> Tmdb:
    """A bare backend on the stand-in."""
    return Tmdb(LiveSettings(base_url=f"{stub.url}/3", **settings), "test")


def play(
    source: EnvironmentSource, task_id: str, change: Callable[[Any], None] = lambda environment: None
) -> list[Step]:
    """The expert's episode."""
    grammar = Grammar(source.description.actions)
    steps: list[Step] = []
    with source.make() as environment:
        change(environment)
        environment.reset(source.find(task_id), seed=0)
        while not (steps and steps[-1].ended):
            move = environment.expert()
            assert move is not None
            steps.append(environment.step(grammar.action(move.action)))
    return steps


@pytest.mark.parametrize("number", range(len(FAMILIES)))
def test_an_agent_sees_no_difference(number: int, stub: Any) -> None:
    """The same films on the service: every kind of task has the same trajectory, letter by letter."""
    asked = backend(stub)

    def on_the_service(environment: Any) -> None:
        assert isinstance(environment, MovieEnvironment)
        environment._backend = lambda task, seed: asked  # type: ignore[method-assign]

    source, task = resolve_environment("movie"), f"movie-train-{number}"
    found = play(source, task, on_the_service)
    assert found == play(source, task)
    assert (found[-1].score, found[-1].success) == (1.0, True)
    assert stub.requests, "nothing was asked of the service"


def test_what_is_asked_is_what_the_service_documents(stub: Any) -> None:
    asked = backend(stub)
    asked.search("movie", "Tom & Jerry's ä/..?", 3)
    assert stub.requests[-1].parts == ["3", "search", "movie"]
    assert stub.requests[-1].query == {
        "query": "Tom & Jerry's ä/..?", "include_adult": "false", "language": "en-US", "page": "3",
    }  # fmt: skip
    person = stock("train", 0).people[0]
    for kind, id in (("movie", FILM), ("person", person)):
        for part in ("", *PARTS[kind]):
            asked.look(kind, id, part)  # type: ignore[arg-type]
            assert stub.requests[-1].parts == ["3", kind, str(id), *([part] if part else [])]


def test_hits_go_on_over_pages(stub: Any) -> None:
    asked = backend(stub)
    pages = [asked.search("movie", "of", number) for number in (1, 2, 3)]
    assert [page["page"] for page in pages] == [1, 2, 3]
    assert len({hit["id"] for page in pages for hit in page["results"]}) == 60
    assert asked.search("movie", "of", pages[0]["total_pages"] + 1)["results"] == []


def test_each_request_is_made_once(stub: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("movie", live)
    play(source, "movie_0")
    asked = len(stub.requests)
    assert len({request.path for request in stub.requests}) == asked
    play(source, "movie_0")
    assert len(stub.requests) == asked


def test_a_token_goes_into_the_header_and_a_key_into_the_query(stub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    backend(stub).look("movie", FILM)
    assert stub.requests[-1].headers["Authorization"] == f"Bearer {TOKEN}"
    assert stub.requests[-1].query == {}
    monkeypatch.setenv("MOVIE_KEY", KEY)
    backend(stub, token_variable="MOVIE_KEY").look("movie", FILM)
    assert "Authorization" not in stub.requests[-1].headers
    assert stub.requests[-1].query == {"api_key": KEY}


def test_two_clients_do_not_know_of_each_other(stub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOVIE_KEY", KEY)
    one, other = backend(stub), backend(stub, token_variable="MOVIE_KEY")
    other.look("movie", FILM)
    one.look("movie", FILM)
    assert [request.query for request in stub.requests] == [{"api_key": KEY}, {}]


def test_nothing_found_is_no_fault(stub: Any) -> None:
    assert backend(stub).search("person", "Nobody Zzz", 1)["results"] == []
    with pytest.raises(Refused, match="could not be found") as caught:
        backend(stub).look("movie", 7)
    assert caught.value.missing


def test_a_refusal_with_its_reason_reaches_the_policy(stub: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("movie", live)
    grammar = Grammar(source.description.actions)
    with source.make() as environment:
        environment.reset(source.find("movie_0"), seed=0)
        body = '{"success":false,"status_code":22,"status_message":"Invalid page: Pages start at 1 and max at 500."}'
        stub.fail("GET", "search", status=400, body=body)
        text = grammar.canonical("get_search_movie", {"movie_name": "A New Title"})
        step = environment.step(grammar.action(text))
        assert (step.observation, step.info["ok"]) == ("Error: Invalid page: Pages start at 1 and max at 500.", False)
        asked = len(stub.requests)
        assert environment.step(grammar.action(text)).observation == step.observation
        assert len(stub.requests) == asked, "a refusal is kept like any answer"
        step = environment.step(grammar.action(grammar.canonical("get_movie_cast", {"movie_id": 7})))
        assert step.observation == "Error: no film has the id 7"


@pytest.mark.parametrize("body", ["", "<html>no</html>", '{"error": true}', "[]"])
def test_a_404_that_is_not_the_services_is_no_missing_film(stub: Any, body: str) -> None:
    stub.fail("GET", "movie", status=404, body=body)
    with pytest.raises(ConfigError, match=r"TMDB is not at http://127\.0\.0\.1"):
        backend(stub).look("movie", FILM)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, '{"status_code":7,"status_message":"Invalid API key"}', "refuses the token of TMDB_TOKEN"),
        (403, '{"status_code":45,"status_message":"This user has been suspended."}', "refuses the token of TMDB_TOKEN"),
        (403, '{"status_code":25,"status_message":"Your request count is over the allowed limit."}', "a limit of the account is reached"),
        (301, "", "is not at"),
    ],
)  # fmt: skip
def test_only_the_user_can_mend_a_token_or_a_quota(stub: Any, status: int, body: str, words: str) -> None:
    stub.fail("GET", "movie", status=status, body=body.replace("Invalid", f"{TOKEN} is an invalid"))
    with pytest.raises(ConfigError, match=words) as caught:
        backend(stub).look("movie", FILM)
    assert TOKEN not in str(caught.value)


def test_a_wrong_token_is_one_clear_line(stub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMDB_TOKEN", "some-other-token")
    with pytest.raises(ConfigError, match="refuses the token of TMDB_TOKEN"):
        backend(stub).search("movie", TITLE, 1)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"status": 500, "body": "oops"}, "500: oops"),
        ({"status": 503, "body": '{"status_code":46,"status_message":"The API is undergoing maintenance."}'}, "maintenance"),
        ({"status": 504, "body": '{"status_code":24,"status_message":"timed out"}'}, "504"),
        ({"status": 429, "headers": {"Retry-After": "3600"}, "body": '{"status_code":25}'}, "too many requests"),
        ({"status": 200, "body": "<html>maintenance</html>"}, "not JSON"),
        ({"status": 200, "body": '{"id": 1, "title": "x"'}, "not JSON"),
        ({"hang": True}, "no reply within"),
    ],
)  # fmt: skip
def test_a_service_that_stays_away_is_an_infrastructure_fault(stub: Any, plan: dict[str, Any], words: str) -> None:
    stub.fail("GET", "movie", 4, **plan)
    with pytest.raises(InfrastructureFault, match=words):
        backend(stub, seconds=0.3, attempts=2, patience=1.5).look("movie", FILM)


@pytest.mark.parametrize("body", ["[]", "3", "null", "{}", '{"id": 1}', '{"id": "x", "title": 3}'])
def test_an_answer_of_another_shape_is_a_fault_and_no_film(stub: Any, body: str) -> None:
    person = stock("train", 0).people[0]
    for kind, id in (("movie", FILM), ("person", person)):
        for part in ("", *PARTS[kind]):
            stub.fail("GET", kind, body=body)
            with pytest.raises(InfrastructureFault, match="another shape than it documents"):
                backend(stub).look(kind, id, part)  # type: ignore[arg-type]
        stub.fail("GET", "search", body=body)
        with pytest.raises(InfrastructureFault, match="another shape than it documents"):
            backend(stub).search(kind, "x", 1)  # type: ignore[arg-type]


def test_a_fault_is_not_kept(stub: Any) -> None:
    asked = backend(stub, attempts=1)
    stub.fail("GET", "movie", status=500)
    with pytest.raises(InfrastructureFault):
        asked.look("movie", FILM)
    assert asked.look("movie", FILM)["title"] == TITLE


def test_what_passes_is_waited_out(stub: Any, live: dict[str, Any]) -> None:
    stub.fail("GET", "search", 2, status=429, headers={"Retry-After": "0"})
    stub.fail("GET", "credits", status=503, headers={"Retry-After": "0"})
    assert play(resolve_environment("movie", live), "movie_0")[-1].score == 1.0
    assert stub.planned == []


def test_what_may_be_null_is_none(stub: Any, players: Any) -> None:
    body = {"id": 3, "name": "Nobody", "biography": "", "birthday": None, "place_of_birth": None, "gender": 0}
    stub.fail("GET", "person", body=json.dumps(body))
    found = backend(stub).look("person", 3)
    assert found == {"id": 3, "name": "Nobody", "biography": "", "birthday": None, "place_of_birth": None}


def test_what_may_be_left_out_is_empty(stub: Any) -> None:
    """Old entries of the service lack some of what it documents."""
    stub.fail("GET", "movie", body='{"id": 5, "cast": [{"id": 1, "name": "A", "character": null}], "crew": []}')
    assert backend(stub).look("movie", 5, "credits")["cast"] == [{"id": 1, "name": "A", "character": None}]
    bare = {
        "iso_3166_1": "DE",
        "iso_639_1": "de",
        "name": "Deutsch",
        "english_name": "German",
        "data": {"overview": "x"},
    }
    stub.fail("GET", "movie", body=json.dumps({"id": 5, "translations": [bare]}))
    (found,) = backend(stub).look("movie", 5, "translations")["translations"]
    assert found["data"] == {"homepage": "", "overview": "x", "runtime": None, "tagline": "", "title": ""}


def test_other_episodes_go_on_when_one_is_lost(stub: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("movie", {**live, "live": {**live["live"], "attempts": 1}})
    tasks = [source.find(f"movie_{number}") for number in (0, 33, 51)]
    stub.fail("GET", "search/person", status=500, body="oops")
    settings = RolloutSettings(attempts=1, max_failed_fraction=1.0)
    episodes = collect([Job(source, task) for task in tasks], "expert", settings, keep=True).trajectories
    outcomes = sorted(episode.outcome for episode in episodes)
    assert outcomes.count(Outcome.INFRASTRUCTURE_FAULT) == 1
    assert outcomes.count(Outcome.SOLVED) == 2


def test_a_live_run_is_replayed_offline(
    stub: Any, live: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {**live["live"], "recordings": str(tmp_path / "kept")}
    ids = ["movie_0", "movie_1", "movie_33", "movie_171"]
    recorded = resolve_environment("movie", {**live, "live": {**kept, "mode": "record"}})
    played = {id: play(recorded, id) for id in ids[:-1]}
    asked = len(stub.requests)
    monkeypatch.delenv("TMDB_TOKEN")
    replayed = resolve_environment("movie", {**live, "live": {**kept, "mode": "replay"}})
    assert {id: play(replayed, id) for id in ids[:-1]} == played
    assert len(stub.requests) == asked, "a replay asked the service"
    with replayed.make() as environment, pytest.raises(StoreError, match="no recording"):
        environment.reset(replayed.find("movie_171"), seed=0)


def test_reuse_asks_only_what_is_not_kept(stub: Any, tmp_path: Path) -> None:
    first = backend(stub, recordings=tmp_path, mode="reuse").look("movie", FILM)
    again = backend(stub, recordings=tmp_path, mode="reuse")
    assert again.look("movie", FILM) == first
    assert {**local(0).look("movie", FILM), **first} == local(0).look("movie", FILM)
    assert again.requests == 0
    assert len(stub.requests) == 1


@pytest.mark.parametrize("secret", [TOKEN, KEY])
def test_the_token_appears_nowhere(
    stub: Any,
    live: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    secret: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("TMDB_TOKEN", secret)
    settings = {**live["live"], "recordings": str(tmp_path / "kept"), "mode": "record"}
    source = resolve_environment("movie", {**live, "live": settings})
    stub.fail("GET", "search", status=500, headers={"Retry-After": "0"}, body=f"for {secret}")
    (episode,) = collect([Job(source, source.find("movie_0"))], "expert", RolloutSettings(), keep=True).trajectories
    assert episode.outcome is Outcome.SOLVED
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert secret.encode() not in written + encode(episode)
    assert secret not in caplog.text + repr(source.config)


def test_without_a_token_its_lack_is_one_clear_line(live: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMDB_TOKEN")
    source = resolve_environment("movie", {**live, "live": {**live["live"], "token_variable": "NO_SUCH_TOKEN"}})
    with source.make() as environment, pytest.raises(AgentGymError, match="NO_SUCH_TOKEN is not set") as caught:
        environment.reset(source.find("movie_0"), seed=0)
    assert "\n" not in str(caught.value.message)


def test_no_network_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMDB_TOKEN", TOKEN)
    settings = LiveSettings(base_url="http://127.0.0.1:9/3", attempts=1)
    with pytest.raises(InfrastructureFault, match="no connection"):
        Tmdb(settings, "movie").look("movie", FILM)
