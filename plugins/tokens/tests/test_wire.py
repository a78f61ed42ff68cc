"""Messages for endpoints: whatever a model wrote, they can be read there."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.types import Message, ToolCall
from agentgym_tokens.wire import arguments_of, to_wire


def test_a_call_stands_without_content_where_nothing_was_said() -> None:
    call = ToolCall("c1", "move", '{"to": "left"}')
    assert to_wire(Message("assistant", "", tool_calls=(call,))) == {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "move", "arguments": '{"to": "left"}'}}],
    }
    assert to_wire(Message("assistant", "Left.", tool_calls=(call,)))["content"] == "Left."
    assert to_wire(Message("tool", "A wall.", tool_call_id="c1"))["tool_call_id"] == "c1"
    assert to_wire(Message("user", "", reasoning="hidden")) == {"role": "user", "content": ""}


@pytest.mark.parametrize("written", ["", "[1]", "{", "3", "[" * 100_000])
def test_arguments_that_are_no_object_become_one(written: str) -> None:
    assert json.loads(arguments_of(ToolCall("c", "move", written))) == {"unreadable": written}


@given(st.text())
def test_arguments_are_always_an_object(written: str) -> None:
    assert isinstance(json.loads(arguments_of(ToolCall("c", "move", written))), dict)
