"""Any step that the types allow comes through every placement as it is in the caller's thread, and is stored and read back."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from agentgym_core import make_environment, resolve_environment
from agentgym_core.errors import EnvironmentFault
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import decode, encode
from agentgym_core.types import EpisodeKey, Message, Outcome, Step, Trajectory, Turn
from agentgym_testing.strategies import replies, steps


@pytest.fixture(scope="module")
def echo() -> Any:
    return importlib.import_module("echo")


Answer = Step | str


@contextmanager
def living(echo: Any, placement: str) -> Iterator[Callable[[Step], Answer]]:
    """Has an environment in a placement answer a step: the step, or what is wrong with it."""
    choice = ComponentChoice(placement, {"hosts": 1} if placement == "process" else {})
    with make_environment(resolve_environment(echo.EchoEnvironment), placement=choice) as environment:

        def answer(step: Step) -> Answer:
            environment.reset("echo")
            try:
                return environment.step(echo.said(step))
            except EnvironmentFault as fault:
                return fault.message.rpartition("'echo' ")[2]

        yield answer


@pytest.fixture(scope="module")
def inline(echo: Any) -> Iterator[Callable[[Step], Answer]]:
    with living(echo, "inline") as answer:
        yield answer


@pytest.fixture(scope="module", params=["inline", "thread", "process"])
def ask(request: pytest.FixtureRequest, echo: Any) -> Iterator[Callable[[Step], Answer]]:
    with living(echo, request.param) as answer:
        yield answer


def usual(value: Any) -> bool:
    """Whether a value needs no mending: no half characters, no number of more than 64 bits."""
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    if isinstance(value, dict):
        return all(usual(key) and usual(item) for key, item in value.items())
    return all(map(usual, value)) if isinstance(value, list) else True


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
# What is wrong with it quotes half a character: a host that could not say so never answered.
@example(Step("x", info={"\ud80d": 10**30}))
def test_any_step_comes_through(ask: Callable[[Step], Answer], inline: Callable[[Step], Answer], step: Step) -> None:
    found = ask(step)
    assert found == inline(step)
    if usual(step.observation) and usual(step.info):
        assert found == step
    if isinstance(found, str):
        return
    turn = Turn(0, "say", found.observation, found.score, info=found.info, success=found.success)
    key = EpisodeKey("echo", "", "echo", 0)
    one = Trajectory("1", key, "train", Outcome.FAILED, (Message("assistant", ""),), (turn,))
    assert decode(encode(one)) == one


@settings(max_examples=100)
@given(replies)
def test_any_reply_is_stored_and_read_back(reply: Any) -> None:
    spoken = Message("assistant", reply.text, True, reply.tool_calls, reasoning=reply.reasoning)
    turn = Turn(
        0,
        None,
        "",
        usage=reply.usage,
        tokens=reply.tokens,
        finish_reason=reply.finish_reason,
        weights_version=reply.weights_version,
    )
    one = Trajectory("1", EpisodeKey("echo", "", "echo", 0), "train", Outcome.FAILED, (spoken,), (turn,))
    assert decode(encode(one)) == one
