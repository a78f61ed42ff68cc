"""OpenEnv's protocol as its clients know it: the frames below were exchanged with its own server, but for the environment's texts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

Start = Callable[..., Any]


def exchange(client: Any, frame: str) -> str:
    client.socket.send(frame)
    return str(client.socket.recv(timeout=20))


def test_an_episode_in_exact_bytes(server: Start, source: Start) -> None:
    client = server(source()).connect()
    assert exchange(client, '{"type":"reset","data":{"task":"t3","seed":7,"episode_id":"E1"}}') == (
        '{"type":"observation","data":{"observation":{"text":"Task t3, seed 7.","score":0.0,"terminated":false,'
        '"truncated":false,"success":null,"info":{},"task":"t3"},"reward":null,"done":false}}'
    )
    assert exchange(client, '{"type":"step","data":{"text":"add 1"}}') == (
        '{"type":"observation","data":{"observation":{"text":"count 1, you said add 1","score":0.25,"terminated":false,'
        '"truncated":false,"success":null,"info":{"count":1},"metadata":{"count":1}},"reward":0.25,"done":false,'
        '"metadata":{"count":1}}}'
    )
    assert exchange(client, '{"type":"state"}') == '{"type":"state","data":{"episode_id":"E1","step_count":1}}'
    assert json.loads(exchange(client, '{"type":"step","data":{"name":"add","arguments":{"number":3}}}')) == {
        "type": "observation",
        "data": {
            "observation": {
                "text": "count 4, you said add 3",
                "score": 1.0,
                "terminated": True,
                "truncated": False,
                "success": None,
                "info": {"count": 4},
                "metadata": {"count": 4},
            },
            "reward": 0.75,
            "done": True,
            "metadata": {"count": 4},
        },
    }


ERRORS = [
    ("nope", '{"message":"Invalid JSON: Expecting value: line 1 column 1 (char 0)","code":"INVALID_JSON"}'),
    ("", '{"message":"Invalid JSON: Expecting value: line 1 column 1 (char 0)","code":"INVALID_JSON"}'),
    ("{}", '{"message":"Unknown message type: ","code":"UNKNOWN_TYPE"}'),
    ('{"type":"wat"}', '{"message":"Unknown message type: wat","code":"UNKNOWN_TYPE"}'),
    ('{"type":5}', '{"message":"Unknown message type: 5","code":"UNKNOWN_TYPE"}'),
    ('{"type":null}', '{"message":"Unknown message type: None","code":"UNKNOWN_TYPE"}'),
]
PROBLEMS = [
    ('{"type":"reset","data":5}', [("dict_type", ["data"], "Input should be a valid dictionary")]),
    ('{"type":"reset","zzz":1}', [("extra_forbidden", ["zzz"], "Extra inputs are not permitted")]),
    ('{"type":"step"}', [("missing", ["data"], "Field required")]),
    (
        '{"type":"step","data":{"text":5,"x":1}}',
        [
            ("string_type", ["text"], "Input should be a valid string"),
            ("extra_forbidden", ["x"], "Extra inputs are not permitted"),
        ],
    ),
    ('{"type":"state","data":{}}', [("extra_forbidden", ["data"], "Extra inputs are not permitted")]),
    ('{"type":"close","x":1}', [("extra_forbidden", ["x"], "Extra inputs are not permitted")]),
    ('{"type":"mcp","data":5}', [("dict_type", ["data"], "Input should be a valid dictionary")]),
    ('{"type":"step","id":1,"data":{"text":"add 1"}}', [("extra_forbidden", ["id"], "Extra inputs are not permitted")]),
    ('{"type":"step","data":{}}', [("missing", ["text"], "Field required")]),
]


def test_errors_in_exact_bytes_keep_the_session(server: Start, source: Start) -> None:
    client = server(source()).connect()
    exchange(client, '{"type":"reset"}')
    for frame, data in ERRORS:
        assert exchange(client, frame) == '{"type":"error","data":' + data + "}"
    for frame, problems in PROBLEMS:
        reply = json.loads(exchange(client, frame))
        assert reply["type"] == "error"
        assert (reply["data"]["message"], reply["data"]["code"]) == ("Invalid message", "VALIDATION_ERROR")
        assert [(item["type"], item["loc"], item["msg"]) for item in reply["data"]["errors"]] == problems
    assert client.ask({"type": "step", "data": {"text": "add 2"}})["data"]["reward"] == 0.5


@pytest.mark.parametrize("frame", ["5", "[1]", '"text"', "null"])
def test_what_is_no_object_ends_the_connection(server: Start, source: Start, frame: str) -> None:
    live = server(source())
    client = live.connect()
    assert client.ask(frame)["data"]["code"] == "SESSION_ERROR"
    with pytest.raises(ConnectionClosed) as closed:
        client.receive()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1000


def test_close_ends_connection_and_session(server: Start, source: Start, until: Start) -> None:
    live = server(source())
    client = live.connect()
    client.ask({"type": "reset"})
    assert live.sessions == 1
    client.send({"type": "close"})
    with pytest.raises(ConnectionClosed) as closed:
        client.receive()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1000
    until(lambda: live.sessions == 0, "the end of the session")


def test_a_connection_that_ends_takes_its_session_along(server: Start, source: Start, until: Start, zoo: Any) -> None:
    live = server(source())
    client = live.connect()
    client.ask({"type": "reset"})
    client.drop()
    until(lambda: live.sessions == 0, "the end of the session")


def test_the_limit_is_told_at_once_and_a_place_comes_back(server: Start, source: Start, until: Start) -> None:
    live = server(source(), max_sessions=2)
    first, _second = live.connect(), live.connect()
    third = live.connect()
    assert third.receive() == {
        "type": "error",
        "data": {
            "message": "Server at capacity: 2/2 sessions active. Cannot accept new connections.",
            "code": "CAPACITY_REACHED",
            "active_sessions": 2,
            "max_sessions": 2,
        },
    }
    with pytest.raises(ConnectionClosed):
        third.receive()
    first.socket.close()
    until(lambda: live.sessions == 1, "a free place")
    assert live.connect().ask({"type": "reset"})["type"] == "observation"


def test_an_environment_that_cannot_be_made(server: Start, source: Start) -> None:
    client = server(source("Unmakeable")).connect("unmakeable")
    reply = client.ask({"type": "reset"})
    assert reply["data"]["code"] == "FACTORY_ERROR"
    assert "no display" in reply["data"]["message"]
    with pytest.raises(ConnectionClosed):
        client.receive()


def test_a_fault_is_an_error_and_never_a_score(server: Start, source: Start) -> None:
    client = server(source("Raises")).connect("raises")
    client.ask({"type": "reset"})
    client.ask({"type": "step", "data": {"text": "add 1"}})
    reply = client.ask({"type": "step", "data": {"text": "fail"}})
    assert reply["type"] == "error"
    assert reply["data"]["code"] == "EXECUTION_ERROR"
    assert "the engine broke" in reply["data"]["message"]
    after = client.ask({"type": "step", "data": {"text": "add 1"}})
    assert after["data"]["code"] == "EXECUTION_ERROR"
    assert client.ask({"type": "reset"})["type"] == "observation"


def test_rewards_sum_to_the_final_score(server: Start, source: Start) -> None:
    client = server(source(length=7)).connect()
    for numbers in ([1, 2, 4], [3, 3, 1], [1, 1, 1, 1, 1, 1, 1]):
        client.ask({"type": "reset"})
        total = 0.0
        for number in numbers:
            data = client.ask({"type": "step", "data": {"text": f"add {number}"}})["data"]
            total += data["reward"]
        assert data["done"]
        assert total == pytest.approx(data["observation"]["score"])
        assert data["observation"]["score"] == 1.0


def test_a_step_before_reset_and_after_the_end(server: Start, source: Start) -> None:
    client = server(source()).connect()
    step = {"type": "step", "data": {"text": "add 4"}}
    assert client.ask(step)["data"]["code"] == "EXECUTION_ERROR"
    client.ask({"type": "reset"})
    assert client.ask(step)["data"]["done"] is True
    assert client.ask(step)["data"]["code"] == "EXECUTION_ERROR"
    assert client.ask({"type": "reset"})["type"] == "observation"


def test_a_seed_draws_the_same_task_anywhere(server: Start, source: Start) -> None:
    live = server(source())
    drawn = [live.connect().ask({"type": "reset", "data": {"seed": 3}})["data"]["observation"]["task"] for _ in "ab"]
    assert drawn[0] == drawn[1]
    assert drawn[0].startswith("t")


@pytest.mark.parametrize(
    "data",
    [
        {"task": "nowhere"},
        {"split": "nowhere"},
        {"index": 20},
        {"index": -1},
        {"task": "t1", "index": 1},
        {"needs": ["expert"]},
        {"needs": ["everything"]},
    ],
)
def test_resets_to_what_there_is_not(server: Start, source: Start, data: dict[str, Any]) -> None:
    client = server(source()).connect()
    assert client.ask({"type": "reset", "data": data})["type"] == "error"
    assert client.ask({"type": "reset", "data": {"split": "eval", "index": 2}})["data"]["observation"]["task"] == "e2"


def test_what_a_policy_needs_rides_in_the_replies(server: Start, source: Start) -> None:
    client = server(source(), expert=True).connect()
    reset = {"type": "reset", "data": {"needs": ["available_actions", "expert"]}}
    assert client.ask(reset)["data"]["observation"]["available_actions"] == ["add 1", "fail"]
    shown = client.ask({"type": "step", "data": {"text": "add 1"}})["data"]["observation"]
    assert shown["expert"] == {"thought": "I am at 1.", "action": "add 1"}


def test_keys_of_other_resets_are_ignored(server: Start, source: Start) -> None:
    client = server(source()).connect()
    assert client.ask({"type": "reset", "data": {"difficulty": "hard", "seed": 1}})["type"] == "observation"


def test_text_that_json_cannot_carry_is_mended(server: Start, source: Start) -> None:
    client = server(source("Strange")).connect("strange")
    client.ask({"type": "reset"})
    shown = client.ask({"type": "step", "data": {"text": "add 1"}})["data"]["observation"]
    assert shown["text"] == "half a pair \ufffd"
    assert shown["info"]["half"] in ("?", "\ufffd")
    assert client.ask({"type": "step", "data": {"text": "fail"}})["data"]["code"] == "EXECUTION_ERROR"


def test_an_impatient_client_is_answered_in_order(server: Start, source: Start, zoo: Any) -> None:
    from agentgym_core.settings import ComponentChoice

    client = server(source("Waits"), placement=ComponentChoice("thread")).connect("waits")
    client.ask({"type": "reset"})
    client.send({"type": "step", "data": {"text": "fail"}})
    for _ in range(3):
        client.send({"type": "step", "data": {"text": "add 1"}})
    threading.Timer(0.05, zoo.LET_GO.set).start()
    assert client.receive()["data"]["observation"]["text"] == "failed"
    assert [client.receive()["data"]["code"] for _ in range(3)] == ["EXECUTION_ERROR"] * 3


def test_one_environment_is_at_the_root_too(server: Start, source: Start) -> None:
    live = server(source())
    assert live.connect(path="/ws").ask({"type": "reset"})["type"] == "observation"
    assert set(live.http("GET", "/schema")[1]) == {"action", "observation", "reset_observation", "state"}
    assert set(live.http("GET", "/metadata")[1]) == {
        "name",
        "description",
        "readme_content",
        "version",
        "author",
        "documentation_url",
    }
    assert live.http("GET", "/health")[1] == {"status": "healthy"}
    state = live.http("GET", "/state")[1]
    assert (bool(state["episode_id"]), state["step_count"]) == (True, 0)


def test_there_is_no_other_environment(server: Start, source: Start) -> None:
    live = server(source(), source("Native"))
    for path in ("/ws", "/nothing/ws", "/counter/ws/"):
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://127.0.0.1:{live.port}{path}").close()
        assert refused.value.response.status_code == 404
    assert live.connect("native").ask({"type": "reset"})["type"] == "observation"


def test_an_only_action_may_be_sent_as_its_arguments(server: Start, source: Start) -> None:
    live = server(source("Sleeper"))
    client = live.connect("sleeper")
    client.ask({"type": "reset"})
    reply = client.ask({"type": "step", "data": {"wait_seconds": 0.5}})
    assert reply["data"]["observation"]["text"] == "waited 0.5"
    wrong: list[dict[str, Any]] = [{"wait_seconds": "long"}, {"wait_seconds": 1, "more": 1}, {}, {"metadata": {}}]
    for data in wrong:
        assert client.ask({"type": "step", "data": data})["data"]["code"] == "VALIDATION_ERROR"
    assert list(live.http("GET", "/schema")[1]["action"]["$defs"]) == ["wait", "Arguments"]
