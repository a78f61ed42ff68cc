"""OpenEnv's requests over HTTP: without a session, of tasks, and errors in its framework's form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Start = Callable[..., Any]


@pytest.fixture
def live(server: Start, source: Start) -> Any:
    return server(source(), source("Sleeper"), max_sessions=2)


@pytest.mark.parametrize("body", [None, {}, {"seed": 5}, {"seed": 5, "episode_id": "E", "difficulty": "hard"}])
def test_a_reset_shows_how_an_episode_begins(live: Any, body: Any) -> None:
    status, answer, _ = live.http("POST", "/counter/reset", body)
    assert status == 200
    assert answer["observation"]["text"].startswith("Task t")
    assert (answer["reward"], answer["done"], "metadata" in answer) == (None, False, False)
    assert live.sessions == 0


def test_a_task_may_be_named(live: Any) -> None:
    shown = live.http("POST", "/counter/reset", {"split": "eval", "index": 1, "seed": 3})[1]["observation"]
    assert (shown["task"], shown["text"]) == ("e1", "Task e1, seed 3.")


@pytest.mark.parametrize(
    ("environment", "action", "text"),
    [
        ("counter", {"text": "add 2"}, "count 2, you said add 2"),
        ("counter", {"name": "add", "arguments": {"number": 2}}, "count 2, you said add 2"),
        ("sleeper", {"wait_seconds": 0.5}, "waited 0.5"),
    ],
)
def test_a_step_is_taken_at_the_beginning_of_an_episode(live: Any, environment: str, action: Any, text: str) -> None:
    for _ in range(3):
        status, answer, _ = live.http("POST", f"/{environment}/step", {"action": action, "timeout_s": 5})
        assert (status, answer["observation"]["text"]) == (200, text)
    assert live.sessions == 0


def test_a_step_with_metadata_and_a_tools_step(live: Any) -> None:
    answer = live.http("POST", "/counter/step", {"action": {"text": "add 2"}})[1]
    assert answer["metadata"] == answer["observation"]["metadata"] == answer["observation"]["info"] == {"count": 2}
    assert (answer["reward"], answer["done"]) == (0.5, False)
    called = {"type": "call_tool", "tool_name": "add", "arguments": {"number": 4}}
    answer = live.http("POST", "/counter/step", {"action": called})[1]
    assert (answer["observation"]["result"]["data"], answer["done"]) == ("count 4, you said add 4", True)


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("step", {}, ["body"]),
        ("step", {"action": "add 1"}, ["body", "action"]),
        ("step", {"action": {}}, ["body", "action", "text"]),
        ("step", {"action": {"text": 5}}, ["body", "action", "text"]),
        ("step", {"action": {"text": "add 1", "more": 1}}, ["body", "action", "more"]),
        ("step", {"action": {"type": "call_tool"}}, ["body", "action", "tool_name"]),
        ("step", {"action": {"name": "add", "arguments": {"number": "x"}}}, ["body", "action", "arguments"]),
        ("reset", {"seed": "x"}, ["body", "seed"]),
        ("reset", {"task": "t1", "split": "train"}, ["body", "task"]),
        ("reset", "[]", ["body"]),
    ],
)
def test_what_cannot_be_read_is_422_with_its_place(live: Any, path: str, body: Any, place: list[str]) -> None:
    status, answer, _ = live.http("POST", f"/counter/{path}", body)
    if "detail" not in answer:
        # A body that is no object may be anybody's: the first dialect answers.
        assert (status, body) == (422, "[]")
        return
    assert (status, answer["detail"][0]["loc"]) == (422, place)
    assert set(answer["detail"][0]) >= {"type", "loc", "msg"}
    assert live.sessions == 0


def test_a_body_with_an_id_is_the_papers(live: Any) -> None:
    assert live.http("POST", "/counter/reset", {"id": "made-up"})[0] == 404
    assert live.http("POST", "/counter/step", {"id": "made-up", "action": "add 1"})[0] == 404


def test_faults_are_no_observations(server: Start, source: Start) -> None:
    live = server(source("Raises"), source("Unmakeable"))
    status, answer, _ = live.http("POST", "/raises/step", {"action": {"text": "fail"}})
    assert (status, answer["error"]["code"]) == (502, "ENVIRONMENT_FAULT")
    assert live.http("POST", "/unmakeable/reset")[1]["error"]["code"] == "FACTORY_ERROR"
    assert live.sessions == 0


def test_what_is_no_number_never_reaches_a_client(server: Start, source: Start) -> None:
    live = server(source("Numberless"))
    client = live.connect("numberless")
    client.ask({"type": "reset"})
    client.send({"type": "step", "data": {"text": "add 1"}})
    text = client.socket.recv(timeout=20)
    assert "NaN" not in text
    assert "Infinity" not in text
    status, answer, _ = live.http("POST", "/numberless/step", {"action": {"text": "add 1"}})
    assert (status, answer["error"]["code"]) == (502, "ENVIRONMENT_FAULT")


# --- tasks ---


@pytest.mark.parametrize("at", ["/counter", "/counter/counter"])
def test_tasks_are_listed(live: Any, at: str) -> None:
    assert live.http("GET", "/list_environments")[1] == ["counter", "sleeper"]
    assert live.http("GET", "/counter/list_environments")[1] == ["counter"]
    assert live.http("GET", f"{at}/splits")[1] == [{"name": "train", "type": "train"}, {"name": "eval", "type": "test"}]
    assert live.http("POST", f"{at}/num_tasks", {"split": "train"})[1] == {"num_tasks": 20}
    first = {"id": "e0", "split": "eval", "index": 0, "kind": "count"}
    told = live.http("POST", f"{at}/tasks", {"split": "eval"})[1]
    assert (told["env_name"], len(told["tasks"]), told["tasks"][0]) == ("counter", 3, first)
    assert live.http("POST", f"{at}/task", {"split": "eval", "index": 0})[1] == {"task": first}
    part = live.http("POST", f"{at}/task_range", {"split": "train", "start": 18, "stop": 99})[1]
    assert [task["id"] for task in part["tasks"]] == ["t18", "t19"]
    assert len(live.http("POST", f"{at}/task_range", {"split": "train"})[1]["tasks"]) == 20


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("task", {"split": "eval", "index": 3}, 400),
        ("task", {"split": "eval", "index": -1}, 400),
        ("task", {"split": "eval"}, 400),
        ("tasks", {"split": "nowhere"}, 400),
        ("num_tasks", {"split": "nowhere"}, 400),
        ("num_tasks", {}, 422),
        ("num_tasks", "nope", 422),
        ("task", {"split": "eval", "index": "x"}, 422),
    ],
)
def test_tasks_that_there_are_not(live: Any, path: str, body: Any, status: int) -> None:
    got, answer, _ = live.http("POST", f"/counter/{path}", body)
    assert (got, bool(answer["detail"])) == (status, True)


def test_a_large_split_is_asked_for_in_ranges(live: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from agentgym_bridge_openenv import tasks

    monkeypatch.setattr(tasks, "MOST", 5)
    status, answer, _ = live.http("POST", "/counter/tasks", {"split": "train"})
    assert (status, "task_range" in answer["detail"]) == (400, True)
    assert len(live.http("POST", "/counter/task_range", {"split": "train", "start": 3, "stop": 8})[1]["tasks"]) == 5
