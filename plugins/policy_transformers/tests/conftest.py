"""Tiny random models of several families, one tokenizer, and a player that needs no environment."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch: make setup-learn")
transformers = pytest.importorskip("transformers")

from agentgym_core.actions import Grammar  # noqa: E402
from agentgym_core.policy import Reply, Request  # noqa: E402
from agentgym_core.settings import Sampling  # noqa: E402
from agentgym_core.types import Message  # noqa: E402
from agentgym_policy_transformers.config import TransformersConfig  # noqa: E402
from agentgym_policy_transformers.policy import TransformersPolicy  # noqa: E402
from agentgym_policy_transformers.tokenizer import train_tokenizer  # noqa: E402

TEXTS = [
    "You are in room 3. There is a wall to the north and a door to the east. What do you do?",
    "Thought:\nthe door is to the east\n\nAction:\nmove right",
    "The goal is at position 8, 6. Your current position is at position 7, 6.",
] * 3

SHAPE: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
    "initializer_range": 0.2,
}


def _config(family: str, tokens: int) -> Any:
    common = {**SHAPE, "vocab_size": tokens, "pad_token_id": 0, "eos_token_id": 2, "bos_token_id": None}
    if family == "qwen3":
        return transformers.Qwen3Config(**common, head_dim=8, tie_word_embeddings=True)
    if family == "llama":
        return transformers.LlamaConfig(**common, tie_word_embeddings=False)
    if family == "mistral":
        return transformers.MistralConfig(**common, head_dim=8, sliding_window=24)
    if family == "gemma3":
        kinds = ["sliding_attention", "full_attention", "sliding_attention"]
        return transformers.Gemma3TextConfig(**common, head_dim=8, sliding_window=24, layer_types=kinds)
    assert family == "gpt2"
    return transformers.GPT2Config(
        vocab_size=tokens, n_embd=32, n_layer=2, n_head=4, n_positions=4096, eos_token_id=2, bos_token_id=2
    )


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    return train_tokenizer(TEXTS, 512)


@pytest.fixture(scope="session")
def make_folder(tmp_path_factory: pytest.TempPathFactory, tokenizer: Any) -> Callable[..., Path]:
    """A folder with a random model of a family and the tokenizer; the same family and seed give the same folder."""
    made: dict[tuple[str, int], Path] = {}

    def make(family: str = "qwen3", seed: int = 0) -> Path:
        if (family, seed) not in made:
            folder = tmp_path_factory.mktemp(f"{family}-{seed}") / "model"
            torch.manual_seed(seed)
            model = transformers.AutoModelForCausalLM.from_config(_config(family, len(tokenizer)))
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
            made[family, seed] = folder
        return made[family, seed]

    return make


@pytest.fixture
def make_policy(make_folder: Callable[..., Path]) -> Callable[..., TransformersPolicy]:
    """A policy over a tiny model; `tokenizer` may replace the folder's own."""

    def make(family: str = "qwen3", seed: int = 0, tokenizer: Any = None, **settings: Any) -> TransformersPolicy:
        config = TransformersConfig(model=str(make_folder(family, seed)), device="cpu", threads=1, **settings)
        return TransformersPolicy(config, tokenizer=tokenizer)

    return make


class Player:
    """Conversations that go on turn by turn, with observations drawn from a seed."""

    def __init__(self, policy: TransformersPolicy, seed: int = 0, **sampling: Any) -> None:
        self.policy = policy
        self.sampling = Sampling(**{"temperature": 1.0, "max_tokens": 6, **sampling})
        self.seed = seed
        self.messages: dict[str, list[Message]] = {}
        self.replies: dict[str, list[Reply]] = {}

    def request(self, name: str) -> Request:
        """The next request of an episode."""
        turn = len(self.replies.setdefault(name, []))
        words = random.Random(f"{self.seed} {name} {turn}")
        seen = " ".join(
            words.choice(["wall", "door", "east", "7", "position", "zebra"]) for _ in range(words.randint(1, 30))
        )
        messages = self.messages.setdefault(name, [Message("system", "Play.")])
        if messages[-1].role != "user":
            messages.append(Message("user", seen))
        return Request(tuple(messages), name, turn, words.randrange(2**31), self.sampling, Grammar(()))

    def turn(self, names: Sequence[str]) -> list[Reply | Exception]:
        """One turn of these episodes, in one batch."""
        answers = list(self.policy.act_batch([self.request(name) for name in names]))
        for name, answer in zip(names, answers, strict=True):
            if isinstance(answer, Reply):
                self.replies[name].append(answer)
                self.messages[name].append(Message("assistant", answer.text))
        return answers

    def conversations(self, name: str) -> list[tuple[list[int], list[tuple[int, int]], list[float]]]:
        """Of each unbroken run of turns: the ids, where sampled ids stand, and their log-probabilities."""
        found: list[tuple[list[int], list[tuple[int, int]], list[float]]] = []
        for reply in self.replies[name]:
            assert reply.tokens is not None
            if reply.tokens.fresh:
                found.append(([], [], []))
            ids, spans, logprobs = found[-1]
            ids += reply.tokens.prompt
            spans.append((len(ids), len(ids) + len(reply.tokens.sampled)))
            ids += reply.tokens.sampled
            logprobs += reply.tokens.logprobs
        return found


@pytest.fixture(scope="session")
def player() -> type[Player]:
    return Player


@pytest.fixture(scope="session")
def check_exact() -> Callable[[Player, str], None]:
    """Compares every turn of an episode with a plain forward pass over its ids, from nothing and without any cache."""

    def check(player: Player, name: str) -> None:
        model = player.policy.model
        for ids, spans, logprobs in player.conversations(name):
            with torch.inference_mode():
                logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float()
            places = [place for start, stop in spans for place in range(start, stop)]
            plain = logits.log_softmax(-1)[[place - 1 for place in places]]
            sampled = torch.tensor([ids[place] for place in places])
            expected = plain.gather(-1, sampled[:, None])[:, 0]
            assert torch.allclose(expected, torch.tensor(logprobs), atol=1e-5, rtol=0)
            if player.sampling.temperature == 0:
                assert plain.argmax(-1).tolist() == sampled.tolist()

    return check
