"""Constrained replies: a model with random weights says nothing that cannot be read as an action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import AgentGymError, ComponentUnavailable, ConfigError
from agentgym_core.policy import Reply, Request
from agentgym_core.settings import Sampling
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import Message

FORMATS = ["react", "json", "code_as_action"]
OWN = (
    ActionSpec("run", (Parameter("query", multiline=True),), "Run SQL.", text="run {query}"),
    ActionSpec(
        "book",
        (
            Parameter("room", type="integer"),
            Parameter("guests", type="array"),
            Parameter("late", type="boolean"),
            Parameter("price", type="number", required=False),
            Parameter("kind", choices=('a "b"', "c\\d")),
        ),
    ),
)


def declared(environment: str) -> tuple[ActionSpec, ...]:
    if environment == "own":
        return OWN
    try:
        return tuple(resolve_environment(environment).description.actions)
    except AgentGymError:
        pytest.skip(f"needs the environment {environment}: make setup")


def ask(policy: Any, grammar: Grammar, number: int, *, temperature: float = 1.0, max_tokens: int = 1500) -> Reply:
    sampling = Sampling(temperature=temperature, max_tokens=max_tokens)
    messages = (Message("user", f"Play game {number}."),)
    (reply,) = policy.act_batch([Request(messages, f"e{number}", 0, number, sampling, grammar)])
    if isinstance(reply, Exception):
        raise reply
    assert isinstance(reply, Reply)
    return reply


@pytest.mark.parametrize("environment", ["textcraft", "maze", "babyai", "own"])
@pytest.mark.parametrize("format", FORMATS)
def test_every_reply_reads_as_a_declared_action(environment: str, format: str, make_policy: Callable[..., Any]) -> None:
    pytest.importorskip("llguidance", reason="needs llguidance: pip install 'llguidance>=1.3'")
    grammar = Grammar(declared(environment), format)
    policy = make_policy("llama", constrain=True, thought_characters=12)
    for number in range(6):
        reply = ask(policy, grammar, number, temperature=0.0 if number == 5 else 1.0)
        assert reply.finish_reason == "stop"
        reading = grammar.read(reply.text)
        assert reading.action is not None, reply.text
        assert reading.action.name, reply.text
        assert reply.tokens is not None
        assert len(reply.tokens.sampled) == len(reply.tokens.logprobs)


def test_constrained_and_free_replies_stand_in_one_batch_order(make_policy: Callable[..., Any]) -> None:
    pytest.importorskip("llguidance")
    grammar = Grammar(declared("own"), "json")
    policy = make_policy("llama", constrain=True, thought_characters=0)
    requests = [
        Request((Message("user", f"Game {n}"),), f"e{n}", 0, n, Sampling(max_tokens=900), grammar) for n in range(5)
    ]
    together = [reply.text for reply in policy.act_batch(requests) if isinstance(reply, Reply)]
    alone = [make_policy("llama", constrain=True, thought_characters=0).act_batch([r])[0].text for r in requests]
    assert together == alone


def test_it_decides_the_episodes_key(make_policy: Callable[..., Any]) -> None:
    pytest.importorskip("llguidance")
    settings: list[dict[str, Any]] = [{}, {"constrain": True}, {"top_k": 5}, {"min_p": 0.1}]
    assert len({make_policy(**each).weights_digest() for each in settings}) == len(settings)


def test_what_cannot_be_enforced_is_refused_with_words(
    make_policy: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="tool_choice = 'required' cannot be enforced"):
        make_policy(tool_choice="required")
    pytest.importorskip("llguidance")
    with pytest.raises(ConfigError, match="form of native tool calls"):
        ask(make_policy(constrain=True), Grammar(OWN, "function_calling"), 0)
    monkeypatch.setitem(__import__("sys").modules, "llguidance.hf", None)
    with pytest.raises(ComponentUnavailable, match="needs the package llguidance"):
        make_policy(constrain=True)
