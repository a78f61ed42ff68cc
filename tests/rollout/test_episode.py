"""One episode: what is said, what is kept, how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError, EnvironmentFault
from agentgym_core.policy import Reply, Request
from agentgym_core.prompts import PromptStyle
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import Sampling
from agentgym_core.types import Message, Outcome, ToolCall, Trajectory, Usage

Make = Callable[..., EnvironmentSource]


def play(source: EnvironmentSource, policy: Any, task: str = "t0", **settings: Any) -> Trajectory:
    job = Job(source, source.find(task))
    summary = collect([job], policy, RolloutSettings(max_failed_fraction=1.0, **settings), policy_id="p")
    (trajectory,) = summary.trajectories
    return trajectory


def test_solved(source: Make, zoo: Any) -> None:
    episode = play(source(), zoo.Says())
    assert episode.outcome is Outcome.SOLVED
    assert (episode.score, episode.success, episode.terminated, episode.truncated) == (1.0, True, True, False)
    assert [turn.score for turn in episode.turns] == [1 / 3, 2 / 3, 1.0]
    assert episode.actions == ("add 1",) * 3
    assert episode.opening == f"Task t0, seed {episode.key.seed}."
    assert episode.messages[-1].role == "assistant"
    assert episode.messages[-1].loss is True
    assert [episode.messages[turn.message].role for turn in episode.turns] == ["assistant"] * 3
    assert (episode.split, episode.kind, episode.id) == ("train", "count", episode.key.digest)


def test_failed_keeps_the_score(source: Make, zoo: Any) -> None:
    episode = play(source(), zoo.Says(lambda request: "Action:\nadd 1" if request.turn == 0 else "Action:\nfail"))
    assert episode.outcome is Outcome.FAILED
    assert episode.score == pytest.approx(1 / 3)
    assert episode.success is False


def test_out_of_rounds(source: Make, zoo: Any) -> None:
    episode = play(source(length=50), zoo.Says(), max_rounds=4)
    assert (episode.outcome, episode.truncation, episode.truncated) == (Outcome.TRUNCATED, "rounds", True)
    assert episode.score == pytest.approx(4 / 50)
    assert len(episode.turns) == 4


def test_the_descriptions_rounds_hold(source: Make, zoo: Any) -> None:
    assert len(play(source(length=50, rounds=5), zoo.Says()).turns) == 5


def test_an_unreadable_reply_costs_a_round_and_keeps_the_score(source: Make, zoo: Any) -> None:
    policy = zoo.Says(lambda request: "mumble" if request.turn == 1 else "Action:\nadd 1")
    episode = play(source(length=50), policy, max_rounds=3, action_format="json")
    # Another form than the one asked for is read too, and says so.
    assert [turn.action for turn in episode.turns] == ["add 1", None, "add 1"]
    assert episode.turns[0].notes == ("not in the form of json",)
    assert episode.turns[1].error
    assert "  " not in episode.turns[1].observation
    assert episode.turns[1].observation.endswith(". Nothing was done.")
    policy = zoo.Says(
        lambda request: "{]" if request.turn == 1 else '{"function_name": "add", "arguments": {"number": "1"}}'
    )
    episode = play(source(length=50), policy, max_rounds=3, action_format="json")
    assert [turn.action for turn in episode.turns] == ["add 1", None, "add 1"]
    assert [turn.score for turn in episode.turns] == [1 / 50, 1 / 50, 2 / 50]
    assert episode.turns[1].error
    told = episode.messages[episode.turns[1].message + 1]
    assert told.role == "user"
    assert episode.turns[1].error in told.content


def test_native_calls_are_answered_each(source: Make, zoo: Any) -> None:
    calls = (ToolCall("a", "add", '{"number": "1"}'), ToolCall("b", "add", '{"number": "1"}'))
    policy = zoo.Says(lambda request: Reply("", calls, finish_reason="tool_calls"))
    episode = play(source(), policy, action_format="function_calling")
    assert episode.outcome is Outcome.SOLVED
    assert len(episode.turns) == 3
    first = episode.turns[0].message
    assert episode.messages[first].tool_calls == calls
    answers = episode.messages[first + 1 : first + 3]
    assert [(message.role, message.tool_call_id) for message in answers] == [("tool", "a"), ("tool", "b")]
    assert "count 1" in answers[0].content
    assert "not run" in answers[1].content
    assert policy.requests[0].tools


def test_unreadable_native_calls_are_answered_too(source: Make, zoo: Any) -> None:
    calls = (ToolCall("a", "add", "{"), ToolCall("b", "nothing", "{}"))
    episode = play(source(), zoo.Says(lambda _: Reply("", calls)), action_format="function_calling", max_rounds=2)
    answered = [message.tool_call_id for message in episode.messages if message.role == "tool"]
    assert answered == ["a", "b", "a", "b"] or episode.turns[0].action is not None


def test_style_is_sent_word_for_word(source: Make, zoo: Any) -> None:
    style = PromptStyle("s", (Message("system", "{braces}"),), "FIRST ", "NEXT ", " END", " CAN: ")
    episode = play(source(), zoo.Says(), style=style)
    assert [m.content for m in episode.messages if m.role != "assistant"] == [
        "{braces}",
        f"FIRST {episode.opening} CAN: add 1, fail END",
        "NEXT count 1 CAN: add 1, fail END",
        "NEXT count 2 CAN: add 1, fail END",
    ]
    hidden = play(source(), zoo.Says(), style=style, show_actions=False)
    assert "CAN" not in hidden.messages[1].content
    assert hidden.key.prompt_style != episode.key.prompt_style


def test_direct_puts_no_words_into_the_mouth_of_the_policy(source: Make, zoo: Any) -> None:
    default, policy = play(source(), zoo.Says()), zoo.Says()
    direct = play(source(), policy, style="direct")
    assert [message.role for message in policy.requests[0].messages] == ["user"]
    assert direct.messages[0].content == f"{default.messages[0].content}\n\n{default.messages[2].content}"
    assert direct.actions == default.actions
    assert direct.key.prompt_style != default.key.prompt_style


def test_requests(source: Make, zoo: Any) -> None:
    policy = zoo.Says()
    policy.needs = frozenset({"expert", "available_actions"})
    episode = play(source(), policy, sampling=Sampling(temperature=0.3))
    requests: list[Request] = policy.requests
    assert [request.turn for request in requests] == [0, 1, 2]
    assert len({request.seed for request in requests}) == 3
    assert {request.episode for request in requests} == {episode.id} == set(policy.ended)
    assert requests[0].available_actions == ("add 1", "fail")
    assert requests[2].expert is not None
    assert requests[2].expert.thought == "I am at 2."
    assert requests[0].sampling.temperature == 0.3
    assert [len(request.messages) for request in requests] == sorted({len(request.messages) for request in requests})
    bare = zoo.Says()
    play(source(), bare)
    assert bare.requests[0].expert is None
    assert bare.requests[0].available_actions is None


def test_context(source: Make, zoo: Any) -> None:
    policy = zoo.Says(lambda request: Reply("Action:\nadd 1", usage=Usage(100 * (request.turn + 1), 20, 0.5)))
    policy.context_tokens = 300
    episode = play(source(length=50), policy, sampling=Sampling(max_tokens=50))
    # 220 tokens and 50 more fit into 300 after the second turn; 320 after the third do not.
    assert (episode.outcome, episode.truncation, len(episode.turns)) == (Outcome.TRUNCATED, "context", 3)
    assert episode.messages[-1].role == "user"
    assert episode.usage == Usage(600, 60, 1.5)
    policy.count_tokens = lambda messages: 10_000
    assert play(source(), policy).truncation == "context"


@pytest.mark.parametrize(
    ("name", "stage", "type"),
    [
        ("RaisesInStep", "step", "ZeroDivisionError"),
        ("RaisesInReset", "reset", "LookupError"),
        ("RaisesInInit", "open", "OSError"),
        ("ExitsInStep", "step", "SystemExit"),
    ],
)
@pytest.mark.parametrize("place", ["inline", "thread", "process"])
def test_environment_faults(source: Make, zoo: Any, choice: Any, name: str, stage: str, type: str, place: str) -> None:
    policy = zoo.Says()
    episode = play(source(name), policy, "t1", placement=choice(place))
    assert (episode.outcome, episode.score, episode.success) == (Outcome.ENVIRONMENT_FAULT, None, None)
    fault = episode.fault
    assert fault is not None
    assert (fault.stage, fault.type, fault.attempts) == (stage, type, 1)
    assert fault.component == source(name).spec.id
    assert "rollout_zoo.py" in fault.traceback
    assert policy.ended == [episode.id]
    if name == "RaisesInStep":
        assert fault.turn == 1
        assert len(episode.turns) == 2


@pytest.mark.parametrize(
    ("answer", "type"),
    [
        (ValueError("no idea"), "ValueError"),
        (asyncio.CancelledError(), "RuntimeError"),
        (Reply(text=None), "TypeError"),  # type: ignore[arg-type]
    ],
)
def test_policy_faults(source: Make, zoo: Any, answer: Any, type: str) -> None:
    policy = zoo.Says(lambda request: answer if request.turn == 1 else "Action:\nadd 1")
    episode = play(source(), policy)
    assert (episode.outcome, episode.score) == (Outcome.POLICY_FAULT, None)
    assert episode.fault is not None
    assert (episode.fault.stage, episode.fault.type, episode.fault.turn) == ("act", type, 1)
    assert len(episode.turns) == 1
    assert policy.ended == [episode.id]


def test_a_policy_that_hangs(source: Make, zoo: Any) -> None:
    class Hangs(zoo.Says):  # type: ignore[misc]
        async def act(self, request: Request) -> Reply:
            await asyncio.Event().wait()
            raise AssertionError

    policy = Hangs()
    episode = play(source(), policy, policy_seconds=0.05)
    assert episode.outcome is Outcome.POLICY_FAULT
    assert episode.fault is not None
    assert episode.fault.type == "TimeoutError"
    assert "policy_seconds" in episode.fault.message
    assert policy.ended == [episode.id]


def test_what_cannot_be_stored_is_a_fault_and_the_run_goes_on(source: Make, zoo: Any, tmp_path: Any) -> None:
    from agentgym_core.store import Run

    bad = source("BadInfo")
    jobs = [Job(bad, task) for task in bad.tasks("train")[:3]]
    with Run.create(tmp_path / "run", {}) as run:
        collect(jobs, zoo.Says(), RolloutSettings(max_failed_fraction=1.0), policy_id="p", run=run)
        kept = {episode.key.task: episode for episode in run.trajectories()}
    assert [kept[id].outcome for id in ("t0", "t1", "t2")] == [
        Outcome.SOLVED,
        Outcome.ENVIRONMENT_FAULT,
        Outcome.SOLVED,
    ]
    assert kept["t1"].fault is not None
    assert "object" in kept["t1"].fault.message


def test_faults_stop_the_run_by_default(source: Make, zoo: Any) -> None:
    faulty = source("RaisesInStep")
    jobs = [Job(faulty, task) for task in faulty.tasks("train")]
    seen: list[Trajectory] = []
    with pytest.raises(EnvironmentFault, match="the engine broke") as caught:
        collect(jobs, zoo.Says(), RolloutSettings(concurrency=4), policy_id="p", on_episode=seen.append)
    assert "ZeroDivisionError" in str(caught.value)
    assert len(seen) < len(jobs)
    assert all(episode.outcome is not Outcome.CANCELLED for episode in seen)
    summary = collect(jobs, zoo.Says(), RolloutSettings(max_failed_fraction=0.1), policy_id="p")
    assert summary.outcomes == {Outcome.SOLVED: 39, Outcome.ENVIRONMENT_FAULT: 1}


def test_settings_are_checked() -> None:
    for wrong in ({"concurrency": 0}, {"samples": 0}, {"max_cost": -1}, {"wave": 0}, {"attempts": float("nan")}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            RolloutSettings(**wrong)
