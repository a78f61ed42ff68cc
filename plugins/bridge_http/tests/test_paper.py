"""The paper's HTTP endpoints, and who may use them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentgym_core.settings import ComponentChoice

Start = Callable[..., Any]


def created(live: Any, environment: str = "counter", **body: Any) -> str:
    status, answer, _ = live.http("POST", f"/{environment}/createEnv", body or None)
    assert status == 200
    return str(answer["id"])


@pytest.mark.parametrize("placement", ["inline", "thread"])
def test_an_episode(server: Start, source: Start, placement: str) -> None:
    live = server(source(), placement=ComponentChoice(placement))
    id = created(live)
    status, shown, _ = live.http("POST", "/counter/reset", {"id": id, "task": "t1", "seed": 4})
    assert (status, shown["observation"], shown["task"]) == (200, "Task t1, seed 4.", "t1")
    scores = []
    for text in ("add 1", "add 2", "nonsense"):
        status, shown, _ = live.http("POST", "/counter/step", {"id": id, "action": text})
        assert status == 200
        scores.append(shown["reward"])
    # The paper's reward is the score so far: an action that makes no sense does not wipe it out.
    assert scores == [0.25, 0.75, 0.75]
    assert live.http("GET", f"/counter/observation?id={id}")[1] == shown
    listed = live.http("GET", f"/counter/available_actions?id={id}")
    assert listed[:2] == (200, {"available_actions": ["add 1", "fail"]})
    status, shown, _ = live.http(
        "POST", "/counter/step", {"id": id, "action": {"name": "add", "arguments": {"number": 1}}}
    )
    assert (shown["done"], shown["terminated"], shown["reward"]) == (True, True, 1.0)
    assert live.http("POST", "/counter/step", {"id": id, "action": "add 1"})[0] == 409
    assert live.http("POST", "/counter/close", {"id": id})[:2] == (200, {"closed": True})
    assert live.http("POST", "/counter/close", {"id": id})[0] == 404
    assert live.sessions == 0


@pytest.mark.parametrize("placement", ["inline", "thread", "process"])
def test_actions_are_listed_when_somebody_asks_and_not_at_every_step(
    server: Start, source: Start, process: ComponentChoice, placement: str
) -> None:
    choice = process if placement == "process" else ComponentChoice(placement)
    live = server(source("Countable"), placement=choice)
    id = created(live, "countable")
    where = f"/countable/available_actions?id={id}"
    assert live.http("GET", where)[0] == 409
    live.http("POST", "/countable/reset", {"id": id})
    for _ in range(2):
        shown = live.http("POST", "/countable/step", {"id": id, "action": "add 1"})[1]
        assert "available_actions" not in shown
    assert live.http("GET", where)[:2] == (200, {"available_actions": ["add 1"]})
    assert live.http("GET", where)[:2] == (200, {"available_actions": ["add 2"]})
    client = live.connect("countable", extended=True)
    session = client.ask({"type": "open"})["session"]
    early = client.ask({"type": "actions", "session": session})
    assert early["data"]["code"] == "STATE_ERROR"
    client.ask({"type": "reset", "session": session})
    listed = client.ask({"type": "actions", "session": session, "id": 7})
    assert listed == {"type": "actions", "id": 7, "session": session, "data": {"available_actions": ["add 1"]}}
    client.ask({"type": "step", "session": session, "data": {"text": "add 4"}})
    # Nothing can be done after the end.
    assert client.ask({"type": "actions", "session": session})["data"] == {"available_actions": None}
    client.ask({"type": "close", "session": session})
    live.http("POST", "/countable/close", {"id": id})


def test_what_is_asked_for_rides_along(server: Start, source: Start) -> None:
    live = server(source(), expert=True)
    id = created(live, needs=["available_actions", "expert"])
    shown = live.http("POST", "/counter/reset", {"id": id})[1]
    assert shown["available_actions"] == ["add 1", "fail"]
    assert shown["expert"]["action"] == "add 1"
    live.http("POST", "/counter/close", {"id": id})


def test_the_expert_is_off(server: Start, source: Start) -> None:
    status, answer, _ = server(source()).http("POST", "/counter/createEnv", {"needs": ["expert"]})
    assert (status, answer["error"]["code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/counter/step", "nope", 400, "INVALID_JSON"),
        ("/counter/step", b'{"id": "\xff"}', 400, "INVALID_JSON"),
        ("/counter/step", '{"id":"x","action":{"name":"a","arguments":{"b":' + "[" * 100_000, 400, "INVALID_JSON"),
        ("/counter/step", "[]", 422, "VALIDATION_ERROR"),
        ("/counter/step", {"id": "x"}, 422, "VALIDATION_ERROR"),
        ("/counter/step", {"id": 5, "action": "add 1"}, 422, "VALIDATION_ERROR"),
        ("/counter/step", {"id": "x", "action": "add 1"}, 404, "SESSION_NOT_FOUND"),
        ("/counter/step", {"id": "x", "action": "add 1", "more": 1}, 422, "VALIDATION_ERROR"),
        ("/counter/reset", {"id": "0-x"}, 404, "SESSION_NOT_FOUND"),
        ("/counter/close", {"id": "0-x"}, 404, "SESSION_NOT_FOUND"),
        ("/counter/createEnv", {"needs": 5}, 422, "VALIDATION_ERROR"),
        ("/counter/createEnv", {"needs": ["x"]}, 422, "VALIDATION_ERROR"),
        ("/counter/nothing", {}, 404, "NOT_FOUND"),
        ("/nothing/step", {}, 404, "NOT_FOUND"),
        ("/health", {}, 405, "METHOD_NOT_ALLOWED"),
        ("/counter/observation", {}, 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_errors_have_a_status_a_code_and_words(
    server: Start, source: Start, path: str, body: Any, status: int, code: str
) -> None:
    got, answer, _ = server(source()).http("POST", path, body)
    assert (got, answer["error"]["code"]) == (status, code)
    assert answer["error"]["message"]


@pytest.mark.parametrize("query", ["", "?id=", "?id=a&id=b", "?id=%ff%00", "?other=1"])
def test_queries_that_name_no_session(server: Start, source: Start, query: str) -> None:
    live = server(source())
    for name in ("observation", "available_actions"):
        assert live.http("GET", f"/counter/{name}{query}")[0] in (404, 422)


def test_states_of_an_episode(server: Start, source: Start) -> None:
    live = server(source())
    id = created(live)
    assert live.http("POST", "/counter/step", {"id": id, "action": "add 1"})[0] == 409
    assert live.http("GET", f"/counter/observation?id={id}")[0] == 409
    assert live.http("GET", f"/counter/available_actions?id={id}")[0] == 409
    assert live.http("POST", "/counter/reset", {"id": id, "task": "nowhere"})[0] == 404
    assert live.http("POST", "/counter/reset", {"id": id, "split": "eval", "index": 3})[0] == 404
    assert live.http("POST", "/counter/reset", {"id": id})[0] == 200
    live.http("POST", "/counter/close", {"id": id})


def test_faults_are_not_scores(server: Start, source: Start) -> None:
    live = server(source("Raises"), source("Unmakeable"))
    id = created(live, "raises")
    live.http("POST", "/raises/reset", {"id": id})
    status, answer, _ = live.http("POST", "/raises/step", {"id": id, "action": "fail"})
    assert (status, answer["error"]["code"]) == (502, "ENVIRONMENT_FAULT")
    id = created(live, "unmakeable")
    status, answer, _ = live.http("POST", "/unmakeable/reset", {"id": id})
    assert (status, answer["error"]["code"]) == (502, "FACTORY_ERROR")
    live.call(lambda: live.app.table.reap(1e12))


def test_the_limit_is_503_with_a_time_to_come_back(server: Start, source: Start) -> None:
    live = server(source(), max_sessions=1)
    id = created(live)
    status, answer, headers = live.http("POST", "/counter/createEnv")
    assert (status, answer["error"]["code"]) == (503, "CAPACITY_REACHED")
    assert int(headers["retry-after"]) >= 1
    live.http("POST", "/counter/close", {"id": id})
    live.http("POST", "/counter/close", {"id": created(live)})


def test_a_session_is_found_under_its_own_environment_only(server: Start, source: Start) -> None:
    live = server(source(), source("Native"))
    id = created(live)
    assert live.http("POST", "/native/reset", {"id": id})[0] == 404
    live.http("POST", "/counter/close", {"id": id})


def test_a_body_over_the_limit_is_refused(server: Start, source: Start) -> None:
    live = server(source(), max_frame=2048)
    status, answer, _ = live.http("POST", "/counter/step", b'{"id": "' + b"x" * 5000 + b'"}')
    assert (status, answer["error"]["code"]) == (413, "TOO_LARGE")


def test_the_rate_is_limited(server: Start, source: Start) -> None:
    live = server(source(), rate=5)
    answers = [live.http("POST", "/counter/close", {"id": "x"}) for _ in range(12)]
    refused = [answer for answer in answers if answer[0] == 429]
    assert refused
    assert answers[0][0] == 404
    assert refused[0][1]["error"]["code"] == "RATE_LIMITED"
    assert int(refused[0][2]["retry-after"]) >= 1


def test_ids_cannot_be_guessed(server: Start, source: Start) -> None:
    live = server(source())
    ids = [created(live) for _ in range(20)]
    assert len(set(ids)) == 20
    assert all(len(id) >= 32 for id in ids)
    for id in ids:
        live.http("POST", "/counter/close", {"id": id})
