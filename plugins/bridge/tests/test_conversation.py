"""A conversation in another's loop says what the rollout of `agentgym eval` says, and its rewards add up to the score."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")

from agentgym_bridge.conversation import Conversation
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.rollout import RolloutSettings, make_environment, rollout
from agentgym_core.rollout.settings import Job
from agentgym_core.types import Message, ToolCall, Trajectory

TASK = "textcraft-crafting_table"
MOVES = (
    "get 1 oak logs",
    "craft 4 oak planks using 1 oak logs",
    "craft 1 crafting table using 4 oak planks",
    "inventory",
)
TEXTS = st.sampled_from([f"Thought: on.\nAction: {move}" for move in MOVES] + ["I do not know.", "Action: dance", ""])
CALLS = st.sampled_from(
    [
        ("get", {"quantity": 1, "item": "oak logs"}),
        ("inventory", {}),
        ("get", {"item": 3}),
        ("fly", {}),
    ]
)


class Says(Policy):
    """The n-th reply in turn n."""

    def __init__(self, replies: list[Reply]) -> None:
        self.replies = replies

    async def act(self, request: Request) -> Reply:
        return self.replies[request.turn]


def judged(replies: list[Reply], form: str, style: str) -> Trajectory:
    source = resolve_environment("textcraft")
    how = RolloutSettings(action_format=form, style=style, max_rounds=len(replies), concurrency=1)  # type: ignore[arg-type]
    done = asyncio.run(rollout([Job(source, source.find(TASK))], Says(replies), how, policy_id="says"))
    return done.trajectories[0]


def talked(replies: list[Reply], form: str, style: str) -> tuple[list[Message], list[float], Any, bool]:
    with make_environment("textcraft") as game:
        talk = Conversation(game.description, form, style, len(replies))
        said = [*talk.opening, talk.begin(game.reset(TASK), game.available_actions())]
        rewards = []
        for reply in replies:
            said.append(Message("assistant", reply.text, True, reply.tool_calls, reasoning=reply.reasoning))
            action = talk.read(reply.text, reply.tool_calls)
            turn = talk.turn(None if action is None else game.step(action), game.available_actions())
            said += turn.messages
            rewards.append(turn.reward)
            if turn.ended:
                break
        return said, rewards, talk.tally, turn.truncated


def reply_of(calls: list[tuple[str, dict[str, Any]]]) -> Reply:
    made = [ToolCall(f"c{number}", name, json.dumps(arguments)) for number, (name, arguments) in enumerate(calls)]
    return Reply("", tuple(made), finish_reason="tool_calls" if made else "stop")


def same(replies: list[Reply], form: str, style: str) -> None:
    trajectory = judged(replies, form, style)
    said, rewards, tally, truncated = talked(replies, form, style)
    # A reply that ends by its number is answered in the record alone: nobody is asked any more.
    assert said == list(trajectory.messages)[: len(said)]
    assert not any(message.role == "assistant" for message in trajectory.messages[len(said) :])
    assert sum(rewards) == pytest.approx(trajectory.score)
    assert (tally.score, tally.turns) == (trajectory.score, len(trajectory.turns))
    assert tally.actions == tuple(trajectory.actions)
    assert tally.unread == sum(turn.action is None for turn in trajectory.turns)
    assert (tally.success, truncated) == (trajectory.success, trajectory.truncated)


@settings(max_examples=15)
@given(texts=st.lists(TEXTS, min_size=1, max_size=6), style=st.sampled_from(["default", "direct", "bare"]))
def test_texts_are_answered_as_the_judge_answers_them(texts: list[str], style: str) -> None:
    same([Reply(text) for text in texts], "react", style)


@settings(max_examples=15)
@given(turns=st.lists(st.lists(CALLS, max_size=3), min_size=1, max_size=5))
def test_tool_calls_are_answered_as_the_judge_answers_them(turns: list[list[tuple[str, dict[str, Any]]]]) -> None:
    same([reply_of(calls) for calls in turns], "function_calling", "default")


def test_a_solved_episode_earns_one_and_ends() -> None:
    replies = [Reply(f"Action: {move}") for move in MOVES]
    said, rewards, tally, truncated = talked(replies, "react", "direct")
    assert rewards == [0.0, 0.0, 1.0]
    assert (tally.success, truncated) == (True, False)
    assert said[-1].role == "assistant"


def test_begin_forgets_the_last_episode() -> None:
    with make_environment("textcraft") as game:
        talk = Conversation(game.description)
        talk.begin(game.reset(TASK))
        talk.read("nonsense")
        talk.turn(None)
        assert talk.tally.unread == 1
        talk.begin(game.reset(TASK))
        assert (talk.tally.turns, talk.tally.unread) == (0, 0)


def test_an_unknown_format_or_style_is_refused() -> None:
    description = resolve_environment("textcraft").description
    with pytest.raises(ConfigError, match="no action format"):
        Conversation(description, "prose")
    with pytest.raises(ConfigError, match="nowhere"):
        Conversation(description, style="nowhere.json")
