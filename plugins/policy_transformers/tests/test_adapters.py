"""LoRA adapters: loaded with the model, swapped between iterations, saved, and refused where they do not fit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from agentgym_core.errors import ConfigError

peft = pytest.importorskip("peft")

# peft reads a name that transformers will drop.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")


@pytest.fixture(scope="module")
def make_adapter(tmp_path_factory: pytest.TempPathFactory, make_folder: Callable[..., Path]) -> Callable[..., Path]:
    def make(seed: int, family: str = "qwen3") -> Path:
        folder = tmp_path_factory.mktemp("adapter")
        torch.manual_seed(seed)
        model = transformers.AutoModelForCausalLM.from_pretrained(make_folder(family))
        lora = peft.LoraConfig(
            r=4, target_modules="all-linear", init_lora_weights=False, fan_in_fan_out=family == "gpt2"
        )
        adapted = peft.get_peft_model(model, lora)
        adapted.save_pretrained(folder)
        return folder

    return make


def said(policy: Any, player: Any) -> list[str]:
    play = player(policy, temperature=0.0, max_tokens=12)
    replies = [reply.text for _ in range(2) for reply in play.turn(["a", "b"])]
    for name in ("a", "b"):
        asyncio.run(policy.end(name))
    return replies


def test_an_adapter_changes_what_is_said_and_is_exact(
    make_policy: Callable[..., Any], make_adapter: Any, player: Any, check_exact: Any
) -> None:
    policy = make_policy(adapter=str(make_adapter(1)))
    play = player(policy, temperature=0.0)
    for _ in range(3):
        play.turn(["a", "b"])
    check_exact(play, "a")
    assert said(policy, player) != said(make_policy(), player)
    assert policy.weights_digest() != make_policy().weights_digest()


def test_adapters_are_swapped_back_and_forth_and_dropped(
    make_policy: Callable[..., Any], make_adapter: Any, make_folder: Callable[..., Path], player: Any
) -> None:
    one, two = make_adapter(1), make_adapter(2)
    policy = make_policy(adapter=str(one))
    first = (policy.weights_digest(), said(policy, player))
    seen = []
    for place in (two, one, two):
        asyncio.run(policy.load(place))
        seen.append((policy.weights_digest(), said(policy, player)))
    assert seen[1][1] == first[1]
    assert seen[0] == seen[2] != first
    assert seen[1][0] == first[0]
    asyncio.run(policy.load(make_folder()))
    assert said(policy, player) == said(make_policy(), player)
    assert policy.weights_digest() == make_policy().weights_digest()


def test_an_adapter_is_saved_as_one(make_policy: Callable[..., Any], make_adapter: Any, tmp_path: Path) -> None:
    policy = make_policy(adapter=str(make_adapter(1)))
    asyncio.run(policy.save(tmp_path / "kept"))
    assert (tmp_path / "kept" / "adapter_config.json").is_file()
    assert not (tmp_path / "kept" / "model.safetensors").exists()
    assert make_policy(adapter=str(tmp_path / "kept")).weights_digest() == policy.weights_digest()


def test_an_adapter_of_another_model_is_refused_and_the_old_one_stays(
    make_policy: Callable[..., Any], make_adapter: Any, player: Any
) -> None:
    policy = make_policy(adapter=str(make_adapter(1)))
    before = said(policy, player)
    with pytest.raises(ConfigError, match="does not fit"):
        asyncio.run(policy.load(make_adapter(1, "gpt2")))
    assert said(policy, player) == before
