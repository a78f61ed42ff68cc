"""Actions as the Model Context Protocol's tools: its SDK's own client over HTTP, and OpenEnv's `mcp` message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest

from agentgym_core.environments import resolve_environment

Server = Callable[..., Any]


def ask(client: Any, method: str, number: Any = 1, **parameters: Any) -> Any:
    request = {"jsonrpc": "2.0", "method": method, "id": number, **({"params": parameters} if parameters else {})}
    answer = client.ask({"type": "mcp", "data": request})
    assert answer["type"] == "mcp"
    assert (answer["data"]["jsonrpc"], answer["data"]["id"]) == ("2.0", number)
    return answer["data"]


def test_openenvs_message_lists_and_calls(server: Server, source: Callable[..., Any]) -> None:
    client = server(source()).connect()
    listed = ask(client, "tools/list")["result"]["tools"]
    assert [tool["name"] for tool in listed] == ["add", "fail", "observation"]
    assert listed[0]["inputSchema"]["properties"]["number"]["type"] == "integer"
    assert listed[0]["inputSchema"]["required"] == ["number"]
    early = ask(client, "tools/call", name="add", arguments={"number": 1})["result"]
    assert early["isError"]
    client.ask({"type": "reset", "data": {"task": "t3"}})
    called = ask(client, "tools/call", "a", name="add", arguments={"number": 1})["result"]
    assert called["content"] == [{"type": "text", "text": "count 1, you said add 1"}]
    assert not called["isError"]
    assert called["_meta"]["agentgym"] == {"score": 0.25, "terminated": False, "truncated": False, "success": None}
    # A session is one, whichever way it is spoken to.
    assert client.ask({"type": "step", "data": {"text": "add 3"}})["data"]["reward"] == 0.75
    assert ask(client, "tools/call", name="observation")["result"]["content"][0]["text"] == "count 4, you said add 3"
    over = ask(client, "tools/call", name="add", arguments={"number": 1})["result"]
    assert (over["isError"], over["content"][0]["text"]) == (True, "The episode is over.")


def test_steps_of_openenvs_tool_client(server: Server, source: Callable[..., Any]) -> None:
    client = server(source()).connect()

    def said(**data: Any) -> Any:
        answer = client.ask({"type": "step", "data": data})
        assert answer["type"] == "observation"
        return answer["data"]

    listed = said(type="list_tools")["observation"]["tools"]
    assert listed[0]["input_schema"]["properties"]["number"]["type"] == "integer"
    client.ask({"type": "reset"})
    assert said(type="call_tool", tool_name="add", arguments={"number": 3}) == {
        "observation": {"tool_name": "add", "result": "count 3, you said add 3", "error": None},
        "reward": 0.75,
        "done": False,
    }
    for name, arguments in (("nonesuch", {}), ("add", {"number": "x"}), ("add", [1]), (5, {})):
        told = said(type="call_tool", tool_name=name, arguments=arguments)
        assert (told["observation"]["error"]["error_type"], told["reward"]) == ("execution_error", None)
    assert said(type="call_tool", tool_name="observation")["reward"] is None
    last = said(type="call_tool", tool_name="add", arguments={"number": 1})
    assert (last["reward"], last["done"]) == (0.25, True)


@pytest.mark.parametrize(
    ("method", "parameters", "code"),
    [
        ("tools/drop", {}, -32601),
        ("tools/call", {}, -32602),
        ("tools/call", {"name": 5}, -32602),
        ("tools/call", {"name": "nonesuch"}, -32602),
    ],
)
def test_what_is_no_call_is_an_error_of_json_rpc(
    server: Server, source: Callable[..., Any], method: str, parameters: Any, code: int
) -> None:
    client = server(source()).connect()
    client.ask({"type": "reset"})
    assert ask(client, method, **parameters)["error"]["code"] == code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"number": "x"}, ('"number" must be a whole number',)),
        ({}, ("number",)),
        ({"other": 1}, ("takes no other",)),
        ([1], ("object",)),
        ({"number": 1, "more": 2}, ("takes no more",)),
    ],
)
def test_wrong_arguments_are_told_and_do_nothing(
    server: Server, source: Callable[..., Any], arguments: Any, words: tuple[str, ...]
) -> None:
    client = server(source()).connect()
    client.ask({"type": "reset"})
    told = ask(client, "tools/call", name="add", arguments=arguments)["result"]
    assert told["isError"]
    assert all(word in told["content"][0]["text"] for word in words), told
    assert client.ask({"type": "state"})["data"]["step_count"] == 0


def test_an_environment_that_breaks_is_told(server: Server, source: Callable[..., Any]) -> None:
    client = server(source("Raises")).connect(environment="raises")
    client.ask({"type": "reset"})
    told = ask(client, "tools/call", name="fail", arguments={})["result"]
    assert told["isError"]
    assert "the engine broke" in told["content"][0]["text"]


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
    found, answer, _ = Line(live).post(body)
    assert (found, answer["error"]["code"]) == (status, code)


def test_there_is_no_stream_and_no_session_of_a_made_up_name(server: Server, source: Callable[..., Any]) -> None:
    live = server(source())
    status, _, headers = live.http("GET", "/counter/mcp?task=t1")
    assert (status, headers["allow"]) == (405, "POST, DELETE")
    line = Line(live)
    line.headers["mcp-session-id"] = "made-up"
    assert line.ask("tools/list")[0] == 404


def test_names_that_never_play_are_forgotten(server: Server, source: Callable[..., Any]) -> None:
    from agentgym_service import mcp_http

    live = server(source())
    face = live.app._mcp["/counter/mcp"]
    first = Line(live)
    first.ask("initialize")
    for _ in range(3):
        Line(live).ask("initialize")
    face._episodes |= {f"made up {number}": None for number in range(mcp_http.UNUSED)}
    Line(live).ask("initialize")
    assert len(face._episodes) <= mcp_http.UNUSED + 1
    assert first.ask("tools/list")[0] == 404
