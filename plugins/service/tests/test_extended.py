"""What a hello adds: many sessions, ids, batches, tasks, states, and sessions that survive their connection."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from agentgym_core.settings import ComponentChoice

Start = Callable[..., Any]


def opened(client: Any, **data: Any) -> str:
    reply = client.ask({"type": "open", "data": data})
    assert reply["type"] == "session"
    return str(reply["session"])


def reset(client: Any, session: str, **data: Any) -> Any:
    return client.ask({"type": "reset", "session": session, "data": data})


def step(client: Any, session: str, text: str, **more: Any) -> Any:
    return client.ask({"type": "step", "session": session, "data": {"text": text}, **more})


def test_hello_says_what_there_is(server: Start, source: Start) -> None:
    client = server(source(), max_sessions=9).connect()
    reply = client.ask({"type": "hello", "id": 1, "data": {"version": 99}})
    assert reply["id"] == 1
    assert reply["data"]["version"] == 1
    assert reply["data"]["environment"] == "counter-v1"
    assert {"batch", "fork", "ids", "resume", "snapshot", "tasks"} <= set(reply["data"]["capabilities"])
    assert "expert" not in reply["data"]["capabilities"]
    assert reply["data"]["limits"]["sessions"] == 9


def test_hello_gives_the_plain_session_back(server: Start, source: Start, until: Start) -> None:
    live = server(source(), max_sessions=1)
    client = live.connect()
    until(lambda: live.sessions == 1, "the session of the connection")
    client.ask({"type": "hello"})
    assert live.sessions == 0
    opened(client)


def test_a_connection_that_offers_the_subprotocol_takes_no_place(server: Start, source: Start) -> None:
    live = server(source(), max_sessions=1)
    other = live.connect(extended=True)
    opened(other)
    client = live.connect(extended=True)
    reply = client.ask({"type": "open", "id": "a"})
    assert (reply["type"], reply["id"], reply["data"]["code"]) == ("error", "a", "CAPACITY_REACHED")
    assert client.ask({"type": "tasks"})["type"] == "tasks"


def test_many_sessions_on_one_connection(server: Start, source: Start) -> None:
    client = server(source()).connect(extended=True)
    first, second = opened(client), opened(client)
    reset(client, first, task="t1")
    reset(client, second, task="t2")
    step(client, first, "add 1")
    assert step(client, second, "add 2")["data"]["observation"]["score"] == 0.5
    assert step(client, first, "add 1")["data"]["observation"]["score"] == 0.5
    assert client.ask({"type": "close", "session": first})["type"] == "closed"
    assert step(client, first, "add 1")["data"]["code"] == "SESSION_NOT_FOUND"
    assert step(client, second, "add 1")["data"]["observation"]["score"] == 0.75


def test_ids_and_sessions_come_back_with_replies(server: Start, source: Start) -> None:
    client = server(source()).connect(extended=True)
    session = opened(client)
    reset(client, session)
    for number in range(1, 4):
        client.send({"type": "step", "id": number, "session": session, "data": {"text": "add 1"}})
    replies = [client.receive() for _ in range(3)]
    assert [(reply["id"], reply["session"]) for reply in replies] == [(1, session), (2, session), (3, session)]
    assert [reply["data"]["observation"]["score"] for reply in replies] == [0.25, 0.5, 0.75]
    wrong = client.ask({"type": "step", "id": "x", "session": session, "data": {"text": 5}})
    assert (wrong["id"], wrong["session"], wrong["data"]["code"]) == ("x", session, "VALIDATION_ERROR")


def test_a_batch_answers_in_order_and_errors_stay_where_they_are(server: Start, source: Start) -> None:
    client = server(source()).connect(extended=True)
    sessions = [opened(client) for _ in range(5)]
    batch = [{"type": "reset", "session": session, "data": {"task": f"t{n}"}} for n, session in enumerate(sessions)]
    reply = client.ask({"type": "batch", "id": 1, "data": batch})
    assert reply["id"] == 1
    assert [part["data"]["observation"]["task"] for part in reply["data"]] == ["t0", "t1", "t2", "t3", "t4"]
    batch = [{"type": "step", "session": session, "data": {"text": "add 1"}} for session in sessions]
    batch[2]["session"] = "0-nobody"
    batch.append({"type": "step", "session": sessions[0], "data": {"name": "add", "arguments": {"number": 1}}})
    parts = client.ask({"type": "batch", "data": batch})["data"]
    assert [part["type"] for part in parts] == ["observation"] * 2 + ["error"] + ["observation"] * 3
    assert parts[5]["data"]["observation"]["score"] == 0.5
    assert parts[5]["session"] == sessions[0]
    assert client.ask({"type": "batch", "data": []})["data"] == []


def test_a_batch_over_placed_sessions(server: Start, source: Start) -> None:
    client = server(source(), placement=ComponentChoice("thread")).connect(extended=True)
    sessions = [opened(client) for _ in range(4)]
    client.ask({"type": "batch", "data": [{"type": "reset", "session": session} for session in sessions]})
    steps = [{"type": "step", "session": session, "data": {"text": "add 1"}} for session in (*sessions, sessions[0])]
    parts = client.ask({"type": "batch", "data": steps})["data"]
    assert [part["data"]["observation"]["score"] for part in parts] == [0.25, 0.25, 0.25, 0.25, 0.5]


def test_pipelined_requests_of_different_sessions_overlap(server: Start, source: Start, zoo: Any) -> None:
    client = server(source("Waits"), placement=ComponentChoice("thread")).connect("waits", extended=True)
    slow, quick = opened(client), opened(client)
    reset(client, slow)
    reset(client, quick)
    client.send({"type": "step", "id": 1, "session": slow, "data": {"text": "fail"}})
    assert step(client, quick, "add 1", id=2)["id"] == 2
    zoo.LET_GO.set()
    assert client.receive()["id"] == 1


def test_tasks_are_listed_by_range(server: Start, source: Start) -> None:
    client = server(source()).connect(extended=True)
    listed = client.ask({"type": "tasks"})["data"]
    assert listed == {"splits": {"train": 20, "eval": 3}, "evaluation": ["eval"]}
    part = client.ask({"type": "tasks", "data": {"split": "train", "start": 18, "stop": 99}})["data"]
    assert part["count"] == 20
    assert part["tasks"] == [
        {"id": "t18", "kind": "count", "fingerprint": "f-t18"},
        {"id": "t19", "kind": "count", "fingerprint": "f-t19"},
    ]
    assert client.ask({"type": "tasks", "data": {"split": "nowhere"}})["data"]["code"] == "TASK_NOT_FOUND"
    assert client.ask({"type": "tasks", "data": {"split": "eval", "start": -1}})["type"] == "error"


@pytest.mark.parametrize("name", ["Counter", "Native"])
@pytest.mark.parametrize("placement", ["inline", "thread", "process"])
def test_states_come_again(server: Start, source: Start, zoo: Any, name: str, placement: str) -> None:
    zoo.Native.restored = 0
    live = server(source(name), placement=ComponentChoice(placement, {"hosts": 1} if placement == "process" else {}))
    client = live.connect(name.lower(), extended=True, needs=["available_actions"])
    session = opened(client)
    reset(client, session, task="t4", seed=5)
    step(client, session, "add 1")
    handle = client.ask({"type": "snapshot", "session": session})["data"]["snapshot"]
    after = step(client, session, "add 2")
    assert step(client, session, "add 1")["data"]["done"] is True
    for _ in range(2):
        back = client.ask({"type": "restore", "session": session, "data": {"snapshot": handle}})
        assert back["data"]["observation"]["score"] == 0.25
        assert back["data"]["observation"]["available_actions"] == ["add 1", "fail"]
        assert (back["data"]["reward"], back["data"]["done"]) == (None, False)
        assert step(client, session, "add 2") == after
    if placement != "process":
        # A host's class counts in the host.
        assert zoo.Native.restored == (2 if name == "Native" else 0)
    assert client.ask({"type": "state", "session": session})["data"]["step_count"] == 2


@pytest.mark.parametrize("placement", ["inline", "thread"])
def test_a_fork_goes_its_own_way(server: Start, source: Start, placement: str) -> None:
    client = server(source(), placement=ComponentChoice(placement)).connect(extended=True)
    session = opened(client)
    reset(client, session, task="t4")
    step(client, session, "add 1")
    handle = client.ask({"type": "snapshot", "session": session})["data"]["snapshot"]
    step(client, session, "add 1")
    fork = client.ask({"type": "fork", "session": session})
    early = client.ask({"type": "fork", "session": session, "data": {"snapshot": handle}})
    assert len({session, fork["session"], early["session"]}) == 3
    assert fork["data"]["observation"]["score"] == 0.5
    assert early["data"]["observation"]["score"] == 0.25
    assert step(client, fork["session"], "add 2")["data"]["done"] is True
    assert step(client, early["session"], "add 1")["data"]["observation"]["score"] == 0.5
    assert step(client, session, "add 1")["data"]["observation"]["score"] == 0.75


def test_a_state_that_does_not_come_again_is_a_fault(server: Start, source: Start, until: Start) -> None:
    live = server(source("Fickle"))
    client = live.connect("fickle", extended=True)
    session = opened(client)
    reset(client, session)
    handle = client.ask({"type": "snapshot", "session": session})["data"]["snapshot"]
    reply = client.ask({"type": "restore", "session": session, "data": {"snapshot": handle}})
    assert reply["data"]["code"] == "ENVIRONMENT_FAULT"
    reset(client, session)
    assert client.ask({"type": "fork", "session": session})["data"]["code"] == "ENVIRONMENT_FAULT"
    until(lambda: live.sessions == 1, "the end of the session that was to be the fork")


def test_handles_belong_to_their_session_and_episode(server: Start, source: Start) -> None:
    client = server(source()).connect(extended=True)
    first, second = opened(client), opened(client)
    assert client.ask({"type": "snapshot", "session": first})["data"]["code"] == "STATE_ERROR"
    reset(client, first)
    reset(client, second)
    handle = client.ask({"type": "snapshot", "session": first})["data"]["snapshot"]
    for session, said in ((second, handle), (first, "made up"), (first, None)):
        reply = client.ask({"type": "restore", "session": session, "data": {"snapshot": said}})
        assert reply["data"]["code"] == "VALIDATION_ERROR"
    reset(client, first)
    reply = client.ask({"type": "restore", "session": first, "data": {"snapshot": handle}})
    assert reply["data"]["code"] == "VALIDATION_ERROR"


def test_render(server: Start, source: Start) -> None:
    client = server(source()).connect(extended=True)
    session = opened(client)
    reset(client, session)
    assert client.ask({"type": "render", "session": session})["data"] == {"kind": "html", "content": "<p>0</p>"}


@pytest.mark.parametrize("placement", ["thread", "process"])
def test_a_deadline_ends_a_step_and_the_episode(server: Start, source: Start, zoo: Any, placement: str) -> None:
    name = "Waits" if placement == "thread" else "Slow"
    live = server(source(name), placement=ComponentChoice(placement, {"hosts": 1} if placement == "process" else {}))
    client = live.connect(name.lower(), extended=True)
    session = opened(client)
    reset(client, session)
    text = "fail" if placement == "thread" else "add 100"
    reply = step(client, session, text, deadline=0.2)
    assert reply["data"]["code"] == "DEADLINE_EXCEEDED"
    assert step(client, session, "add 1")["data"]["code"] == "STATE_ERROR"
    zoo.LET_GO.set()


def test_a_deadline_that_is_over_is_not_begun(server: Start, source: Start) -> None:
    client = server(source()).connect(extended=True)
    session = opened(client)
    reset(client, session)
    assert step(client, session, "add 1", deadline=0)["data"]["code"] == "DEADLINE_EXCEEDED"
    assert step(client, session, "add 1")["data"]["observation"]["score"] == 0.25


def test_a_deadline_ends_the_waiting_for_an_earlier_call(server: Start, source: Start, zoo: Any) -> None:
    live = server(source("Waits"), placement=ComponentChoice("thread"))
    client = live.connect("waits", extended=True)
    session = opened(client)
    reset(client, session)
    client.send({"type": "step", "id": 1, "session": session, "data": {"text": "fail"}})
    reply = step(client, session, "add 1", id=2, deadline=0.1)
    assert (reply["id"], reply["data"]["code"], reply["data"]["hint"]) == (
        2,
        "DEADLINE_EXCEEDED",
        "it was not carried out",
    )
    zoo.LET_GO.set()
    assert client.receive()["data"]["observation"]["text"] == "failed"
    assert client.ask({"type": "state", "session": session})["data"]["step_count"] == 1


def test_a_request_in_a_batch_may_have_no_longer_id_than_one_alone(server: Start, source: Start) -> None:
    client = server(source()).connect(extended=True)
    session = opened(client)
    reset(client, session)
    part = {"type": "step", "id": "x" * 300, "session": session, "data": {"text": "add 1"}}
    (refused,) = client.ask({"type": "batch", "data": [part]})["data"]
    assert (refused["data"]["code"], "id" in refused) == ("VALIDATION_ERROR", False)
    assert client.ask({"type": "state", "session": session})["data"]["step_count"] == 0


def test_a_mistake_in_any_message_is_told_as_one(server: Start, source: Start) -> None:
    client = server(source()).connect(extended=True)
    kinds = ["reset", "step", "state", "close", "mcp", "open", "resume", "tasks", "actions", "snapshot", "restore"]
    for kind in [*kinds, "fork", "render", "batch"]:
        reply = client.ask({"type": kind, "id": 4, "more": 1})
        assert (reply["id"], reply["data"]["code"]) == (4, "VALIDATION_ERROR"), kind


def test_a_session_is_resumed_where_it_was(server: Start, source: Start, until: Start) -> None:
    live = server(source(), grace_seconds=60)
    client = live.connect(extended=True)
    session = opened(client)
    reset(client, session, task="t2")
    first = step(client, session, "add 1", id=7)
    client.drop()
    held = live.app.table._sessions[session]
    until(lambda: held.lost is not None, "the loss of the connection")
    again = live.connect(extended=True)
    assert step(again, session, "add 1")["data"]["code"] == "SESSION_NOT_FOUND"
    reply = again.ask({"type": "resume", "session": session})
    assert reply["data"]["step_count"] == 1
    assert reply["data"]["observation"]["score"] == 0.25
    # The last request is answered again, not carried out again; an older one is refused.
    assert step(again, session, "add 1", id=7) == first
    assert step(again, session, "add 1", id=6)["data"]["code"] == "REPLAYED_REQUEST"
    assert step(again, session, "add 1", id=8)["data"]["observation"]["score"] == 0.5


def test_a_step_under_way_outlives_its_connection(server: Start, source: Start, zoo: Any, until: Start) -> None:
    live = server(source("Waits"), placement=ComponentChoice("thread"))
    client = live.connect("waits", extended=True)
    session = opened(client)
    reset(client, session)
    client.send({"type": "step", "id": 1, "session": session, "data": {"text": "fail"}})
    held = live.app.table._sessions[session]
    until(lambda: held.busy, "the step")
    client.drop()
    until(lambda: held.lost is not None, "the loss of the connection")
    again = live.connect("waits", extended=True)
    assert again.ask({"type": "resume", "session": session})["data"]["busy"] is True
    again.send({"type": "step", "id": 1, "session": session, "data": {"text": "fail"}})
    zoo.LET_GO.set()
    reply = again.receive()
    assert (reply["id"], reply["data"]["observation"]["text"]) == (1, "failed")
    assert again.ask({"type": "state", "session": session})["data"]["step_count"] == 1


def test_a_connection_that_is_half_open_does_not_keep_its_session(server: Start, source: Start) -> None:
    live = server(source())
    dead = live.connect(extended=True)
    session = opened(dead)
    reset(dead, session)
    again = live.connect(extended=True)
    assert again.ask({"type": "resume", "session": session})["type"] == "session"
    assert step(again, session, "add 1")["type"] == "observation"
    assert step(dead, session, "add 1")["data"]["code"] == "SESSION_NOT_FOUND"
    dead.socket.close()
    assert step(again, session, "add 1")["data"]["observation"]["score"] == 0.5


def test_sessions_of_others_cannot_be_told_from_none(server: Start, source: Start) -> None:
    live = server(source(), source("Native"))
    mine, theirs = live.connect(extended=True), live.connect(extended=True)
    session = opened(mine)
    reset(mine, session)
    plain = live.connect("native")
    plain.ask({"type": "reset"})
    _, created, _ = live.http("POST", "/counter/createEnv")
    hidden = live.app.table._sessions
    plain_id = next(id for id, held in hidden.items() if held.served.id == "native")
    replies = [
        step(theirs, id, "add 1")["data"] for id in (session, created["id"], plain_id, "0-x", "", "-1-x", "f" * 999)
    ]
    replies += [theirs.ask({"type": "resume", "session": id})["data"] for id in (created["id"], plain_id, "0-x")]
    other = live.connect("native", extended=True)
    replies.append(other.ask({"type": "resume", "session": session})["data"])
    assert all(reply == replies[0] for reply in replies)
    assert replies[0]["code"] == "SESSION_NOT_FOUND"
    assert step(mine, session, "add 1")["data"]["observation"]["score"] == 0.25


def test_a_lost_session_is_reaped_after_its_grace_and_an_idle_one_too(
    server: Start, source: Start, until: Start, zoo: Any
) -> None:
    live = server(source(), grace_seconds=30, idle_seconds=500)
    client = live.connect(extended=True)
    lost, kept = opened(client), live.connect(extended=True)
    idle = opened(kept)
    client.drop()
    held = live.app.table._sessions[lost]
    until(lambda: held.lost is not None, "the loss of the connection")
    now = time.monotonic()
    assert live.call(lambda: live.app.table.reap(now + 29)) == 0
    assert live.call(lambda: live.app.table.reap(now + 31)) == 1
    assert live.call(lambda: live.app.table.reap(now + 501)) == 1
    assert step(kept, idle, "add 1")["data"]["code"] == "SESSION_NOT_FOUND"
    assert live.app.served["counter"].counters.closed == {"lost": 1, "idle": 1}


def test_closing_without_a_session_closes_all(server: Start, source: Start, until: Start) -> None:
    live = server(source())
    client = live.connect(extended=True)
    for _ in range(3):
        opened(client)
    assert client.ask({"type": "close"})["type"] == "closed"
    until(lambda: live.sessions == 0, "the end of the sessions")
