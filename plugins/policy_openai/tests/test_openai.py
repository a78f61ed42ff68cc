from __future__ import annotations

import asyncio
import email.utils
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from attrs import evolve

pytest.importorskip("openai", reason="the extra `openai` is not installed")

from agentgym_core import registry
from agentgym_core.environment import Description, Environment
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import AgentGymError, ConfigError, ContextOverflow, PolicyFault
from agentgym_core.policy import Reply, Request
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice, Sampling
from agentgym_core.types import Action, Message, Outcome, Step, Task, Tokens, ToolCall, Usage
from agentgym_policy_openai.config import OpenAIConfig
from agentgym_policy_openai.policy import OpenAIPolicy

Ask = Callable[..., Request]
KEY = "sk-very-secret-123"
TOOL = {"type": "function", "function": {"name": "go", "parameters": {"type": "object", "properties": {}}}}


class Waits(list[float]):
    """Notes how long the policy wanted to wait, and does not."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def talk(
    config: dict[str, Any], *requests: Request, sleep: Callable[[float], Awaitable[None]] | None = None
) -> list[Reply]:
    async def run() -> list[Reply]:
        async with OpenAIPolicy(
            OpenAIConfig(**{"model": "m", **config}), Waits() if sleep is None else sleep
        ) as policy:
            return [await policy.act(request) for request in requests]

    return asyncio.run(run())


@pytest.fixture(params=[False, True], ids=["whole", "streamed"])
def streamed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


# --- what is sent ---


def test_the_latest_pictures_go_as_image_parts(stub: Any, ask: Ask) -> None:
    def image(content: str) -> dict[str, Any]:
        return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{content}"}}

    call = ToolCall("c", "go", "{}")
    messages = (
        Message("user", "one"),
        Message("assistant", "", True, (call,)),
        Message("tool", "two", tool_call_id="c"),
        Message("tool", "not run", tool_call_id="d"),
        Message("user", "three"),
    )
    request = evolve(ask(), messages=messages, pictures={0: b"first", 2: b"second", 4: b"third"})
    stub.plan = [stub.says()] * 2
    talk({"base_url": stub.url, "images": 2}, request)
    talk({"base_url": stub.url}, request)
    first, second = (sent["messages"] for sent in stub.requests)
    assert first[0]["content"] == "one"
    # What a tool answers takes no image, and nothing may stand between the answers.
    assert [message["role"] for message in first] == ["user", "assistant", "tool", "tool", "user", "user"]
    assert first[4]["content"] == [image("c2Vjb25k")]
    assert first[5]["content"] == [{"type": "text", "text": "three"}, image("dGhpcmQ=")]
    assert "image_url" not in json.dumps(second)
    assert OpenAIPolicy(OpenAIConfig(model="m", base_url=stub.url, images=1)).needs == {"pictures"}
    assert not OpenAIPolicy(OpenAIConfig(model="m", base_url=stub.url)).needs


def test_sends_the_conversation_and_the_sampling(stub: Any, ask: Ask) -> None:
    stub.plan = [stub.says()]
    sampling = Sampling(temperature=0.3, top_p=0.9, max_tokens=77, stop=("\nObservation",))
    talk({"base_url": stub.url, "extra_body": {"top_k": 5}}, ask(seed=2**40 + 9, sampling=sampling))
    assert stub.paths == ["/v1/chat/completions"]
    assert stub.requests == [
        {
            "model": "m",
            "messages": [{"role": "user", "content": "You see a red door and a brass key."}],
            "seed": 9,
            "temperature": 0.3,
            "top_p": 0.9,
            "max_tokens": 77,
            "stop": ["\nObservation"],
            "top_k": 5,
        }
    ]


def test_leaves_out_and_renames_what_a_vendor_wants_otherwise(stub: Any, ask: Ask) -> None:
    stub.plan = [stub.says()]
    config = {
        "omit": ["seed", "temperature", "top_p"],
        "max_tokens_field": "max_completion_tokens",
        "system_role": "developer",
    }
    talk({"base_url": stub.url, **config}, ask(messages=(Message("system", "be brief"), Message("user", "hi"))))
    (sent,) = stub.requests
    assert set(sent) == {"model", "messages", "max_completion_tokens"}
    assert sent["messages"][0] == {"role": "developer", "content": "be brief"}


def test_sends_earlier_tool_calls_and_their_results(stub: Any, ask: Ask) -> None:
    stub.plan = [stub.says()]
    messages = (
        Message("user", "start"),
        Message("assistant", "", tool_calls=(ToolCall("c1", "go", '{"to": "hall"}'), ToolCall("c2", "go", "{broken"))),
        Message("tool", "you are in the hall", tool_call_id="c1"),
    )
    talk({"base_url": stub.url}, ask(messages=messages, tools=(TOOL,)))
    _, assistant, tool = stub.requests[0]["messages"]
    assert assistant["content"] is None
    assert [json.loads(call["function"]["arguments"]) for call in assistant["tool_calls"]] == [
        {"to": "hall"},
        {"unreadable": "{broken"},
    ]
    assert tool == {"role": "tool", "content": "you are in the hall", "tool_call_id": "c1"}
    assert stub.requests[0]["tools"] == [TOOL]


def test_tools_stay_out_where_the_server_has_none(stub: Any, ask: Ask) -> None:
    stub.plan = [stub.says()]
    talk({"base_url": stub.url, "native_tools": False}, ask(tools=(TOOL,)))
    assert "tools" not in stub.requests[0]


# --- what comes back ---


def test_a_whole_reply(stub: Any, ask: Ask) -> None:
    stub.plan = [stub.says("go north", reasoning_content="the door is north")]
    (reply,) = talk({"base_url": stub.url, "prompt_price": 2.0, "completion_price": 8.0}, ask())
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("go north", "the door is north", "stop")
    assert reply.usage == Usage(10, 4, (10 * 2.0 + 4 * 8.0) / 1e6)
    assert reply.weights_version == "m-1"


def test_a_streamed_reply_is_the_same_reply(stub: Any, ask: Ask) -> None:
    usage = {"choices": [], "model": "m-1", "usage": {"prompt_tokens": 10, "completion_tokens": 4}}
    stub.plan = [
        stub.stream(
            stub.chunk(role="assistant", content=""),
            stub.chunk(reasoning_content="the door "),
            stub.chunk(reasoning_content="is north"),
            stub.chunk(content="go "),
            stub.chunk(content="north"),
            stub.chunk("stop"),
            usage,
        ),
        stub.says("go north", reasoning_content="the door is north"),
    ]
    streamed, whole = (talk({"base_url": stub.url, "stream": flag}, ask())[0] for flag in (True, False))
    assert streamed == whole
    assert stub.requests[0]["stream_options"] == {"include_usage": True}


def test_several_tool_calls_in_one_reply(stub: Any, ask: Ask, streamed: bool) -> None:
    if streamed:
        stub.plan = [
            stub.stream(
                stub.chunk(
                    tool_calls=[
                        {"index": 0, "id": "a", "type": "function", "function": {"name": "go", "arguments": ""}}
                    ]
                ),
                stub.chunk(tool_calls=[{"index": 0, "function": {"arguments": '{"to": '}}]),
                stub.chunk(tool_calls=[{"index": 1, "id": "b", "function": {"name": "take", "arguments": "{}"}}]),
                stub.chunk(tool_calls=[{"index": 0, "function": {"arguments": '"hall"}'}}]),
                stub.chunk("tool_calls"),
            )
        ]
    else:
        calls = [
            {"id": "a", "type": "function", "function": {"name": "go", "arguments": '{"to": "hall"}'}},
            {"id": "b", "type": "function", "function": {"name": "take", "arguments": {}}},
        ]
        stub.plan = [stub.says(None, finish="tool_calls", tool_calls=calls)]
    (reply,) = talk({"base_url": stub.url, "stream": streamed}, ask(tools=(TOOL,)))
    assert reply.tool_calls == (ToolCall("a", "go", '{"to": "hall"}'), ToolCall("b", "take", "{}"))
    assert (reply.text, reply.finish_reason) == ("", "tool_calls")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("function_call", "tool_calls"),
        ("eos", "stop"),
        (None, "stop"),
    ],
)
def test_finish_reasons(stub: Any, ask: Ask, said: Any, meant: str) -> None:
    stub.plan = [stub.says(finish=said)]
    assert talk({"base_url": stub.url}, ask())[0].finish_reason == meant


def test_a_reply_that_is_all_thought_is_an_empty_text(stub: Any, ask: Ask) -> None:
    stub.plan = [stub.says(None, finish="length", reasoning="hm")]
    (reply,) = talk({"base_url": stub.url}, ask())
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("", "hm", "length")


def call(index: int | None, name: str | None, arguments: str, id: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "function", "function": {"arguments": arguments}}
    if name is not None:
        found["function"]["name"] = name
    return {**found, **({} if index is None else {"index": index}), **({} if id is None else {"id": id})}


TWO = [("go", '{"to": "hall"}'), ("take", "{}")]


@pytest.mark.parametrize(
    "deltas",
    [
        pytest.param([call(0, "go", '{"to": "hall"}', "a1"), call(0, "take", "{}", "b2")], id="all numbered 0"),
        pytest.param([call(None, "go", '{"to": "hall"}', "a1"), call(None, "take", "{}", "b2")], id="not numbered"),
        pytest.param([call(0, "go", '{"to": "hall"}'), call(0, "take", "{}")], id="neither numbered nor named"),
        pytest.param(
            [call(0, "go", '{"to": ', "a1"), call(0, None, '"hall"}'), call(0, "take", "{", "b2"), call(0, None, "}")],
            id="in pieces",
        ),
        pytest.param(
            [call(0, "go", '{"to": ', "a1"), call(1, "take", "{}", "b2"), call(0, None, '"hall"}', "a1")],
            id="interleaved",
        ),
        pytest.param([call(1, "take", "{}", "b2"), call(0, "go", '{"to": "hall"}', "a1")], id="out of order"),
        pytest.param(
            [call(0, "go", '{"to": ', "a1"), call(0, "go", '"hall"}', "a1"), call(0, "take", "{}", "b2")],
            id="name each time",
        ),
        pytest.param(
            [call(0, "go", '{"to": ', "a1"), call(0, None, '"hall"}', "a7"), call(1, "take", "{}", "b2")],
            id="id anew each time",
        ),
    ],
)
def test_parallel_streamed_calls_stay_apart_however_they_are_numbered(stub: Any, ask: Ask, deltas: list[Any]) -> None:
    stub.plan = [stub.stream(*(stub.chunk(tool_calls=[delta]) for delta in deltas), stub.chunk("tool_calls"))]
    (reply,) = talk({"base_url": stub.url, "stream": True}, ask(tools=(TOOL,)))
    assert [(each.name, each.arguments) for each in reply.tool_calls] == TWO
    assert len({each.id for each in reply.tool_calls}) == 2


def test_equal_calls_of_a_whole_reply_are_two_calls(stub: Any, ask: Ask) -> None:
    stub.plan = [stub.says(None, tool_calls=[call(0, "go", "{}", "a1"), call(0, "go", "{}", "a1")])]
    (reply,) = talk({"base_url": stub.url}, ask(tools=(TOOL,)))
    assert [(each.name, each.arguments) for each in reply.tool_calls] == [("go", "{}"), ("go", "{}")]


@pytest.mark.parametrize("missing", [None, "null", ""])
def test_calls_without_ids_get_ids_that_differ_in_every_turn(stub: Any, ask: Ask, missing: Any) -> None:
    stub.plan = [stub.says(None, tool_calls=[{**call(None, "go", "{}"), "id": missing}])]
    earlier = Message("assistant", "", tool_calls=(ToolCall("call00000", "go", "{}"),))
    later = (Message("user", "start"), earlier, Message("tool", "ok", tool_call_id="call00000"))
    first, second = talk({"base_url": stub.url}, ask(tools=(TOOL,)), ask(tools=(TOOL,), messages=later))
    ids = [reply.tool_calls[0].id for reply in (first, second)]
    assert ids == ["call00000", "call00001"]
    assert all(len(id) == 9 and id.isalnum() for id in ids)


def test_content_may_be_a_list_of_parts_some_of_which_think(stub: Any, ask: Ask, streamed: bool) -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "the door is north"}]}
    text = {"type": "text", "text": "go north"}
    if streamed:
        stub.plan = [stub.stream(stub.chunk(content=[thinking]), stub.chunk(content=[text]), stub.chunk("stop"))]
    else:
        stub.plan = [stub.says([thinking, text])]
    (reply,) = talk({"base_url": stub.url, "stream": streamed}, ask())
    assert (reply.text, reply.reasoning) == ("go north", "the door is north")
    stub.plan = [stub.says([{"type": "image", "url": "x"}])]
    with pytest.raises(PolicyFault, match="a part of type 'image'"):
        talk({"base_url": stub.url}, ask())


@pytest.mark.parametrize("content", [{"content": None}, {}])
@pytest.mark.parametrize("finish", ["length", "stop"])
def test_a_reply_whose_tokens_all_went_into_a_hidden_thought_is_an_empty_reply(
    stub: Any, ask: Ask, streamed: bool, content: dict[str, Any], finish: str
) -> None:
    if streamed:
        stub.plan = [stub.stream(stub.chunk(role="assistant", **content), stub.chunk(finish))]
    else:
        choice = {"message": {"role": "assistant", **content}, "finish_reason": finish}
        stub.plan = [stub.json({"choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 64}})]
    (reply,) = talk({"base_url": stub.url, "stream": streamed}, ask())
    assert (reply.text, reply.tool_calls, reply.finish_reason) == ("", (), finish)


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": 429, "message": "busy"}},
        {"error": {"code": 502, "message": "bad gateway"}, "choices": None},
        {"error": "overloaded"},
        {"choices": None},
        {"choices": [{"message": {"content": ""}, "finish_reason": "error"}]},
        {
            "choices": [
                {"message": {"content": "go"}, "finish_reason": "stop", "error": {"code": 502, "message": "lost"}}
            ]
        },
    ],
)
def test_a_passing_error_with_status_200_is_tried_again(stub: Any, ask: Ask, body: Any) -> None:
    stub.plan = [stub.json(body), stub.says("ok")]
    assert talk({"base_url": stub.url}, ask())[0].text == "ok"
    assert len(stub.requests) == 2


@pytest.mark.parametrize(
    ("code", "kind"),
    [(401, PolicyFault), ("insufficient_quota", PolicyFault), ("context_length_exceeded", ContextOverflow)],
)
def test_an_error_with_status_200_that_will_not_pass_is_not(
    stub: Any, ask: Ask, code: Any, kind: type[Exception]
) -> None:
    stub.plan = [stub.json({"error": {"code": code, "message": "because"}}), stub.says("ok")]
    with pytest.raises(kind, match="because"):
        talk({"base_url": stub.url}, ask())
    assert len(stub.requests) == 1


def test_thoughts_go_back_where_the_endpoint_demands_them(stub: Any, ask: Ask) -> None:
    messages = (
        Message("user", "start"),
        Message("assistant", "", tool_calls=(ToolCall("c1", "go", "{}"),), reasoning="north is free"),
        Message("tool", "ok", tool_call_id="c1"),
    )
    missing = stub.error(400, "Missing `reasoning_content` field in the assistant message at index 1")
    stub.plan = [missing, stub.says("one"), stub.says("two")]
    request = ask(messages=messages, tools=(TOOL,))
    assert [reply.text for reply in talk({"base_url": stub.url, "max_retries": 0}, request, request)] == ["one", "two"]
    assert [sent["messages"][1].get("reasoning_content") for sent in stub.requests] == [
        None,
        "north is free",
        "north is free",
    ]
    stub.requests.clear()
    stub.plan = [stub.says("three")]
    talk({"base_url": stub.url, "send_reasoning": "reasoning"}, request)
    assert stub.requests[0]["messages"][1]["reasoning"] == "north is free"
    stub.plan = [missing]
    with pytest.raises(PolicyFault, match="reasoning_content"):
        talk({"base_url": stub.url, "send_reasoning": "never"}, request)


# --- token ids ---


def with_ids(stub: Any, prompt: list[int], sampled: list[int], streamed: bool) -> Any:
    logprobs = {"content": [{"token": "x", "logprob": -0.5} for _ in sampled]}
    if not streamed:
        return stub.says(choice={"token_ids": sampled, "logprobs": logprobs}, top={"prompt_token_ids": prompt})
    first = {**stub.chunk(role="assistant", content=""), "prompt_token_ids": prompt}
    each = [
        stub.chunk(content="x", choice={"token_ids": [token], "logprobs": {"content": [entry]}})
        for token, entry in zip(sampled, logprobs["content"], strict=True)
    ]
    return stub.stream(first, *each, stub.chunk("stop"))


def test_prompt_ids_are_a_difference_to_the_turn_before(stub: Any, ask: Ask, streamed: bool) -> None:
    stub.plan = [
        with_ids(stub, [1, 2], [3, 4], streamed),
        with_ids(stub, [1, 2, 3, 4, 5, 6], [7], streamed),
        with_ids(stub, [1, 2, 9, 9, 5, 6, 7, 8], [10], streamed),
    ]
    requests = [ask(turn=turn) for turn in range(3)]
    replies = talk({"base_url": stub.url, "return_token_ids": True, "stream": streamed}, *requests)
    assert [reply.tokens for reply in replies] == [
        Tokens((1, 2), (3, 4), (-0.5, -0.5), fresh=True),
        Tokens((5, 6), (7,), (-0.5,), fresh=False),
        Tokens((1, 2, 9, 9, 5, 6, 7, 8), (10,), (-0.5,), fresh=True),
    ]
    assert stub.requests[0]["return_token_ids"] is True
    assert stub.requests[0]["logprobs"] is True


def test_episodes_do_not_share_tokens_and_an_ended_one_starts_afresh(stub: Any, ask: Ask) -> None:
    stub.plan = [with_ids(stub, [1], [2], False), with_ids(stub, [1, 2, 3], [4], False)]

    async def run() -> list[Reply]:
        config = OpenAIConfig(base_url=stub.url, model="m", return_token_ids=True)
        async with OpenAIPolicy(config) as policy:
            first = await policy.act(ask())
            other = await policy.act(ask(episode="e2", turn=1))
            await policy.end("e1")
            return [first, other, await policy.act(ask(turn=1))]

    assert [reply.tokens.fresh for reply in asyncio.run(run()) if reply.tokens] == [True, True, True]


def test_missing_token_ids_are_a_fault_not_a_silent_gap(stub: Any, ask: Ask) -> None:
    stub.plan = [stub.says()]
    with pytest.raises(PolicyFault, match="sent no token ids"):
        talk({"base_url": stub.url, "return_token_ids": True}, ask())


# --- what passes ---


def test_waits_as_long_as_a_429_asks(stub: Any, ask: Ask) -> None:
    date = email.utils.formatdate(4102444800, usegmt=True)
    stub.plan = [
        stub.error(429, headers={"Retry-After": "2.5"}),
        stub.error(429, headers={"retry-after-ms": "40"}),
        stub.error(429, headers={"Retry-After": "soon"}),
        stub.says("at last"),
    ]
    waits = Waits()
    assert talk({"base_url": stub.url}, ask(), sleep=waits)[0].text == "at last"
    assert waits[:2] == [2.5, 0.04]
    assert 0 < waits[2] <= 2
    stub.plan = [stub.error(429, headers={"Retry-After": date})]
    with pytest.raises(PolicyFault, match="asks to wait"):
        talk({"base_url": stub.url}, ask())


@pytest.mark.parametrize("status", [408, 500, 502, 503, 529])
def test_tries_again_after_a_passing_error(stub: Any, ask: Ask, status: int, streamed: bool) -> None:
    stub.plan = [
        stub.error(status),
        stub.stream(stub.chunk(content="ok"), stub.chunk("stop")) if streamed else stub.says("ok"),
    ]
    waits = Waits()
    assert talk({"base_url": stub.url, "stream": streamed}, ask(), sleep=waits)[0].text == "ok"
    assert len(waits) == 1


def test_gives_up_after_the_last_try_and_says_what_it_saw(stub: Any, ask: Ask) -> None:
    stub.plan = [stub.error(503, "overloaded")]
    waits = Waits()
    with pytest.raises(PolicyFault, match=r"status 503: overloaded \(3 tries\)"):
        talk({"base_url": stub.url, "max_retries": 2}, ask(), sleep=waits)
    assert len(stub.requests) == 3
    assert waits == sorted(waits)


def test_a_slow_server_is_tried_again_and_then_given_up(stub: Any, ask: Ask) -> None:
    stub.plan = [stub.hangs()]
    with pytest.raises(PolicyFault, match=r"did not answer within 0.5 s \(2 tries\)"):
        talk({"base_url": stub.url, "timeout": 0.5, "max_retries": 1}, ask())
    # What was sent lies in the socket's buffer: the server reads it, however busy the machine is.
    stub.wait_for_requests(2)
    assert len(stub.requests) == 2


@pytest.mark.parametrize("cut", [True, False], ids=["connection", "stream"])
def test_a_reply_cut_in_the_middle_is_asked_for_again(stub: Any, ask: Ask, cut: bool) -> None:
    stub.plan = [
        stub.stream(stub.chunk(content="go no"), done=False, cut=cut),
        stub.stream(stub.chunk(content="go north"), stub.chunk("stop")),
    ]
    waits = Waits()
    assert talk({"base_url": stub.url, "stream": True}, ask(), sleep=waits)[0].text == "go north"
    assert len(waits) == 1


def test_an_error_inside_a_stream_is_tried_again(stub: Any, ask: Ask) -> None:
    stub.plan = [
        stub.stream(stub.chunk(content="go"), {"error": {"message": "engine died"}}),
        stub.stream(stub.chunk(content="ok"), stub.chunk("stop")),
    ]
    assert talk({"base_url": stub.url, "stream": True}, ask())[0].text == "ok"


# --- what does not pass ---


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (401, None, "refused the key"),
        (403, None, "refused the key"),
        (404, None, "knows no model 'm'"),
        (400, None, "refused the request"),
        (422, None, "refused the request"),
        (429, "insufficient_quota", "no quota left"),
    ],
)
def test_refusals_are_not_tried_again(stub: Any, ask: Ask, status: int, code: str | None, says: str) -> None:
    stub.plan = [stub.error(status, "because", code)]
    with pytest.raises(PolicyFault, match=rf"{says}.*because") as caught:
        talk({"base_url": stub.url}, ask())
    assert caught.value.hint
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("Your plan does not include this model", "does not let this key use 'm'"),
        ("Country, region, or territory not supported", "does not let this key use 'm'"),
        ("Project proj_1 does not have access to model m", "does not let this key use 'm'"),
        ("API key not valid. Please pass a valid API key.", "refused the key"),
        ("Invalid token", "refused the key"),
        ("The access token has expired", "refused the key"),
    ],
)
def test_what_a_plan_lacks_is_no_bad_key(
    stub: Any, ask: Ask, monkeypatch: pytest.MonkeyPatch, words: str, says: str
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    stub.plan = [stub.error(403, words)]
    with pytest.raises(PolicyFault, match=says) as caught:
        talk({"base_url": stub.url, "api_key_env": "MY_KEY"}, ask())
    assert words[:20] in str(caught.value)
    assert len(stub.requests) == 1


def test_nobody_there_is_said_at_once(ask: Ask) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}/v1"
        waits = Waits()
        with pytest.raises(PolicyFault, match="cannot be reached") as caught:
            talk({"base_url": url}, ask(), sleep=waits)
    assert "is the server running" in caught.value.hint
    assert not waits


@pytest.mark.parametrize(
    ("status", "words", "code"),
    [
        (400, "no", "context_length_exceeded"),
        (400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.", None),
        (400, "the request exceeds the available context size. try increasing it", None),
        (400, "The decoder prompt (length 9000) is longer than the maximum model length of 4096.", None),
        (413, "prompt is too long: 200 tokens > 100 maximum", None),
    ],
)
def test_a_conversation_that_does_not_fit_is_told_apart(
    stub: Any, ask: Ask, status: int, words: str, code: Any
) -> None:
    stub.plan = [stub.error(status, words, code)]
    with pytest.raises(ContextOverflow):
        talk({"base_url": stub.url}, ask(turn=4))


class Corridor(Environment):
    """Never ends."""

    description = Description(instruction="Walk.", splits={"train": 1}, max_rounds=5)

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        return "a corridor"

    def step(self, action: Action) -> Step:
        return Step("more of it", score=0.25)


def test_an_episode_that_outgrows_the_model_is_truncated_not_faulty(stub: Any) -> None:
    stub.plan = [stub.says("Thought:\non\n\nAction:\nwalk"), stub.error(400, "no", "context_length_exceeded")]
    source = resolve_environment(Corridor)
    choice = ComponentChoice("openai", {"base_url": stub.url, "model": "m"})
    (played,) = collect([Job(source, source.find("train-0"))], choice).trajectories
    assert (played.outcome, played.truncation, played.score) == (Outcome.TRUNCATED, "context", 0.25)
    assert (played.actions, played.fault) == (("walk",), None)


@pytest.mark.parametrize(("second", "actions"), [("walk", ("walk", "walk")), ("run", ())])
def test_native_tools_travel_both_ways_in_an_episode(stub: Any, second: str, actions: tuple[str, ...]) -> None:
    # Equal calls are one action; of two that differ none is made, and both are answered all the same.
    calls = [
        {"id": name, "type": "function", "function": {"name": "act", "arguments": json.dumps({"text": text})}}
        for name, text in (("a", "walk"), ("b", second))
    ]
    stub.plan = [stub.says(None, finish="tool_calls", tool_calls=calls)]
    source = resolve_environment(Corridor)
    choice = ComponentChoice("openai", {"base_url": stub.url, "model": "m"})
    settings = RolloutSettings(action_format="function_calling", max_rounds=2)
    (played,) = collect([Job(source, source.find("train-0"))], choice, settings).trajectories
    assert played.actions == actions
    assert stub.requests[0]["tools"][0]["function"]["name"] == "act"
    answers = stub.requests[1]["messages"][-2:]
    assert [(answer["role"], answer["tool_call_id"]) for answer in answers] == [("tool", "a"), ("tool", "b")]


def test_a_max_tokens_that_never_fits_is_a_mistake_not_an_overflow(stub: Any, ask: Ask) -> None:
    words = "'max_tokens' is too large: 9999. This model's maximum context length is 4096 tokens."
    stub.plan = [stub.error(400, words)]
    with pytest.raises(PolicyFault) as caught:
        talk({"base_url": stub.url}, ask(turn=0))
    assert not isinstance(caught.value, ContextOverflow)
    assert "max_tokens" in caught.value.hint


def test_tells_the_loop_how_long_a_conversation_may_become() -> None:
    made = registry.make("policy", "openai", {"base_url": "http://host/v1", "model": "m", "context_tokens": 4096})
    assert made.context_tokens == 4096


MALFORMED: list[Any] = [
    b"{not json",
    b"",
    b"\xff\xfe",
    b"[]",
    b"null",
    b"{}",
    b'{"choices": []}',
    b'{"choices": null}',
    b'{"choices": "x"}',
    b'{"choices": [null]}',
    b'{"choices": [{"message": null}]}',
    b'{"choices": [{"message": {"content": null}}]}',
    b'{"choices": [{"message": {"content": 3}}]}',
    b'{"choices": [{"message": {"content": "x", "tool_calls": 5}}]}',
    b'{"choices": [{"message": {"content": "x", "tool_calls": [{"id": "a"}]}}]}',
    b'{"choices": [{"message": {"content": "x", "tool_calls": [{"function": {"name": null}}]}}]}',
    b'{"choices": [{"message": {"content": "x"}, "token_ids": ["a"]}]}',
    b'{"choices": [{"message": {"content": "x"}, "logprobs": {"content": [null]}}]}',
    b'{"choices": [{"message": {"content": "x"}, "finish_reason": "content_filter"}]}',
]


@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
@pytest.mark.parametrize("body", MALFORMED)
def test_a_malformed_body_is_a_fault(stub: Any, ask: Ask, body: bytes, content_type: str) -> None:
    stub.plan = [stub.raw(body, content_type=content_type)]
    with pytest.raises(PolicyFault, match="the endpoint") as caught:
        talk({"base_url": stub.url}, ask())
    assert not isinstance(caught.value, ContextOverflow)


@pytest.mark.parametrize(
    "chunk", [b"{not json", b"[]", b'{"choices": 4}', b'{"choices": [4]}', b'{"choices": [{"delta": 3}]}']
)
def test_a_malformed_chunk_is_a_fault(stub: Any, ask: Ask, chunk: bytes) -> None:
    stub.plan = [stub.stream(chunk, stub.chunk("stop"))]
    with pytest.raises(PolicyFault, match="the endpoint"):
        talk({"base_url": stub.url, "stream": True}, ask())


@pytest.mark.parametrize(
    "top",
    [{"usage": None}, {"usage": "x"}, {"usage": {"prompt_tokens": None, "completion_tokens": -3}}, {"model": None}],
)
def test_what_is_only_nice_to_know_may_be_missing(stub: Any, ask: Ask, top: Any) -> None:
    stub.plan = [stub.says(top=top)]
    assert talk({"base_url": stub.url}, ask())[0].text == "hello"


# --- secrets ---


def test_the_key_is_sent_and_shows_nowhere(stub: Any, ask: Ask, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    caplog.set_level("DEBUG")
    stub.plan = [stub.error(401, f"Incorrect API key provided: {KEY}")]
    policy = registry.make("policy", "openai", {"base_url": stub.url, "model": "m", "api_key_env": "MY_KEY"})

    async def run() -> str:
        async with policy:
            with pytest.raises(PolicyFault, match="check the key in MY_KEY") as caught:
                await policy.act(ask())
            assert caught.value.__suppress_context__
            return str(caught.value)

    shown = asyncio.run(run())
    assert stub.headers[0]["authorization"] == f"Bearer {KEY}"
    for text in (
        shown,
        repr(policy),
        repr(policy.config),
        policy.config.model_dump_json(),
        policy.weights_digest(),
        caplog.text,
    ):
        assert KEY not in text


def test_a_key_in_the_environment_goes_nowhere_unasked(stub: Any, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    stub.plan = [stub.says()]
    talk({"base_url": stub.url}, ask())
    assert KEY not in json.dumps(stub.headers)


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(ConfigError, match="MY_KEY is not set"):
        registry.make("policy", "openai", {"base_url": "http://localhost/v1", "model": "m", "api_key_env": "MY_KEY"})


@pytest.mark.parametrize(
    "config",
    [{"api_key_env": KEY}, {"base_url": f"http://me:{KEY}@host/v1"}, {"base_url": f"http://host/v1?key={KEY}"}],
)
def test_a_secret_in_the_configuration_is_refused_without_repeating_it(config: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as caught:
        registry.make("policy", "openai", {"base_url": "http://host/v1", "model": "m", **config}, where="policy")
    error: BaseException | None = caught.value
    while error is not None:
        assert KEY not in str(error)
        error = error.__cause__


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://host/v1", "http://", "http://host:99999999/v1", "http://[::1/v1"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"policy\.base_url: must be a URL"):
        registry.make("policy", "openai", {"base_url": url, "model": "m"}, where="policy")


# --- the key of an episode ---


def digest_of(**config: Any) -> str:
    return OpenAIPolicy(OpenAIConfig(**{"base_url": "http://a/v1", "model": "m", **config})).weights_digest()


def test_the_digest_follows_what_decides_the_answers() -> None:
    different: list[dict[str, Any]] = [
        {},
        {"model": "n"},
        {"base_url": "http://b/v1"},
        {"weights": "w"},
        {"extra_body": {"top_k": 1}},
        {"native_tools": False},
    ]
    assert len({digest_of(**config) for config in different}) == len(different)
    assert digest_of(timeout=3, max_retries=0, stream=True) == digest_of()
    assert digest_of(weights="w", base_url="http://b/v1") == digest_of(weights="w")


def test_works_in_one_event_loop_after_another(stub: Any, ask: Ask) -> None:
    stub.plan = [stub.says()]
    policy = OpenAIPolicy(OpenAIConfig(base_url=stub.url, model="m"))

    async def once() -> str:
        async with policy:
            return (await policy.act(ask())).text

    assert [asyncio.run(once()), asyncio.run(once())] == ["hello", "hello"]


def test_every_fault_is_of_the_family() -> None:
    assert issubclass(ContextOverflow, PolicyFault)
    assert issubclass(PolicyFault, AgentGymError)
