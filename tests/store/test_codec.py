from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date

import numpy
import pytest
from attrs import evolve, fields
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.errors import StoreError
from agentgym_core.store import decode, encode
from agentgym_core.store.codec import Head, decode_head, slim_message
from agentgym_core.types import Message, Tokens, ToolCall, Trajectory, Usage
from agentgym_testing.strategies import trajectories

Make = Callable[..., Trajectory]


@settings(deadline=None)
@given(trajectories)
def test_what_was_encoded_comes_back_equal_on_one_line(trajectory: Trajectory) -> None:
    line = encode(trajectory)
    assert b"\n" not in line
    assert decode(line) == trajectory
    assert decode_head(line) == Head(trajectory.id, trajectory.key, trajectory.outcome, trajectory.truncation)


@settings(deadline=None)
@given(trajectories)
def test_any_json_reader_reads_a_line(trajectory: Trajectory) -> None:
    found = json.loads(encode(trajectory))
    assert found["id"] == trajectory.id
    assert [message["content"] for message in found.get("messages", ())] == [m.content for m in trajectory.messages]


@settings(deadline=None)
@given(trajectories, st.data())
def test_a_cut_line_is_refused(trajectory: Trajectory, data: st.DataObject) -> None:
    line = encode(trajectory)
    cut = data.draw(st.integers(0, len(line) - 1))
    with pytest.raises(StoreError):
        decode(line[:cut])


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_a_store_error(line: bytes) -> None:
    with pytest.raises(StoreError):
        decode(line)


def test_defaults_are_left_out(make_trajectory: Make) -> None:
    found = json.loads(encode(make_trajectory()))
    assert "fault" not in found
    assert "truncated" not in found
    assert "tokens" not in found["turns"][0]
    assert "score" not in found["turns"][0]
    assert found["messages"][0] == {"role": "system", "content": "Walk to the goal."}


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_lacks_is_refused_with_its_place(make_trajectory: Make, bad: float) -> None:
    whole = make_trajectory()
    places = {
        "score": evolve(whole, score=bad),
        "turns[1].score": evolve(whole, turns=(whole.turns[0], evolve(whole.turns[1], score=bad))),
        "turns[0].info.a.b[1]": evolve(whole, turns=(evolve(whole.turns[0], info={"a": {"b": [0, bad]}}),)),
        "turns[0].tokens.logprobs": evolve(whole, turns=(evolve(whole.turns[0], tokens=Tokens(logprobs=(0.0, bad))),)),
        "usage.cost": evolve(whole, usage=Usage(cost=bad)),
        "info.x": evolve(whole, info={"x": bad}),
    }
    for place, trajectory in places.items():
        with pytest.raises(StoreError) as caught:
            encode(trajectory)
        assert caught.value.message.startswith(f"{place} is ")


@pytest.mark.parametrize("bad", [b"bytes", {1, 2}, date(2024, 1, 1), object(), {(1, 2): 3}, {1: "a", "1": "b"}])
def test_what_would_not_come_back_is_refused(make_trajectory: Make, bad: object) -> None:
    with pytest.raises(StoreError, match=r"info\.x.* is a .* no JSON value"):
        encode(make_trajectory(info={"x": bad}))


def test_numbers_of_numpy_become_numbers(make_trajectory: Make) -> None:
    info = {"a": numpy.int64(3), "b": numpy.float32(0.5), "c": [numpy.bool_(True)], "d": numpy.float64(2.5), 5: ("x",)}
    trajectory = make_trajectory(info=info, score=numpy.float64(0.75))
    found = decode(encode(trajectory))
    assert found.info == {"a": 3, "b": 0.5, "c": [True], "d": 2.5, "5": ["x"]}
    assert found.score == 0.75


def test_a_paired_surrogate_becomes_its_character(make_trajectory: Make) -> None:
    assert decode(encode(make_trajectory(opening="\ud83d\ude00"))).opening in ("\ud83d\ude00", "\U0001f600")
    assert decode(encode(make_trajectory(opening="a\ud83d"))).opening == "a\ud83d"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"id": 5}, "$.id"),
        ({"outcome": "great"}, "$.outcome"),
        ({"score": "1"}, "$.score"),
        ({"messages": [{"role": "user"}]}, "content"),
        ({"turns": [{"message": 9, "action": "a", "observation": "o"}]}, r"turns\[0\]\.message is 9"),
        ({"turns": [{"message": -1, "action": "a", "observation": "o"}]}, r"turns\[0\]\.message is -1"),
        ({"key": {"environment": "maze"}}, r"\$\.key"),
        ({"info": [1]}, r"\$\.info"),
    ],
)
def test_a_wrong_field_is_refused_with_its_place(make_trajectory: Make, change: dict[str, object], place: str) -> None:
    found = {**json.loads(encode(make_trajectory())), **change}
    with pytest.raises(StoreError, match=place.replace("$.", r"\$\.") if place.startswith("$") else place):
        decode(json.dumps(found).encode())


def test_no_field_of_a_message_is_forgotten() -> None:
    # Messages are written field by field, so a new field must be written too.
    names = [attribute.name for attribute in fields(Message)]
    whole = Message("a", "b", True, (ToolCall("i", "n", "{}"),), "t", "r")
    assert sorted(slim_message(whole)) == sorted(names)
