"""What may be drawn: sent in the endpoint's own fields, or refused with words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.errors import ConfigError
from agentgym_core.policy import Request
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_policy_openai.config import OpenAIConfig
from agentgym_policy_openai.policy import OpenAIPolicy

ACTIONS = (ActionSpec("move", (Parameter("direction", choices=("left", "right")),), text="move {direction}"),)
TOOL = {"type": "function", "function": {"name": "move", "parameters": {"type": "object", "properties": {}}}}


@pytest.fixture
def sent(stub: Any) -> Callable[..., dict[str, Any]]:
    """The body of a request, asked with these settings."""

    def ask_it(request: Request, **config: Any) -> dict[str, Any]:
        async def run() -> None:
            async with OpenAIPolicy(OpenAIConfig(model="m", base_url=stub.url, **config)) as policy:
                await policy.act(request)

        stub.plan = [stub.says()]
        asyncio.run(run())
        body: dict[str, Any] = stub.requests[-1]
        return body

    return ask_it


def test_top_k_and_min_p(sent: Any, ask: Any) -> None:
    body = sent(ask(), top_k=20, min_p=0.05)
    assert (body["top_k"], body["min_p"]) == (20, 0.05)
    assert not {"top_k", "min_p", "tool_choice", "response_format"} & set(sent(ask()))


def test_a_choice_of_tools(sent: Any, ask: Any) -> None:
    request = ask(tools=(TOOL,))
    assert sent(request, tool_choice="required")["tool_choice"] == "required"
    assert sent(request, tool_choice="move")["tool_choice"] == {"type": "function", "function": {"name": "move"}}
    with pytest.raises(ConfigError, match="no tools are sent"):
        sent(ask(), tool_choice="required")


def test_a_json_schema(sent: Any, ask: Any) -> None:
    body = sent(ask(renderer=Grammar(ACTIONS, "json")), constrain=True, thought_characters=50)
    schema = body["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["function_name"]["enum"] == ["move"]
    assert schema["properties"]["thought"] == {"type": "string", "maxLength": 50}
    assert schema["properties"]["arguments"]["properties"]["direction"]["enum"] == ["left", "right"]
    assert schema["required"] == ["thought", "function_name", "arguments"]
    assert (
        "thought"
        not in sent(ask(renderer=Grammar(ACTIONS, "json")), constrain=True, thought_characters=0)["response_format"][
            "json_schema"
        ]["schema"]["properties"]
    )


@pytest.mark.parametrize("format", ["react", "json", "code_as_action"])
def test_a_grammar_in_the_servers_own_field(sent: Any, ask: Any, format: str) -> None:
    request = ask(renderer=Grammar(ACTIONS, format))
    plain = sent(request, constrain=True, constrain_with="grammar")["grammar"]
    assert plain.startswith("root ::= ")
    assert "left" in plain
    body = sent(request, constrain=True, constrain_with="structured_outputs", extra_body={"add": 1})
    assert body["structured_outputs"] == {"grammar": plain}
    assert body["add"] == 1


def test_what_cannot_be_constrained_is_refused_with_words(sent: Any, ask: Any) -> None:
    with pytest.raises(ConfigError, match="JSON schema cannot say"):
        sent(ask(renderer=Grammar(ACTIONS, "react")), constrain=True)
    with pytest.raises(ConfigError, match="native tool calls"):
        sent(ask(renderer=Grammar(ACTIONS, "function_calling")), constrain=True)
    with pytest.raises(ConfigError, match="names no actions"):
        sent(ask(), constrain=True)


def test_they_stand_in_an_episodes_key() -> None:
    settings: list[dict[str, Any]] = [{}, {"top_k": 3}, {"min_p": 0.1}, {"constrain": True}, {"tool_choice": "none"}]
    made = [OpenAIPolicy(OpenAIConfig(model="m", base_url="http://localhost:1/v1", **each)) for each in settings]
    assert len({policy.weights_digest() for policy in made}) == len(settings)
