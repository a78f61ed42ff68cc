"""A tiny model on disk, and trajectories to learn from. Nothing is downloaded."""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from agentgym_core.types import EpisodeKey, Message, Outcome, Trajectory, Turn, WeightedTrajectory

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def save_model(folder: Path, *, hidden: int = 32, pad: bool = True, seed: int = 0) -> Path:
    """A random model of two layers over bytes."""
    specials = ["<|pad|>", "<|im_start|>", "<|im_end|>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*specials, *alphabet])}
    bytes_ = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    bytes_.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_.decoder = decoders.ByteLevel()
    bytes_.add_special_tokens(specials)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bytes_, eos_token="<|im_end|>", pad_token="<|pad|>" if pad else None
    )
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    tokenizer.chat_template = TEMPLATE
    torch.manual_seed(seed)
    model = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(tokenizer),
            hidden_size=hidden,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=16,
            intermediate_size=64,
            tie_word_embeddings=True,
            max_position_embeddings=512,
            pad_token_id=0,
            eos_token_id=2,
        )
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    return lambda **settings: save_model(tmp_path_factory.mktemp("other"), **settings)


def episode(name: str, said: list[str], outcome: Outcome = Outcome.SOLVED) -> Trajectory:
    """A conversation in which the agent says these things."""
    messages = [Message("user", f"Task {name}.")]
    turns = []
    for number, text in enumerate(said):
        turns.append(Turn(len(messages), text, f"Seen {number}."))
        messages += [Message("assistant", text, loss=True), Message("user", f"Seen {number}.")]
    key = EpisodeKey("toy-v1", "", name, 0)
    return Trajectory(name, key, "train", outcome, tuple(messages), tuple(turns), score=1.0 if outcome.scored else None)


@pytest.fixture(scope="session")
def data() -> list[WeightedTrajectory]:
    return [
        WeightedTrajectory(
            episode(str(number), [f"go {'left' if number % 2 else 'up'}", "stop"][: 1 + number % 2]), 0.5 + number % 3
        )
        for number in range(12)
    ]


@pytest.fixture(scope="session")
def make_episode() -> Callable[..., Trajectory]:
    return episode


class Place:
    """As much of a context as a learner uses."""

    def __init__(self, folder: Path, told: list[tuple[Any, ...]], seed: int = 5) -> None:
        self.folder = folder
        self.seed = seed
        self.told = told

    def progress(self, *told: Any) -> None:
        self.told.append(told)


@pytest.fixture
def told() -> list[tuple[Any, ...]]:
    """What the learner told of its progress."""
    return []


@pytest.fixture
def train(model: Path, tmp_path: Path, told: list[tuple[Any, ...]]) -> Callable[..., Any]:
    from agentgym_algo_bc.config import BCConfig
    from agentgym_algo_bc.learner import BehaviouralCloning

    def run(data: list[WeightedTrajectory], *, folder: str = "stage", **settings: Any) -> Any:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        config = {"model": str(model), "learning_rate": 1e-2, "batch_tokens": 256, "log_every": 1, **settings}
        return BehaviouralCloning(BCConfig(**config)).run(Place(place, told), data)  # type: ignore[arg-type]

    torch.set_num_threads(1)
    return run
