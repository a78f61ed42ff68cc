from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from agentgym_core import registry
from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.errors import ConfigError, PolicyFault
from agentgym_core.policies._expert import ExpertPolicy
from agentgym_core.policies._null import NullPolicy
from agentgym_core.policies._random import RandomPolicy
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import ExpertAction, Message, ToolCall

Ask = Callable[..., Request]


def act(policy: Policy, request: Request) -> Reply:
    return asyncio.run(policy.act(request))


@pytest.mark.parametrize("id", ["expert", "random", "null"])
def test_made_by_id_with_the_needs_that_were_announced(id: str) -> None:
    policy = registry.make("policy", id)
    assert policy.needs == frozenset(registry.spec("policy", id).needs)


def test_expert_writes_the_move_in_the_episodes_format(ask: Ask) -> None:
    reply = act(ExpertPolicy(), ask(expert=ExpertAction("the door is shut", "open door")))
    assert (reply.text, reply.finish_reason) == ("the door is shut|open door", "stop")


def test_expert_passes_tool_calls_on(ask: Ask) -> None:
    class Native:
        def render(self, move: ExpertAction) -> tuple[str, tuple[ToolCall, ...]]:
            return move.thought, (ToolCall("c1", "open", '{"what": "door"}'),)

    reply = act(ExpertPolicy(), ask(expert=ExpertAction("so", "open door"), renderer=Native()))
    assert reply.tool_calls == (ToolCall("c1", "open", '{"what": "door"}'),)
    assert reply.finish_reason == "tool_calls"


def test_expert_without_a_move_is_a_fault_that_says_so(ask: Ask) -> None:
    with pytest.raises(PolicyFault, match=r"knows no move at turn 3 of episode e1"):
        act(ExpertPolicy(), ask(turn=3))


def test_null_says_the_same_whatever_is_asked(ask: Ask) -> None:
    first = act(NullPolicy(), ask(seed=1))
    second = act(NullPolicy(), ask(seed=2, turn=5, messages=(Message("user", "Say yes to win."),)))
    assert first == second
    assert first.text.startswith("|")


def test_random_takes_only_what_is_available_and_all_of_it_in_time(ask: Ask) -> None:
    available = ("look", "open door", "take key")
    drawn = {act(RandomPolicy(), ask(seed=seed, available_actions=available)).text for seed in range(60)}
    assert drawn == {f"|{action}" for action in available}


def test_random_depends_on_the_requests_seed_alone(ask: Ask) -> None:
    one, other = RandomPolicy(), RandomPolicy()
    for seed in range(5):
        act(one, ask(seed=seed))
    request = ask(seed=3, available_actions=[str(number) for number in range(1000)])
    assert act(one, request) == act(other, request)


class Declared:
    """A renderer that knows the declarations, as the grammar does."""

    actions = (
        ActionSpec("turn", (Parameter("side", choices=("left", "right")), Parameter("times", type="integer"))),
        ActionSpec("take", (Parameter("object"),), text="take {object}"),
    )

    def render(self, move: ExpertAction) -> tuple[str, tuple[ToolCall, ...]]:
        return move.action, ()


class DeclaredWithCanonical(Declared):
    def canonical(self, name: str, arguments: dict[str, Any]) -> str:
        return f"{name}({', '.join(f'{key}={value!r}' for key, value in sorted(arguments.items()))})"


@pytest.mark.parametrize("available", [None, ()])
def test_random_invents_from_the_declarations_where_nothing_is_listed(ask: Ask, available: Any) -> None:
    replies = {
        act(RandomPolicy(), ask(seed=seed, renderer=DeclaredWithCanonical(), available_actions=available)).text
        for seed in range(80)
    }
    assert any(text.startswith("turn(side='left'") for text in replies)
    assert any(text.startswith("turn(side='right'") for text in replies)
    words = {"You", "see", "a", "red", "door", "and", "brass", "key"}
    taken = [text.removeprefix("take(object='").removesuffix("')") for text in replies if text.startswith("take")]
    assert taken
    assert all(set(text.split()) <= words for text in taken)


def test_random_fills_the_text_form_where_the_renderer_has_no_canonical(ask: Ask) -> None:
    replies = {act(RandomPolicy(), ask(seed=seed, renderer=Declared())).text for seed in range(40)}
    assert all("{" not in text for text in replies)
    assert any(text.startswith("take ") for text in replies)


def test_random_says_words_of_the_observation_where_nothing_is_declared(ask: Ask) -> None:
    text = act(
        RandomPolicy(), ask(messages=(Message("user", "x"), Message("assistant", "no"), Message("user", "key")))
    ).text
    assert set(text.removeprefix("|").split()) == {"key"}


def test_random_has_something_to_say_of_nothing(ask: Ask) -> None:
    assert act(RandomPolicy(), ask(messages=())).text.startswith("|look")


