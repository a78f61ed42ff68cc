"""The store writes nothing that it could not read, and a line that was changed is told with its file and line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgym_core.errors import StoreError
from agentgym_core.store import Run, decode, encode
from agentgym_core.store._checks import seal
from agentgym_core.types import Message, Outcome, Tokens, ToolCall, Trajectory, Turn, Usage

Make = Callable[..., Trajectory]

WRONG: dict[str, Callable[[Trajectory], Trajectory]] = {
    "id": lambda one: evolve(one, id=5),
    "score bool": lambda one: evolve(one, score=True),
    "score text": lambda one: evolve(one, score="1"),
    "score numpy bool": lambda one: evolve(one, score=numpy.bool_(True)),
    "success int": lambda one: evolve(one, success=1),
    "terminated int": lambda one: evolve(one, terminated=1),
    "split none": lambda one: evolve(one, split=None),
    "outcome text": lambda one: evolve(one, outcome="solved"),
    "info list": lambda one: evolve(one, info=[1]),
    "key seed text": lambda one: evolve(one, key=evolve(one.key, seed="1")),
    "content none": lambda one: evolve(one, messages=(Message("user", None), *one.messages[1:])),  # type: ignore[arg-type]
    "loss text": lambda one: evolve(one, messages=(Message("user", "a", "yes"), *one.messages[1:])),  # type: ignore[arg-type]
    "reasoning int": lambda one: evolve(one, messages=(Message("user", "a", reasoning=1), *one.messages[1:])),  # type: ignore[arg-type]
    "call": lambda one: evolve(
        one, messages=(Message("user", "a", tool_calls=(ToolCall("1", "n", {}),)), *one.messages)
    ),  # type: ignore[arg-type]
    "observation bytes": lambda one: turn(one, observation=b"x"),
    "turn score text": lambda one: turn(one, score="1"),
    "turn score high": lambda one: turn(one, score=1.5),
    "turn success int": lambda one: turn(one, success=1),
    "notes": lambda one: turn(one, notes=(1,)),
    "notes list": lambda one: turn(one, notes=["a"]),
    "usage": lambda one: turn(one, usage=Usage("1")),  # type: ignore[arg-type]
    "tokens": lambda one: turn(one, tokens=Tokens(sampled=("a",))),  # type: ignore[arg-type]
    "tokens bool": lambda one: turn(one, tokens=Tokens(sampled=(True,))),
    "message index": lambda one: turn(one, message=99),
    "score high": lambda one: evolve(one, score=1.01),
    "score low": lambda one: evolve(one, score=-0.01),
    "solved without success": lambda one: evolve(one, outcome=Outcome.SOLVED, success=False),
    "failed with success": lambda one: evolve(one, outcome=Outcome.FAILED, success=True),
    "fault with a score": lambda one: evolve(one, outcome=Outcome.POLICY_FAULT, success=None, score=0.0),
    "cancelled with success": lambda one: evolve(one, outcome=Outcome.CANCELLED, score=None, success=True),
}


def turn(one: Trajectory, **values: Any) -> Trajectory:
    return evolve(one, turns=(evolve(one.turns[0], **values), *one.turns[1:]))


@pytest.mark.parametrize("name", WRONG)
def test_what_could_not_be_read_is_not_written(name: str, make_trajectory: Make, tmp_path: Path) -> None:
    with Run.create(tmp_path) as run:
        run.append(make_trajectory(1))
        with pytest.raises(StoreError):
            run.append(WRONG[name](make_trajectory(2)))
        run.append(make_trajectory(3))
    with Run.open(tmp_path) as run:
        assert len(list(run)) == 2


def test_what_holds_itself_or_is_deep_is_refused(make_trajectory: Make) -> None:
    holds: list[Any] = []
    holds.append(holds)
    deep: Any = 1
    for _ in range(5000):
        deep = {"a": deep}
    for value in (holds, deep):
        with pytest.raises(StoreError, match="nested deeper than"):
            encode(make_trajectory(info={"x": value}))


flips = st.tuples(st.integers(0, 10**6), st.integers(0, 7))


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips)
def test_a_flipped_bit_never_changes_what_is_read(make_trajectory: Make, flip: tuple[int, int]) -> None:
    one = make_trajectory()
    line = bytearray(seal(encode(one)).rstrip())
    line[flip[0] % len(line)] ^= 1 << flip[1]
    try:
        found = decode(bytes(line))
    except StoreError:
        return
    # Only where the flip took away the checksum's own name, and nothing else.
    assert found == one


def test_a_changed_line_is_told_with_its_place(make_trajectory: Make, tmp_path: Path) -> None:
    with Run.create(tmp_path) as run:
        for number in range(3):
            run.append(make_trajectory(number))
    file = tmp_path / "trajectories.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"split":"train"', b'"split":"eval"')
    file.write_bytes(b"".join(lines))
    run = Run.open(tmp_path)
    with pytest.raises(StoreError, match=r"trajectories\.jsonl, line 2: it was changed") as caught:
        list(run)
    assert "--skip-corrupt" in caught.value.hint
    with pytest.raises(StoreError, match="line 2"):
        run.finished()
    assert len(list(Run.open(tmp_path, skip_corrupt=True))) == 2


def test_lines_without_a_checksum_are_read(make_trajectory: Make, tmp_path: Path) -> None:
    with Run.create(tmp_path) as run:
        run.append(make_trajectory())
    file = tmp_path / "trajectories.jsonl"
    found = json.loads(file.read_bytes())
    assert len(found.pop("crc32")) == 8
    file.write_text(json.dumps(found) + "\n")
    assert list(Run.open(tmp_path)) == [make_trajectory()]


def test_every_type_that_the_reader_takes_the_writer_takes(make_trajectory: Make) -> None:
    one = turn(make_trajectory(), score=0, tokens=Tokens((1,), (2,), (-1,)), policy_seconds=2)
    assert decode(encode(one)) == one
    assert Turn(0, None, "").tokens is None
