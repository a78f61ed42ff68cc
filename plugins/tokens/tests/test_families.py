"""What is learned is what is played, however a family's template differs; each of these once trained something else in silence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentgym_core.errors import ConfigError
from agentgym_core.types import EpisodeKey, Message, Outcome, ToolCall, Trajectory, Turn, WeightedTrajectory
from agentgym_tokens import Conversations, RowCounts, TemplateConfig, rows

# Marks an empty thought where an answer has none, but not in its generation prompt unless it is told so; drops thoughts of earlier turns.
THINKS = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' and loop.last %}<think>\n{{ m.reasoning_content or '' }}\n</think>\n\n{% endif %}"
    "{{ m.content.split('</think>')[-1].lstrip('\n') }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
# Opens a thought in its prompt, and shows none of any answer.
OPENS = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content.split('</think>')[-1] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}"
)
TOOLS = (
    "{% if tools %}{{ tools | tojson }}{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% for c in m.tool_calls or [] %}"
    '<tool_call>{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}</tool_call>'
    "{% endfor %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_END = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
WALK = {"type": "function", "function": {"name": "walk", "description": "Walk.", "parameters": {"type": "object"}}}


def episode(*messages: Message, info: dict[str, Any] | None = None, reason: str = "") -> Trajectory:
    turns = tuple(Turn(n, "go", "", finish_reason=reason) for n, m in enumerate(messages) if m.role == "assistant")
    return Trajectory("t1", EpisodeKey("e", "c", "m", 0), "train", Outcome.SOLVED, messages, turns, info=info or {})


def learned(conversations: Conversations, *messages: Message, **more: Any) -> list[tuple[str, str]]:
    """What stands before each answer, and what is learned of it."""
    found = []
    for row in rows([WeightedTrajectory(episode(*messages, **more))], conversations):
        for span in row.spans:
            on = [token for token, mask in zip(row.ids, row.mask, strict=True) if mask]
            assert on
            text = [
                token
                for token, mask in zip(row.ids[span.start : span.stop], row.mask[span.start :], strict=False)
                if mask
            ]
            found.append(
                (
                    conversations.codec.decode(row.ids[: span.start], special=True),
                    conversations.codec.decode(text, special=True),
                )
            )
    return found


ASKED = Message("user", "Go.")


@pytest.mark.parametrize(
    "answer",
    [
        Message("assistant", "left", reasoning="a wall is there, so not up"),
        Message("assistant", "<think>\na wall is there, so not up\n</think>\n\nleft"),
        Message("assistant", "a wall is there, so not up\n</think>\n\nleft"),
    ],
)
def test_a_thought_is_learned_whole_and_the_prompt_claims_none(make_tokenizer: Any, answer: Message) -> None:
    conversations = Conversations(make_tokenizer(THINKS), {})
    ((shown, said),) = learned(conversations, ASKED, answer)
    assert shown.endswith("<|im_start|>assistant\n")
    assert said == "<think>\na wall is there, so not up\n</think>\n\nleft<|im_end|>"


def test_an_empty_thought_of_the_template_is_learned_and_told_or_stands_in_the_prompt(make_tokenizer: Any) -> None:
    tokenizer = make_tokenizer(THINKS)
    counts = RowCounts()
    plain = [ASKED, Message("assistant", "left")]
    ((shown, said),) = learned(Conversations(tokenizer, {}), *plain)
    assert (shown[-10:], said) == ("assistant\n", "<think>\n\n</think>\n\nleft<|im_end|>")
    list(rows([WeightedTrajectory(episode(*plain))], Conversations(tokenizer, {}), counts=counts))
    assert any("'<think>\\n\\n</think>'" in note for note in counts.notes)
    off = Conversations(tokenizer, {"enable_thinking": False})
    ((shown, said),) = learned(off, *plain)
    assert shown.endswith("<think>\n\n</think>\n\n")
    assert said == "left<|im_end|>"
    with pytest.raises(ConfigError, match=r"episode t1, turn 0: .*differently from its own generation prompt"):
        learned(off, ASKED, Message("assistant", "left", reasoning="why"))


def test_a_thought_that_the_prompt_opens_is_closed_by_what_is_learned(make_tokenizer: Any) -> None:
    conversations = Conversations(make_tokenizer(OPENS), {})
    first, second = learned(
        conversations, ASKED, Message("assistant", "left", reasoning="why"), ASKED, Message("assistant", "up")
    )
    assert first == (
        "<|im_start|>user\nGo.<|im_end|>\n<|im_start|>assistant\n<think>\n",
        "why\n</think>\n\nleft<|im_end|>",
    )
    assert "why" not in second[0]
    assert second[1] == "\n</think>\n\nup<|im_end|>"
    asked = conversations.ask(None, [], [ASKED])
    heard = conversations.record_completion(asked, conversations.codec.encode("why\n</think>\n\nleft<|im_end|>"))
    assert conversations.reply(asked, heard) == ("left", (), "why")


def test_the_end_of_a_turn_is_a_token_whatever_the_tokenizer_calls_it(make_tokenizer: Any) -> None:
    class Added:
        special = True

    tokenizer = make_tokenizer("gemma")
    end = tokenizer.encode("<end_of_turn>", add_special_tokens=False)[0]
    tokenizer.all_special_ids = [id for id in tokenizer.all_special_ids if id != end]
    with pytest.raises(ConfigError, match="no token that ends a reply"):
        learned(Conversations(tokenizer, {}), ASKED, Message("assistant", "left"))
    for conversations in (Conversations(tokenizer, {}, [[end], None]), _with_added(tokenizer, {end: Added()})):
        assert conversations.ends == {end}
        assert learned(conversations, ASKED, Message("assistant", "left"))[0][1] == "left<end_of_turn>"


def _with_added(tokenizer: Any, added: dict[int, Any]) -> Conversations:
    tokenizer.added_tokens_decoder = added
    return Conversations(tokenizer, {})


def test_a_template_that_ends_no_answer_is_refused_for_learning_and_can_be_played(make_tokenizer: Any) -> None:
    conversations = Conversations(make_tokenizer(NO_END), {})
    assert conversations.ask(None, [], [ASKED]).text == "user: Go.\nassistant: "
    with pytest.raises(ConfigError, match="never stops"):
        learned(conversations, ASKED, Message("assistant", "left"))


def test_the_end_of_an_answer_that_was_cut_is_not_learned(make_tokenizer: Any) -> None:
    conversations = Conversations(make_tokenizer("chatml"), {})
    assert learned(conversations, ASKED, Message("assistant", "left and"), reason="length")[0][1] == "left and"


def called(**more: Any) -> list[Message]:
    call = ToolCall("abcdefghi", "walk", json.dumps({"to": "the left", **more}))
    return [
        ASKED,
        Message("assistant", "Well.", tool_calls=(call,)),
        Message("tool", "A wall.", tool_call_id=call.id),
        Message("assistant", "", tool_calls=(call,)),
    ]


@pytest.mark.parametrize("in_prompt", [False, True])
def test_tools_stand_in_the_prompt_and_calls_are_learned_as_a_policy_makes_them(
    make_tokenizer: Any, in_prompt: bool
) -> None:
    conversations = Conversations(make_tokenizer("chatml" if in_prompt else TOOLS), {}, tools_in_prompt=in_prompt)
    told = called(n=1)
    first, second = learned(conversations, *told, info={"tools": [WALK]})
    assert '"name": "walk", "description": "Walk."' in first[0].replace(
        '"description": "Walk.", "name": "walk"', '"name": "walk", "description": "Walk."'
    )
    assert '"arguments": {"to": "the left", "n": 1}' in first[1].replace(
        '{"n": 1, "to": "the left"}', '{"to": "the left", "n": 1}'
    )
    assert "A wall." in second[0]
    asked = conversations.ask(None, [], told[:1], [WALK])
    heard = conversations.record_completion(asked, conversations.codec.encode(first[1]))
    text, calls, _ = conversations.reply(asked, heard)
    assert text == "Well."
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [("walk", {"to": "the left", "n": 1})]
    said = Message("assistant", text, tool_calls=calls)
    again = conversations.ask(
        heard, [*asked.ids, *conversations.codec.encode(first[1])], [*told[:1], said, told[2]], [WALK]
    )
    assert conversations.codec.decode(again.ids, special=True) == second[0]


def test_a_template_that_ignores_tools_is_refused_with_the_way_out(make_tokenizer: Any) -> None:
    conversations = Conversations(make_tokenizer("chatml"), {})
    with pytest.raises(ConfigError, match=r"ignores tools[\s\S]*tools_in_prompt = true"):
        conversations.ask(None, [], [ASKED], [WALK])
    with pytest.raises(ConfigError, match="turn 0: the chat template ignores tools"):
        learned(conversations, *called(), info={"tools": [WALK]})


def test_calls_without_their_tools_are_refused_with_the_place(make_tokenizer: Any) -> None:
    with pytest.raises(ConfigError, match=r"episode t1, turn 0: tools were called[\s\S]*collect it again"):
        learned(Conversations(make_tokenizer(TOOLS), {}), *called())


def test_a_call_in_a_form_that_the_template_does_not_write_stays_text(make_tokenizer: Any) -> None:
    conversations = Conversations(make_tokenizer(TOOLS), {})
    asked = conversations.ask(None, [], [ASKED], [WALK])
    for text in ('{"name": "walk"}', '<tool_call>{"name": "fly"}</tool_call>', "<tool_call>{</tool_call>", "[walk]"):
        heard = conversations.record_completion(asked, conversations.codec.encode(text + "<|im_end|>"))
        assert conversations.reply(asked, heard) == (text, (), None)


def test_an_end_in_the_text_of_an_answer_is_told(make_tokenizer: Any) -> None:
    counts = RowCounts()
    conversations = Conversations(make_tokenizer("chatml"), {})
    list(
        rows(
            [WeightedTrajectory(episode(ASKED, Message("assistant", "go<|im_end|>left")))], conversations, counts=counts
        )
    )
    assert counts.notes == {"answers with an end token in their text, cut there": 1}


def test_a_template_comes_from_a_file_or_is_the_plain_one(make_tokenizer: Any, tmp_path: Any) -> None:
    file = tmp_path / "other.jinja"
    file.write_text(OPENS)
    tokenizer = make_tokenizer("chatml")
    TemplateConfig(chat_template=str(file)).conversations(tokenizer)
    assert tokenizer.chat_template == OPENS
    plain = TemplateConfig(chat_template="plain")
    assert plain.rendering() == {"chat_template": "plain"}
    with pytest.raises(ConfigError, match=r"chat_template: .*No such file"):
        TemplateConfig(chat_template="nowhere.jinja").conversations(tokenizer)
