"""Frames made up by a fuzzer: every one is answered with a frame, nothing raises, and no session is left."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgym_service.connection import Connection
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.rest import ENDPOINTS, RestApi
from agentgym_service.sessions import SessionTable
from agentgym_service.settings import ServerSettings

Start = Callable[..., Any]

KINDS = [
    "reset",
    "step",
    "state",
    "close",
    "mcp",
    "hello",
    "open",
    "resume",
    "tasks",
    "snapshot",
    "restore",
    "fork",
    "render",
    "actions",
    "batch",
    "wat",
]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
texts = st.sampled_from(["add 1", "add 4", "fail", "add \ud800", "", "add " + "9" * 400]) | st.text(max_size=30)
actions = st.fixed_dictionaries(
    {},
    optional={
        "text": texts | values,
        "name": st.sampled_from(["add", "fail", "no"]) | values,
        "arguments": st.fixed_dictionaries({}, optional={"number": values}) | values,
        "metadata": values,
    },
)
resets = st.fixed_dictionaries(
    {},
    optional={
        "seed": st.integers() | values,
        "task": st.sampled_from(["t1", "e2"]) | values,
        "split": st.sampled_from(["train", "eval"]) | values,
        "index": st.integers(-2, 30) | values,
        "episode_id": values,
        "needs": st.lists(st.sampled_from(["available_actions", "expert", "x"]), max_size=3) | values,
        "snapshot": values,
        "start": st.integers(),
        "stop": st.integers() | st.none(),
    },
)
sessions = st.sampled_from(["<first>", "<second>", "0-x", "1-x"]) | values
envelopes: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS)},
    optional={
        "data": actions | resets | values,
        "session": sessions,
        "id": st.integers(-2, 5) | values,
        "deadline": st.floats() | values,
        "more": values,
    },
)
batches = st.fixed_dictionaries({"type": st.just("batch"), "data": st.lists(envelopes, max_size=5)})
frames = st.lists(
    (envelopes | batches).map(lambda message: json.dumps(message).encode())
    | values.map(lambda v: json.dumps(v).encode())
    | st.binary(max_size=40),
    max_size=25,
)


async def _answer(connection: Any, raw: bytes) -> Any:
    reply = await connection.receive(raw)
    if reply is None:
        return None
    answer = json.loads(reply)
    assert isinstance(answer["type"], str)
    if answer["type"] == "error":
        assert set(answer["data"]) >= {"message", "code"}
    return answer


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=frames, expert=st.booleans())
def test_plain_frames(source: Start, given: list[bytes], expert: bool) -> None:
    async def work() -> None:
        served = HostedEnvironment(source(), ServerSettings(expert=expert))
        table = SessionTable(served.settings)
        connection = Connection(served, table)
        assert connection.start() is None
        for raw in given:
            answer = await _answer(connection, raw)
            assert answer is not None or connection.closing
            if connection.closing or connection.extended:
                break
        connection.gone()
        assert len(table) == 0

    asyncio.run(work())


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=frames)
def test_extended_frames(source: Start, given: list[bytes]) -> None:
    async def work() -> None:
        served = HostedEnvironment(source(), ServerSettings(grace_seconds=0))
        table = SessionTable(served.settings)
        connection = Connection(served, table, extended=True)
        names = [(await _answer(connection, b'{"type":"open"}'))["session"] for _ in range(2)]
        for raw in given:
            raw = raw.replace(b"<first>", names[0].encode()).replace(b"<second>", names[1].encode())
            assert await _answer(connection, raw) is not None
            if connection.closing:
                break
        connection.gone()
        await asyncio.sleep(0)
        assert len(table) == 0

    asyncio.run(work())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    requests=st.lists(
        st.tuples(
            st.sampled_from(sorted(each.name for each in ENDPOINTS)),
            st.binary(max_size=30)
            | st.fixed_dictionaries(
                {}, optional={"id": st.just("<id>") | values, "action": texts | actions | values, "needs": values}
            ).map(lambda body: json.dumps(body).encode())
            | resets.map(lambda body: json.dumps({"id": "<id>", **body}).encode()),
        ),
        max_size=20,
    )
)
def test_requests(source: Start, requests: list[tuple[str, bytes]]) -> None:
    async def work() -> None:
        served = HostedEnvironment(source(), ServerSettings())
        table = SessionTable(served.settings)
        paper = RestApi(table)
        session = table.open(served, "http", frozenset())
        for name, body in requests:
            status, answer = await paper.answer(served, name, body.replace(b"<id>", session.id.encode()))
            assert status in (200, 400, 404, 409, 422)
            assert ("error" in json.loads(answer)) == (status != 200)
        await table.close_all()
        assert len(table) == 0

    asyncio.run(work())
