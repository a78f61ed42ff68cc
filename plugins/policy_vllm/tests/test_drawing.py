"""What may be drawn: handed to the engine, or refused with words."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from attrs import evolve

from agentgym_core.actions import Grammar
from agentgym_core.errors import ConfigError
from agentgym_core.policy import Request
from agentgym_core.settings import Sampling
from agentgym_core.specs import ActionSpec
from agentgym_core.types import Message
from agentgym_policy_vllm.config import VllmConfig
from agentgym_policy_vllm.policy import VllmPolicy

REQUEST = Request(
    (Message("user", "first"),), "e", 0, 1, Sampling(max_tokens=20), Grammar((ActionSpec("wait", text="wait"),))
)


def test_the_engine_gets_a_grammar_of_the_actions(play: Any) -> None:
    played = play(constrain=True)
    asyncio.run(played.policy.act(REQUEST))
    (grammar,) = played.engine.grammars
    assert grammar.startswith("root ::= ")
    assert '"wait"' in grammar
    free = play(model=played.policy._folder)
    asyncio.run(free.policy.act(REQUEST))
    assert free.engine.grammars == [""]
    assert free.policy.weights_digest() != played.policy.weights_digest()


def test_what_cannot_be_enforced_is_refused_with_words(play: Any) -> None:
    with pytest.raises(ConfigError, match="tool_choice = 'required' cannot be enforced"):
        VllmPolicy(VllmConfig(model="models/any", tool_choice="required"))
    request = evolve(REQUEST, renderer=Grammar((ActionSpec("wait", text="wait"),), "function_calling"))
    with pytest.raises(ConfigError, match="native tool calls"):
        asyncio.run(play(constrain=True).policy.act(request))
