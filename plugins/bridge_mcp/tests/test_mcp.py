"""Actions as the Model Context Protocol's tools, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentgym_bridge_mcp.server import UNUSED

Server = Callable[..., Any]


def test_nobody_without_the_token_and_no_page_of_another_site(server: Server, source: Callable[..., Any]) -> None:
    live = server(source(), token="the-secret")
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert live.http("POST", "/counter/mcp", request)[0] == 401
    headers = {"authorization": "Bearer the-secret", "origin": "http://elsewhere.example"}
    assert live.http("POST", "/counter/mcp", request, headers)[0] == 403


class Line:
    """The protocol as it is spoken over HTTP."""

    def __init__(self, live: Any, query: str = "task=t3", version: str = "") -> None:
        self.live = live
        self.path = f"/counter/mcp?{query}"
        self.headers = {"mcp-protocol-version": version} if version else {}

    def ask(self, method: str, number: Any = 1, **parameters: Any) -> tuple[int, Any, Any]:
        request = {"jsonrpc": "2.0", "method": method, **({} if number is None else {"id": number})}
        return self.post({**request, "params": parameters} if parameters else request)

    def post(self, body: Any) -> tuple[int, Any, Any]:
        status, answer, headers = self.live.http("POST", self.path, body, self.headers)
        if "mcp-session-id" in headers:
            self.headers["mcp-session-id"] = headers["mcp-session-id"]
        return status, answer, headers


def test_an_episode_in_plain_requests(server: Server, source: Callable[..., Any]) -> None:
    live = server(source())
    line = Line(live)
    status, begun, _ = line.ask("initialize", protocolVersion="2025-06-18", capabilities={})
    assert (status, begun["result"]["protocolVersion"]) == (200, "2025-06-18")
    assert begun["result"]["serverInfo"]["name"] == "counter"
    assert "Count <b>up</b>." in begun["result"]["instructions"]
    assert line.ask("notifications/initialized", None)[0] == 202
    assert [tool["name"] for tool in line.ask("tools/list")[1]["result"]["tools"]] == ["add", "fail", "observation"]
    assert live.sessions == 0
    called = line.ask("tools/call", "a", name="add", arguments={"number": 1})[1]
    assert (called["id"], called["result"]["content"][0]["text"]) == ("a", "count 1, you said add 1")
    assert called["result"]["_meta"]["agentgym"]["score"] == 0.25
    assert line.ask("ping")[1]["result"] == {}
    assert line.ask("resources/list")[1]["error"]["code"] == -32601
    assert live.http("DELETE", line.path, headers=line.headers)[0] == 200
    assert live.sessions == 0
    assert live.http("DELETE", line.path, headers=line.headers)[0] == 404


def test_a_version_that_is_not_known_gets_the_newest_with_sessions(server: Server, source: Callable[..., Any]) -> None:
    begun = Line(server(source())).ask("initialize", protocolVersion="1999-01-01")[1]["result"]
    assert begun["protocolVersion"] == "2025-11-25"


def test_a_version_without_sessions_plays_in_one_of_ours(server: Server, source: Callable[..., Any]) -> None:
    live = server(source())
    id = live.http("POST", "/counter/createEnv")[1]["id"]
    live.http("POST", "/counter/reset", {"id": id, "task": "t5"})
    line = Line(live, f"session={id}", "2026-07-28")
    assert line.ask("server/discover")[1]["result"]["supportedVersions"] == ["2026-07-28"]
    assert line.ask("tools/list")[1]["result"]["resultType"] == "complete"
    called = line.ask("tools/call", name="add", arguments={"number": 2})[1]["result"]
    assert called["content"][0]["text"] == "count 2, you said add 2"
    assert line.ask("tools/call", name="nonesuch")[0] == 400
    assert line.ask("prompts/list")[0] == 404
    # Without a session there is nothing to play in: the client falls back to an older version.
    assert Line(live, "task=t1", "2026-07-28").ask("server/discover")[0] == 400
    live.http("POST", "/counter/close", {"id": id})


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("nope", 400, -32700),
        ("[1]", 400, -32600),
        ("{}", 400, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, 400, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": 5}, 400, -32600),
        ("[" * 100_000, 400, -32700),
    ],
)
def test_what_is_no_request_is_told(
    server: Server, source: Callable[..., Any], body: Any, status: int, code: int
) -> None:
    live = server(source())
    found, answer, _ = Line(live, version="2025-06-18").post(body)
    assert (found, answer["error"]["code"]) == (status, code)


def test_there_is_no_stream_and_no_session_of_a_made_up_name(server: Server, source: Callable[..., Any]) -> None:
    live = server(source())
    status, _, headers = live.http("GET", "/counter/mcp?task=t1")
    assert (status, headers["allow"]) == (405, "POST, DELETE")
    line = Line(live)
    line.headers["mcp-session-id"] = "made-up"
    assert line.ask("tools/list")[0] == 404


def test_names_that_never_play_are_forgotten(server: Server, source: Callable[..., Any]) -> None:
    live = server(source())
    face = live.app.routes["POST", "/counter/mcp"][1][0].func.__self__
    first = Line(live)
    first.ask("initialize")
    for _ in range(3):
        Line(live).ask("initialize")
    face._episodes |= {f"made up {number}": None for number in range(UNUSED)}
    Line(live).ask("initialize")
    assert len(face._episodes) <= UNUSED + 1
    assert first.ask("tools/list")[0] == 404
