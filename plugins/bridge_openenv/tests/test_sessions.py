"""Sessions that OpenEnv's clients open over HTTP, and connections that are attached to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

Start = Callable[..., Any]


class Rpc:
    """JSON-RPC over HTTP."""

    def __init__(self, live: Any, path: str = "/counter/mcp") -> None:
        self.live = live
        self.path = path

    def ask(self, method: str, **parameters: Any) -> Any:
        request = {"jsonrpc": "2.0", "id": 7, "method": method, "params": parameters}
        status, answer, headers = self.live.http("POST", self.path, request)
        assert (status, answer["jsonrpc"], answer["id"]) == (200, "2.0", 7)
        assert headers["content-type"] == "application/json"
        return answer.get("result") or answer["error"]

    def create(self) -> str:
        return str(self.ask("openenv/session/create")["session_id"])


@pytest.fixture
def live(server: Start, source: Start) -> Any:
    return server(source(), max_sessions=4)


def test_a_session_is_opened_played_and_closed(live: Any) -> None:
    rpc = Rpc(live)
    id = rpc.create()
    assert live.sessions == 1
    for count in (1, 2):
        told = rpc.ask("tools/call", name="add", arguments={"number": 1}, session_id=id)
        assert told["data"] == f"count {count}, you said add 1"
    assert rpc.ask("tools/list", session_id=id)["tools"][0]["name"] == "add"
    assert rpc.ask("openenv/session/close", session_id=id) == {"session_id": id, "closed": True}
    assert live.sessions == 0
    for method in ("openenv/session/close", "tools/list", "tools/call"):
        told = rpc.ask(method, session_id=id, name="add")
        assert (told["code"], told["message"]) == (-32602, f"Unknown session_id: {id}")
    assert "session_id" in rpc.ask("openenv/session/close")["message"]


def test_without_a_session_an_environment_lasts_for_one_call(live: Any) -> None:
    rpc = Rpc(live)
    for _ in range(6):
        assert rpc.ask("tools/call", name="add", arguments={"number": 1})["data"] == "count 1, you said add 1"
    assert len(rpc.ask("tools/list")["tools"]) == 3
    assert rpc.ask("tools/call", name="nonesuch")["code"] == -32602
    assert rpc.ask("tools/call", name="add", arguments={})["code"] == -32603
    assert live.sessions == 0
    assert live.app.served["counter"].counters.opened == 7


def test_environments_for_one_call_count_as_any_other(live: Any) -> None:
    rpc = Rpc(live)
    ids = [rpc.create() for _ in range(4)]
    for method in ("openenv/session/create", "tools/call"):
        told = rpc.ask(method, name="add", arguments={"number": 1})
        assert (told["code"], told["data"]) == (-32000, {"active_sessions": 4, "max_sessions": 4})
    for path in ("/counter/reset", "/counter/step"):
        assert live.http("POST", path, {"action": {"text": "add 1"}})[0] == 503
    for id in ids:
        rpc.ask("openenv/session/close", session_id=id)


def test_a_connection_is_attached_to_a_session(live: Any, until: Start) -> None:
    rpc = Rpc(live)
    id = rpc.create()
    client = live.connect(path=f"/counter/ws?session_id={id}")
    shown = client.ask({"type": "reset", "data": {"task": "t2"}})["data"]["observation"]
    assert shown["task"] == "t2"
    assert rpc.ask("tools/call", name="add", arguments={"number": 2}, session_id=id)["data"].startswith("count 2")
    assert client.ask({"type": "state"})["data"]["step_count"] == 1
    assert live.sessions == 1
    second = live.connect(path=f"/counter/ws?session_id={id}").receive()
    assert (second["type"], second["data"]["code"]) == ("error", "SESSION_ERROR")
    assert "already has" in second["data"]["message"]
    # The session outlives the connection, and may be attached to again.
    client.socket.close()
    until(lambda: live.app.table.get(id, live.app.served["counter"], "openenv").owner is None, "the detachment")
    again = live.connect(path=f"/counter/ws?session_id={id}")
    assert again.ask({"type": "state"})["data"]["step_count"] == 1
    assert rpc.ask("openenv/session/close", session_id=id) == {"session_id": id, "closed": False, "closing": True}
    assert again.ask({"type": "step", "data": {"text": "add 1"}})["data"]["observation"]["text"].startswith("count 3")
    again.socket.close()
    until(lambda: live.sessions == 0, "the end of the session")


@pytest.mark.parametrize("id", ["made-up", "0-x", "%00"])
def test_a_session_that_there_is_not_is_refused(live: Any, id: str) -> None:
    client = live.connect(path=f"/counter/ws?session_id={id}")
    answer = client.receive()
    assert (answer["type"], answer["data"]["code"]) == ("error", "SESSION_ERROR")
    with pytest.raises(ConnectionClosed):
        client.receive()
    assert live.sessions == 0


def test_sessions_of_other_faces_are_none_here(live: Any) -> None:
    id = live.http("POST", "/counter/createEnv")[1]["id"]
    assert live.connect(path=f"/counter/ws?session_id={id}").receive()["data"]["code"] == "SESSION_ERROR"
    assert Rpc(live).ask("openenv/session/close", session_id=id)["code"] == -32602
    mine = Rpc(live).create()
    assert live.http("POST", "/counter/step", {"id": mine, "action": "add 1"})[0] == 404
    for other in (id, mine):
        live.http("POST", "/counter/close", {"id": other})
    Rpc(live).ask("openenv/session/close", session_id=mine)


def test_a_connections_own_session_has_an_id_and_ends_with_it(live: Any, until: Start) -> None:
    client = live.connect()

    def said(method: str, **parameters: Any) -> Any:
        data = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        return client.ask({"type": "mcp", "data": data})["data"]

    id = said("openenv/session/create")["result"]["session_id"]
    assert said("openenv/session/create")["result"]["session_id"] == id
    assert live.sessions == 1
    assert said("openenv/session/close", session_id=id)["error"]["code"] == -32600
    assert said("openenv/session/close", session_id="made-up")["error"]["code"] == -32602
    assert Rpc(live).ask("tools/call", name="add", arguments={"number": 1}, session_id=id)["data"].startswith("count 1")
    client.socket.close()
    until(lambda: live.sessions == 0, "the end of the session")


def test_a_socket_of_json_rpc(live: Any, until: Start) -> None:
    client = live.connect(path="/counter/mcp")

    def said(method: str, **parameters: Any) -> Any:
        return client.ask({"jsonrpc": "2.0", "id": "x", "method": method, "params": parameters})

    assert [tool["name"] for tool in said("tools/list")["result"]["tools"]] == ["add", "fail", "observation"]
    assert said("tools/call", name="add", arguments={"number": 1})["result"]["data"].startswith("count 1")
    assert said("tools/call", name="add", arguments={"number": 1})["result"]["data"].startswith("count 2")
    assert client.ask("nope")["error"]["code"] == -32700
    assert client.ask("[]")["error"]["code"] == -32600
    others = [live.connect() for _ in range(3)]
    full = live.connect(path="/counter/mcp")
    assert full.receive()["error"]["data"] == {"active_sessions": 4, "max_sessions": 4}
    for each in (client, *others):
        each.socket.close()
    until(lambda: live.sessions == 0, "the end of the sessions")


def test_calls_of_one_session_are_one_at_a_time(server: Start, source: Start, zoo: Any) -> None:
    import threading

    from agentgym_core.settings import ComponentChoice

    live = server(source("Waits"), placement=ComponentChoice("thread"))
    rpc = Rpc(live, "/waits/mcp")
    id = rpc.create()
    told: list[Any] = []

    def call(name: str, **arguments: Any) -> threading.Thread:
        work = lambda: told.append(rpc.ask("tools/call", name=name, arguments=arguments, session_id=id))  # noqa: E731
        thread = threading.Thread(target=work)
        thread.start()
        return thread

    # Both begin the episode, which is begun once; the second call waits for the first.
    threads = [call("add", number=1), call("add", number=1)]
    for thread in threads:
        thread.join(20)
    assert sorted(each["data"] for each in told) == ["count 1, you said add 1", "count 2, you said add 1"]
    assert live.app.served["waits"].counters.resets == 1
    rpc.ask("openenv/session/close", session_id=id)


def test_a_hello_goes_on_in_the_servers_own_protocol(server: Start, source: Start, until: Start) -> None:
    live = server(source(), max_sessions=1)
    client = live.connect()
    until(lambda: live.sessions == 1, "the session of the connection")
    assert client.ask({"type": "hello"})["type"] == "hello"
    assert live.sessions == 0
    assert client.ask({"type": "open", "id": 3})["id"] == 3