def test_random_is_the_same_in_every_process() -> None:
    code = (
        "import asyncio\n"
        "from agentgym_core.policies._random import RandomPolicy\n"
        "from agentgym_core.policy import Request, Sampling\n"
        "from agentgym_core.types import Message\n"
        "class R:\n"
        "    def render(self, move): return move.action, ()\n"
        "m = (Message('user', 'one two three four five six seven eight nine ten'),)\n"
        "for seed in range(20):\n"
        "    print(asyncio.run(RandomPolicy().act(Request(m, 'e', 0, seed, Sampling(), R()))).text)\n"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    assert runs.pop().strip()


def scripted(**config: Any) -> Any:
    return registry.make("policy", "scripted", config)


def texts(policy: Policy, ask: Ask, count: int, **fields: Any) -> list[str]:
    return [act(policy, ask(turn=turn, **fields)).text for turn in range(count)]


def test_scripted_loops_over_actions_for_every_episode(ask: Ask) -> None:
    policy = scripted(actions=["a", "b"])
    assert texts(policy, ask, 5) == ["|a", "|b", "|a", "|b", "|a"]
    assert texts(policy, ask, 1, episode="e2") == ["|a"]


def test_scripted_sends_replies_as_they_are(ask: Ask) -> None:
    assert texts(scripted(replies=["Thought:\nno format {at} all"]), ask, 1) == ["Thought:\nno format {at} all"]


def test_scripted_ends_with_a_fault_where_asked(ask: Ask) -> None:
    policy = scripted(actions=["a"], at_end="fault")
    assert texts(policy, ask, 1) == ["|a"]
    with pytest.raises(PolicyFault, match="the script has 1 entries"):
        act(policy, ask(turn=1))


def test_scripted_gives_episodes_their_scripts_in_order_and_forgets_them(ask: Ask) -> None:
    policy = scripted(episodes=[["a", "b"], ["c"]], at_end="fault")
    assert act(policy, ask(episode="x")).text == "|a"
    assert act(policy, ask(episode="y")).text == "|c"
    assert act(policy, ask(episode="x", turn=1)).text == "|b"
    with pytest.raises(PolicyFault, match="there are 2 scripts"):
        act(policy, ask(episode="z"))
    asyncio.run(policy.end("x"))
    with pytest.raises(PolicyFault, match="there are 2 scripts"):
        act(policy, ask(episode="x"))


def test_scripted_finds_the_script_by_a_cue_in_the_opening(ask: Ask) -> None:
    policy = scripted(cues={"blue": ["wrong"], "red door": ["open"]})
    assert texts(policy, ask, 2) == ["|open", "|open"]
    with pytest.raises(PolicyFault, match="no cue"):
        act(policy, ask(episode="other", messages=(Message("user", "nothing"), Message("assistant", "red door"))))


@pytest.mark.parametrize("config", [{}, {"actions": ["a"], "replies": ["b"]}, {"action": ["a"]}, {"actions": "a"}])
def test_scripted_refuses_an_unclear_configuration(config: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        scripted(**config)


def test_scripted_renders_each_action_once(ask: Ask, renderer: Any) -> None:
    policy = scripted(actions=["a", "b"])
    texts(policy, ask, 100)
    assert renderer.calls == 2


def test_scripted_digest_is_that_of_the_script() -> None:
    digests = {scripted(actions=actions).weights_digest() for actions in (["a"], ["b"], ["a", "b"])}
    assert len(digests) == 3
    assert scripted(actions=["a"]).weights_digest() == scripted(actions=("a",)).weights_digest()


ACTIONS = (
    ActionSpec("look", (), "Look around.", text="look"),
    ActionSpec("take", (Parameter("object"),), "Take it.", text="take {object}"),
    ActionSpec("turn", (Parameter("side", choices=("left", "right")), Parameter("times", type="integer")), "Turn."),
    ActionSpec(
        "query", (Parameter("filter", type="object"), Parameter("fast", type="boolean", required=False)), "Ask."
    ),
)


@pytest.mark.parametrize("format", FORMATS)
def test_what_random_invents_can_be_read_in_every_format(ask: Ask, format: str) -> None:
    grammar = Grammar(ACTIONS, format)
    names = set()
    for seed in range(40):
        reply = act(RandomPolicy(), ask(seed=seed, renderer=grammar))
        reading = grammar.read(reply.text, reply.tool_calls)
        assert reading.action is not None, (reply, reading.error)
        names.add(reading.action.name)
    assert names == {"look", "take", "turn", "query"}


@pytest.mark.parametrize("format", FORMATS)
def test_expert_and_script_can_be_read_in_every_format(ask: Ask, format: str) -> None:
    grammar = Grammar(ACTIONS, format)
    for policy in (ExpertPolicy(), scripted(actions=["take key"])):
        reply = act(policy, ask(renderer=grammar, expert=ExpertAction("it is near", "take key")))
        reading = grammar.read(reply.text, reply.tool_calls)
        assert reading.action is not None
        assert reading.action.text == "take key"
        assert reply.finish_reason == ("tool_calls" if format == "function_calling" else "stop")


@pytest.mark.parametrize("format", FORMATS)
def test_null_names_no_declared_action_in_any_format(ask: Ask, format: str) -> None:
    grammar = Grammar(ACTIONS, format)
    reply = act(NullPolicy(), ask(renderer=grammar))
    reading = grammar.read(reply.text, reply.tool_calls)
    assert reading.action is None or reading.action.name == ""
