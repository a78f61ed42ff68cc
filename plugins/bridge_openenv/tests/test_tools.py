"""Actions as tools, as OpenEnv's clients call them: in `mcp` messages, and as steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Server = Callable[..., Any]


def ask(client: Any, method: str, number: Any = 1, **parameters: Any) -> Any:
    request = {"jsonrpc": "2.0", "method": method, "id": number, **({"params": parameters} if parameters else {})}
    answer = client.ask({"type": "mcp", "data": request})
    assert answer["type"] == "mcp"
    assert (answer["data"]["jsonrpc"], answer["data"]["id"]) == ("2.0", number)
    return answer["data"]


def called(text: str, score: float, *, terminated: bool = False) -> dict[str, Any]:
    """The result of a call, as OpenEnv's servers write it."""
    return {
        "content": [{"type": "text", "text": text}],
        "structured_content": {"result": text},
        "data": text,
        "is_error": False,
        "meta": {"agentgym": {"score": score, "terminated": terminated, "truncated": False, "success": None}},
    }


def test_messages_list_and_call(server: Server, source: Callable[..., Any]) -> None:
    client = server(source()).connect()
    listed = ask(client, "tools/list")["result"]["tools"]
    assert [tool["name"] for tool in listed] == ["add", "fail", "observation"]
    assert listed[0]["inputSchema"]["properties"]["number"]["type"] == "integer"
    assert listed[0]["inputSchema"]["required"] == ["number"]
    client.ask({"type": "reset", "data": {"task": "t3"}})
    said = ask(client, "tools/call", "a", name="add", arguments={"number": 1})["result"]
    assert said == called("count 1, you said add 1", 0.25)
    # A session is one, whichever way it is spoken to.
    assert client.ask({"type": "step", "data": {"text": "add 3"}})["data"]["reward"] == 0.75
    assert ask(client, "tools/call", name="observation")["result"]["data"] == "count 4, you said add 3"
    over = ask(client, "tools/call", name="add", arguments={"number": 1})["error"]
    assert (over["code"], over["message"]) == (-32603, "The episode is over.")


def test_a_call_before_a_reset_begins_an_episode(server: Server, source: Callable[..., Any]) -> None:
    live = server(source())
    client = live.connect()
    shown = ask(client, "tools/call", name="observation")["result"]["data"]
    assert shown.startswith("Task t")
    assert ask(client, "tools/call", name="add", arguments={"number": 1})["result"]["data"].startswith("count 1")
    assert client.ask({"type": "state"})["data"]["step_count"] == 1
    other = live.connect()
    data = {"type": "call_tool", "tool_name": "add", "arguments": {"number": 4}}
    assert other.ask({"type": "step", "data": data})["data"]["done"] is True


def test_a_call_after_a_fault_begins_none(server: Server, source: Callable[..., Any]) -> None:
    """The episode that broke would be gone without a word."""
    client = server(source("Raises")).connect("raises")
    client.ask({"type": "reset"})
    broken = ask(client, "tools/call", name="fail", arguments={})["error"]
    assert "the engine broke" in broken["message"]
    again = ask(client, "tools/call", name="add", arguments={"number": 1})["error"]
    assert "must reset it" in again["message"]


def test_steps_of_the_tool_client(server: Server, source: Callable[..., Any]) -> None:
    client = server(source()).connect()

    def said(**data: Any) -> Any:
        answer = client.ask({"type": "step", "data": data})
        assert answer["type"] == "observation", answer
        return answer["data"]

    listed = said(type="list_tools")["observation"]["tools"]
    assert listed[0]["input_schema"]["properties"]["number"]["type"] == "integer"
    assert set(listed[0]) == {"name", "description", "input_schema"}
    client.ask({"type": "reset"})
    assert said(type="call_tool", tool_name="add", arguments={"number": 3}) == {
        "observation": {
            "tool_name": "add",
            "result": called("count 3, you said add 3", 0.75),
            "error": None,
            "metadata": {"count": 3},
        },
        "reward": 0.75,
        "done": False,
        "metadata": {"count": 3},
    }
    wrong: tuple[tuple[str, Any, str], ...] = (
        ("nonesuch", {}, "tool_not_found"),
        ("add", {"number": "x"}, "invalid_args"),
        ("add", {"other": 1}, "invalid_args"),
    )
    for name, arguments, kind in wrong:
        told = said(type="call_tool", tool_name=name, arguments=arguments)
        assert (told["observation"]["error"]["error_type"], told["reward"]) == (kind, None)
    assert said(type="call_tool", tool_name="observation")["reward"] is None
    # Some models write their arguments as text.
    last = said(type="call_tool", tool_name="add", arguments='{"number": 1}')
    assert (last["reward"], last["done"]) == (0.25, True)
    over = said(type="call_tool", tool_name="add", arguments={"number": 1})
    assert over["observation"]["error"]["error_type"] == "execution_error"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"type": "call_tool"}, ["tool_name"]),
        ({"type": "call_tool", "tool_name": 5}, ["tool_name"]),
        ({"type": "call_tool", "tool_name": "add", "arguments": [1]}, ["arguments"]),
        ({"type": "call_tool", "tool_name": "add", "arguments": "nope"}, ["arguments"]),
    ],
)
def test_a_step_that_is_no_call_is_told(server: Server, source: Callable[..., Any], data: Any, place: Any) -> None:
    client = server(source()).connect()
    answer = client.ask({"type": "step", "data": data})
    assert (answer["type"], answer["data"]["code"]) == ("error", "VALIDATION_ERROR")
    assert answer["data"]["errors"][0]["loc"] == place


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
        ({"number": "x"}, '"number" must be a whole number'),
        ({}, "number"),
        ({"other": 1}, "takes no other"),
        ([1], "object"),
        ({"number": 1, "more": 2}, "takes no more"),
    ],
)
def test_wrong_arguments_are_told_and_do_nothing(
    server: Server, source: Callable[..., Any], arguments: Any, words: str
) -> None:
    client = server(source()).connect()
    client.ask({"type": "reset"})
    told = ask(client, "tools/call", name="add", arguments=arguments)["error"]
    assert words in told["message"]
    assert client.ask({"type": "state"})["data"]["step_count"] == 0


@pytest.mark.parametrize(
    "data", [{"jsonrpc": "2.0", "id": 1}, {"method": "tools/list"}, {"jsonrpc": "2.0", "method": "ping", "more": 1}]
)
def test_what_is_no_request_is_told(server: Server, source: Callable[..., Any], data: Any) -> None:
    client = server(source()).connect()
    answer = client.ask({"type": "mcp", "data": data})["data"]
    assert (answer["id"], answer["error"]["code"]) == (None, -32600)
