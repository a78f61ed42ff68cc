"""Frames and bodies made up by a fuzzer, for tests of faces of the server."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

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


async def answered(connection: Any, raw: bytes) -> Any:
    """The answer to a frame, which every frame must have but those that are answered with none."""
    reply = await connection.receive(raw)
    if reply is None:
        return None
    answer = json.loads(reply)
    assert isinstance(answer["type"], str)
    if answer["type"] == "error":
        assert set(answer["data"]) >= {"message", "code"}
    return answer
