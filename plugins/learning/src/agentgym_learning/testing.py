"""A tiny model on disk, episodes, and a place to train in: for tests of learners. Nothing is downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from attrs import evolve
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from agentgym_core.types import EpisodeKey, Message, Outcome, Score, Tokens, Trajectory, Turn, WeightedTrajectory
from agentgym_tokens import Conversations, TrainingRow, rows

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def save_model(folder: Path, *, hidden: int = 32, pad: bool = True, seed: int = 0) -> Path:
    """A random model of two layers over bytes, and its tokenizer."""
    library: Any = transformers
    specials = ["<|pad|>", "<|im_start|>", "<|im_end|>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*specials, *alphabet])}
    bytes_ = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    bytes_.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_.decoder = decoders.ByteLevel()
    bytes_.add_special_tokens(specials)
    named = {"eos_token": "<|im_end|>", "pad_token": "<|pad|>" if pad else None}
    tokenizer = library.PreTrainedTokenizerFast(tokenizer_object=bytes_, **named)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    tokenizer.chat_template = TEMPLATE
    torch.manual_seed(seed)
    model = library.Qwen3ForCausalLM(
        library.Qwen3Config(
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


def model_fixture() -> Any:
    """For a `conftest.py`: `model = model_fixture()` is a fixture, the folder of such a model; torch computes on one thread then."""
    import pytest

    @pytest.fixture(scope="session", name="model")
    def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
        torch.set_num_threads(1)
        return save_model(tmp_path_factory.mktemp("model"))

    return model


def episode(
    name: str, said: Sequence[str], outcome: Outcome = Outcome.SOLVED, *, score: float = 1.0, sample: int = 0
) -> Trajectory:
    """A conversation in which the agent says these things; `name` is its task."""
    messages = [Message("user", f"Task {name}.")]
    turns = []
    for number, text in enumerate(said):
        turns.append(Turn(len(messages), text, f"Seen {number}."))
        messages += [Message("assistant", text, loss=True), Message("user", f"Seen {number}.")]
    key = EpisodeKey("toy-v1", "", name, 0, sample)
    return Trajectory(
        f"{name}-{sample}" if sample else name, key, "train", outcome, tuple(messages), tuple(turns),
        score=score if outcome.scored else None,
    )  # fmt: skip


def sampled(trajectory: Trajectory, model: Path) -> Trajectory:
    """The episode as if this model had said it: with ids, and the log-probabilities that it gives them."""
    row, logprobs = _read(trajectory, model)
    turns, end = [], 0
    for number, span in enumerate(row.spans):
        here = slice(span.start, span.stop)
        tokens = Tokens(row.ids[end : span.start], row.ids[here], tuple(logprobs[here].tolist()), fresh=number == 0)
        turns.append(evolve(trajectory.turns[number], tokens=tokens))
        end = span.stop
    return evolve(trajectory, turns=tuple(turns))


def likelihood(model: Path | str, trajectory: Trajectory) -> float:
    """The log-probability that a model gives to all that was said in an episode."""
    row, logprobs = _read(trajectory, Path(model))
    return float(logprobs[torch.tensor(row.mask)].sum())


def _read(trajectory: Trajectory, model: Path) -> tuple[TrainingRow, torch.Tensor]:
    """Its one row, and for each token its log-probability after those before it."""
    library: Any = transformers
    conversations = Conversations(library.AutoTokenizer.from_pretrained(model), {})
    (row,) = rows([WeightedTrajectory(trajectory)], conversations)
    net = library.AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    ids = torch.tensor(row.ids)
    with torch.no_grad():
        known = net(ids[None]).logits[0, :-1].log_softmax(1).gather(1, ids[1:, None])[:, 0]
    return row, torch.cat([torch.zeros(1), known])


class Place:
    """As much of a context as a learner uses: a folder, a seed, and the environment's own reward.

    :param told: takes what the learner tells of its progress.
    """

    def __init__(self, folder: Path, told: list[tuple[Any, ...]] | None = None, seed: int = 5) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.seed = seed
        self.told = [] if told is None else told

    def progress(self, *told: Any) -> None:
        """Keep what is told."""
        self.told.append(told)

    def reward(self, trajectories: Sequence[Trajectory]) -> list[Score | None]:
        """The scores that trajectories have."""
        return [None if each.score is None else Score(each.score) for each in trajectories]
