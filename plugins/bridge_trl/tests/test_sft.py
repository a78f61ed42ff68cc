"""Rows for TRL's SFTTrainer are those that a policy's renderer makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

transformers = pytest.importorskip("transformers", reason="needs transformers: make setup-learn")
tokenizers = pytest.importorskip("tokenizers")

from agentgym_bridge_trl.conversations import conversation_rows  # noqa: E402
from agentgym_bridge_trl.sft import IGNORED, export  # noqa: E402
from agentgym_core.cli import main  # noqa: E402
from agentgym_core.errors import ConfigError  # noqa: E402
from agentgym_core.store import Run, new_manifest  # noqa: E402
from agentgym_core.types import EpisodeKey, Message, Outcome, ToolCall, Trajectory, Turn, WeightedTrajectory  # noqa: E402

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% if mark %}! {% endif %}{% endif %}"
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    specials = ["<|im_start|>", "<|im_end|>"]
    vocabulary = {
        token: number for number, token in enumerate([*specials, *sorted(pre_tokenizers.ByteLevel.alphabet())])
    }
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(specials)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|im_end|>")
    tokenizer.chat_template = TEMPLATE
    folder = tmp_path_factory.mktemp("model")
    tokenizer.save_pretrained(folder)
    return folder


def episode(number: int = 0) -> Trajectory:
    messages = (
        Message("user", "Go."),
        Message("assistant", "left", True),
        Message("user", "A wall."),
        Message("assistant", "up", True),
    )
    key = EpisodeKey("toy-v1", "", f"t{number}", number)
    return Trajectory(
        key.digest, key, "train", Outcome.SOLVED, messages, (Turn(1, "left", ""), Turn(3, "up", "")), score=1.0
    )


def test_a_run_becomes_ids_and_labels(model: Path, tmp_path: Path, capsys: Any) -> None:
    with Run.create(tmp_path / "run", new_manifest()) as run:
        run.append(episode())
    out = tmp_path / "rows.jsonl"
    assert main(["export", str(tmp_path / "run"), "--to", "trl", "--config", f"model={model}", "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert "1 episodes in" in told.out
    assert "trl: 1 rows" in told.err
    (row,) = [json.loads(line) for line in out.read_text().splitlines()]
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    whole = tokenizer.apply_chat_template(
        [{"role": m.role, "content": m.content} for m in episode().messages],
        tokenize=False,
        add_generation_prompt=False,
    )
    assert tokenizer.decode(row["input_ids"]) == whole.removesuffix("\n")
    learned = [id for id in row["labels"] if id != IGNORED]
    assert tokenizer.decode(learned) == "left<|im_end|>up<|im_end|>"
    assert all(label in (IGNORED, id) for id, label in zip(row["input_ids"], row["labels"], strict=True))


def test_settings_are_those_of_the_policy_and_mistakes_are_told(model: Path, tmp_path: Path) -> None:
    data = [WeightedTrajectory(episode())]
    with pytest.raises(ConfigError, match="differently from its own generation prompt"):
        export(data, tmp_path / "rows.jsonl", model=str(model), template={"mark": True})
    with pytest.raises(ConfigError, match="name a model"):
        export(data, tmp_path / "rows.jsonl", max_length=8)
    with pytest.raises(ConfigError, match=r"config\.template_: "):
        export(data, tmp_path / "rows.jsonl", model=str(model), template_={})
    with pytest.raises(ConfigError, match="has no tokenizer"):
        export(data, tmp_path / "rows.jsonl", model=str(tmp_path))
    with pytest.raises(ConfigError, match="cannot hold the weights"):
        export([WeightedTrajectory(episode(), 0.5)], tmp_path / "rows.jsonl", model=str(model))
    assert not (tmp_path / "rows.jsonl").exists()


def test_the_trainer_takes_the_rows_as_they_are(model: Path, tmp_path: Path) -> None:
    collating = pytest.importorskip("trl.trainer.sft_trainer", reason="trl is not installed")
    file = tmp_path / "rows.jsonl"
    export([WeightedTrajectory(episode())], file, model=str(model))
    row = json.loads(file.read_text())
    batch = collating.DataCollatorForLanguageModeling(pad_token_id=0)([row])
    assert batch["labels"].tolist() == [row["labels"]]


def conversation() -> Trajectory:
    """A canned opening, three replies of which the second is not to be learned, and what follows the last."""
    spoken = [
        ("user", "Rules.", None),
        ("assistant", "OK.", False),
        ("user", "Go.", None),
        ("assistant", "left", True),
        ("user", "A wall.", None),
        ("assistant", "???", False),
        ("user", "What?", None),
        ("assistant", "up", True),
        ("user", "Done.", None),
    ]
    return attrs.evolve(episode(), messages=tuple(Message(role, text, loss) for role, text, loss in spoken))


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["content"] for message in messages]


def test_what_is_not_to_be_learned_stands_in_prompts() -> None:
    one, two = conversation_rows([WeightedTrajectory(conversation())])
    assert texts(one["prompt"]) == ["Rules.", "OK.", "Go."]
    assert texts(one["completion"]) == ["left"]
    assert texts(two["prompt"]) == ["Rules.", "OK.", "Go.", "left", "A wall.", "???", "What?"]
    assert texts(two["completion"]) == ["up"]
    (whole,) = conversation_rows([WeightedTrajectory(episode())])
    assert (texts(whole["prompt"]), texts(whole["completion"])) == (["Go."], ["left", "A wall.", "up"])
    replies = list(conversation_rows([WeightedTrajectory(episode())], per_reply=True))
    assert [texts(row["completion"]) for row in replies] == [["left"], ["up"]]
    assert texts(replies[1]["prompt"]) == ["Go.", "left", "A wall."]
    assert "tools" not in whole


def test_tools_stand_beside_as_text_and_arguments_parsed() -> None:
    tools = [{"type": "function", "function": {"name": "move", "parameters": {"type": "object"}}}]
    called = attrs.evolve(
        episode(),
        messages=(
            Message("user", "Go."),
            Message("assistant", "", True, (ToolCall("c1", "move", '{"by": 2}'),)),
            Message("tool", "A wall.", tool_call_id="c1"),
            Message("assistant", "up", True),
        ),
    )
    with pytest.raises(ConfigError, match="not kept"):
        list(conversation_rows([WeightedTrajectory(called)]))
    (row,) = conversation_rows([WeightedTrajectory(attrs.evolve(called, info={"tools": tools}))])
    assert json.loads(row["tools"]) == tools
    assert row["completion"][0]["tool_calls"][0]["function"] == {"name": "move", "arguments": {"by": 2}}
    assert row["completion"][1]["tool_call_id"] == "c1"


def test_weights_that_rows_of_messages_cannot_hold_are_refused_and_nought_is_left_out(tmp_path: Path) -> None:
    for item in (WeightedTrajectory(episode(), 0.5), WeightedTrajectory(episode(), 1.0, (1.0, 0.0))):
        with pytest.raises(ConfigError, match="cannot hold the weights"):
            list(conversation_rows([item]))
    assert list(conversation_rows([WeightedTrajectory(episode(), 0.0)])) == []
    file = tmp_path / "rows.jsonl"
    assert export([WeightedTrajectory(episode(), 0.0), WeightedTrajectory(episode(1))], file) == 1
    assert len(file.read_text().splitlines()) == 1
