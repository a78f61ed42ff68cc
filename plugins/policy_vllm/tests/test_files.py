"""Model folders, read without loading them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.errors import ConfigError
from agentgym_policy_vllm import files


class Words:
    chat_template = "template"

    def __init__(self, size: int = 3) -> None:
        self.size = size

    def get_vocab(self) -> dict[str, int]:
        return {str(number): number for number in range(self.size)}


def test_a_digest_changes_with_all_that_decides_and_with_nothing_else(
    make_folder: Callable[..., Path], make_adapter: Callable[..., Path]
) -> None:
    one, same, other = make_folder("one"), make_folder("same"), make_folder("other", fill=1)
    plain = files.digest_of(one, Words(), {})
    (same / "notes.txt").write_text("nothing", encoding="utf-8")
    config = json.loads((same / "config.json").read_text(encoding="utf-8"))
    (same / "config.json").write_text(json.dumps(config | {"transformers_version": "9"}), encoding="utf-8")
    assert files.digest_of(same, Words(), {}) == plain
    adapter, second = make_adapter("a"), make_adapter("b", fill=1)
    rank = make_adapter("c", rank=8)
    found = [
        plain,
        files.digest_of(other, Words(), {}),
        files.digest_of(one, Words(4), {}),
        files.digest_of(one, Words(), {"thinking": True}),
        *(files.digest_of(one, Words(), {}, place) for place in (adapter, second, rank)),
    ]
    assert len(set(found)) == len(found)


def test_tensors_over_two_files_have_the_digest_of_one(make_folder: Callable[..., Path], tmp_path: Path) -> None:
    one, two = make_folder("one"), make_folder("two")
    whole = files.tensors(one)
    data = (one / "model.safetensors").read_bytes()
    (two / "model.safetensors").unlink()
    for number, (name, tensor) in enumerate(sorted(whole.items(), reverse=True)):
        head = json.dumps(
            {name: {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [0, tensor.stop - tensor.start]}}
        ).encode()
        part = len(head).to_bytes(8, "little") + head + data[tensor.start : tensor.stop]
        (two / f"model-{number}.safetensors").write_bytes(part)
    assert files.digest_of(two, Words(), {}) == files.digest_of(one, Words(), {})


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-3], lambda data: data[:20], lambda data: b"\xff" * 40, lambda data: b""]
)
def test_torn_files_are_named(damage: Any, make_folder: Callable[..., Path]) -> None:
    folder = make_folder()
    file = folder / "model.safetensors"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ConfigError, match="not a whole safetensors file"):
        files.tensors(folder)


def test_places_that_hold_no_model(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for place, words in (("nowhere", "there is no folder"), ("empty", "holds no model"), ("file", "is a file")):
        with pytest.raises(ConfigError, match=words) as caught:
            files.folder_of(str(tmp_path / place))
        assert caught.value.hint
    with pytest.raises(ConfigError, match="holds no adapter"):
        files.lora_rank(make_folder())


def test_what_ends_a_reply_and_an_adapters_rank(tmp_path: Path, make_adapter: Callable[..., Path]) -> None:
    (tmp_path / "config.json").write_text('{"eos_token_id": 7}', encoding="utf-8")
    (tmp_path / "generation_config.json").write_text('{"eos_token_id": [9, 7]}', encoding="utf-8")
    assert files.end_ids(tmp_path) == [7, 9]
    folder = make_adapter(rank=4)
    assert files.lora_rank(folder) == 4
    told = {"peft_type": "LORA", "r": 4, "rank_pattern": {"q_proj": 16}}
    (folder / "adapter_config.json").write_text(json.dumps(told), encoding="utf-8")
    assert files.lora_rank(folder) == 16
    (folder / "adapter_config.json").write_text('{"peft_type": "IA3"}', encoding="utf-8")
    with pytest.raises(ConfigError, match="no rank"):
        files.lora_rank(folder)
