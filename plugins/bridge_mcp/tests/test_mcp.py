"""Actions as the Model Context Protocol's tools, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest

from agentgym_bridge_mcp.server import UNUSED
from agentgym_core.environments import resolve_environment

Server = Callable[..., Any]


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """A client of whichever line of the protocol's SDK is installed."""
    mcp = pytest.importorskip("mcp", reason="no client of the Model Context Protocol is installed")
    if hasattr(mcp, "Client"):
        async with mcp.Client(url) as client:
            yield client
        return
    from mcp.client.streamable_http import streamable_http_client

    async with streamable_http_client(url) as (reading, writing, _), mcp.ClientSession(reading, writing) as client:
        await client.initialize()
        yield client


def refusal() -> type[Exception]:
    """What the SDK raises where a request is answered with an error."""
    mcp = pytest.importorskip("mcp", reason="no client of the Model Context Protocol is installed")
    found: type[Exception] = mcp.MCPError if hasattr(mcp, "MCPError") else mcp.McpError
    return found


def with_client(url: str, work: Callable[[Any], Awaitable[Any]]) -> Any:
    async def play() -> Any:
        async with connected(url) as client:
            return await work(client)

    return asyncio.run(play())


def text(result: Any) -> str:
    return str(result.content[0].text)


def test_the_sdks_client_plays_an_episode_of_the_task_in_its_address(server: Server) -> None:
    pytest.importorskip("agentgym_env_todo", reason="the plugin env_todo is not installed")
    live = server(resolve_environment("todo"))
    source = resolve_environment("todo")
    task = source.tasks("eval")[4]

    async def play(client: Any) -> None:
        listed = await client.list_tools()
        assert {tool.name for tool in listed.tools} == {action.name for action in source.description.actions} | {
            "observation"
        }
        shown = await client.call_tool("observation", {})
        with closing(source.make()) as environment:
            assert text(shown) == environment.reset(task)
            while (move := environment.expert()) is not None:
                _name, _, _arguments = move.action.partition(" with Action Input: ")
                action = live.app.served["todo"].said(move.action)
                result = await client.call_tool(action.name, dict(action.arguments))
                step = environment.step(action)
                assert (text(result), result.meta["agentgym"]["score"]) == (step.observation, step.score)
                if step.ended:
                    break
            assert step.score == 1.0

    with_client(f"http://127.0.0.1:{live.port}/todo/mcp?task={task.id}", play)
    assert live.sessions == 0


def test_an_orchestrator_starts_the_episode_and_hands_its_session_on(
    server: Server, source: Callable[..., Any]
) -> None:
    live = server(source())
    id = live.http("POST", "/counter/createEnv")[1]["id"]
    live.http("POST", "/counter/reset", {"id": id, "task": "t5"})

    async def play(client: Any) -> None:
        assert text(await client.call_tool("observation", {})).startswith("Task t5")
        await client.call_tool("add", {"number": 2})

    with_client(f"http://127.0.0.1:{live.port}/counter/mcp?session={id}", play)
    assert live.http("GET", f"/counter/observation?id={id}")[1]["observation"] == "count 2, you said add 2"
    live.http("POST", "/counter/close", {"id": id})
    assert live.sessions == 0


@pytest.mark.parametrize("query", ["task=none", "split=none", "index=x", "index=99", "session=0-unknown"])
def test_an_address_that_names_nothing_is_told_to_whoever_calls(
    server: Server, source: Callable[..., Any], query: str
) -> None:
    live = server(source())

    async def play(client: Any) -> None:
        with pytest.raises(refusal()):
            await client.call_tool("observation", {})

    with_client(f"http://127.0.0.1:{live.port}/counter/mcp?{query}", play)
    assert live.sessions == 0


def test_two_clients_play_two_episodes(server: Server, source: Callable[..., Any]) -> None:
    live = server(source())
    url = f"http://127.0.0.1:{live.port}/counter/mcp?split=train&index=1"

    async def outer(one: Any) -> None:
        async with connected(url) as other:
            assert text(await one.call_tool("add", {"number": 1})) == "count 1, you said add 1"
            assert text(await other.call_tool("add", {"number": 2})) == "count 2, you said add 2"
            assert live.sessions == 2

    with_client(url, outer)
    assert live.sessions == 0


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
