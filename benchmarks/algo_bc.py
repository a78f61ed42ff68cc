"""Tokens a second of `bc` against TRL's SFTTrainer: the same model, rows, tokens a batch, optimiser, precision and one thread.

Short trainings take turns, and what is compared is the processor time of the training loops, so that a busy machine changes little. A token
is counted where it is no padding. `loss apart` is how far the mean losses of the second halves of all trainings are from each other.

    python benchmarks/algo_bc.py [--json]

It needs TRL, which is no dependency of this project: pip install trl
"""

from __future__ import annotations

import contextlib
import io
import logging
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
import transformers
from _figures import Figure, main

from agentgym_algo_bc.config import BCConfig
from agentgym_algo_bc.learner import BehaviouralCloning
from agentgym_core.types import EpisodeKey, Message, Outcome, Trajectory, Turn, WeightedTrajectory
from agentgym_policy_transformers.tokenizer import train_tokenizer
from agentgym_tokens import Conversations, TrainingRow, rows

BATCH = 1024
ROUNDS = 2
SIZES = {"tiny": (128, 2, 384, 24), "small": (256, 4, 1024, 14)}
"""Width, layers, inner width, and steps of one training."""

SETTINGS: dict[str, Any] = {"learning_rate": 2e-3, "weight_decay": 0.01}


def episode(number: int) -> Trajectory:
    """A walk to a key: a long opening, then between 1 and 8 turns in which the agent says where it is and goes."""
    draw = random.Random(number)
    place, goal = [draw.randint(0, 8), draw.randint(0, 8)], [draw.randint(0, 8), draw.randint(0, 8)]
    messages = [
        Message("user", f"The walls are {' '.join(str(draw.randint(0, 9)) for _ in range(30))}. The key is at {goal}.")
    ]
    turns = []
    for _ in range(draw.randint(1, 8)):
        messages[-1] = Message("user", f"{messages[-1].content} You are at {place}.")
        way, by = draw.choice([("left", (0, -1)), ("right", (0, 1)), ("up", (-1, 0)), ("down", (1, 0))])
        turns.append(Turn(len(messages), way, ""))
        messages.append(
            Message("assistant", f"Thought: the key is at {goal}, I am at {place}.\nAction: go {way}", loss=True)
        )
        place = [place[0] + by[0], place[1] + by[1]]
        messages.append(Message("user", f"You went {way}."))
    key = EpisodeKey("walk-v1", "", str(number), 0)
    return Trajectory(str(number), key, "train", Outcome.SOLVED, tuple(messages), tuple(turns), score=1.0)


def make_model(folder: Path, tokenizer: Any, width: int, layers: int, inner: int) -> Path:
    """Random weights of a Qwen3 of this shape."""
    library: Any = transformers
    torch.manual_seed(0)
    config = library.Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=width, num_hidden_layers=layers, num_attention_heads=4, num_key_value_heads=4,
        head_dim=width // 4, intermediate_size=inner, max_position_embeddings=4096, initializer_range=0.9 / width**0.5,
        tie_word_embeddings=True, pad_token_id=0, eos_token_id=2, bos_token_id=None,
    )  # fmt: skip
    library.Qwen3ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@contextlib.contextmanager
def loop_timed() -> Iterator[list[float]]:
    """The processor seconds of training loops: both sides run transformers' own."""
    inner, found = transformers.Trainer._inner_training_loop, []

    def timed(self: Any, *arguments: Any, **more: Any) -> Any:
        begun = time.process_time()
        try:
            return inner(self, *arguments, **more)
        finally:
            found.append(time.process_time() - begun)

    transformers.Trainer._inner_training_loop = timed
    try:
        yield found
    finally:
        transformers.Trainer._inner_training_loop = inner


def ours(
    model: Path, data: list[WeightedTrajectory], made: list[TrainingRow], steps: int, seed: int, *, packing: bool
) -> tuple[float, list[float]]:
    """Tokens a second of one training, and its losses."""
    with tempfile.TemporaryDirectory() as folder, loop_timed() as seconds:
        config = BCConfig(
            model=str(model), batch_tokens=BATCH, packing=packing, epochs=1000, max_steps=steps, warmup=0, schedule="constant", clip=1.0,
            log_every=1, seed=seed, **SETTINGS,
        )  # fmt: skip
        place: Any = SimpleNamespace(folder=Path(folder), seed=seed, progress=lambda *told, **more: None)
        with counted("input_ids", 0) as tokens:
            result = BehaviouralCloning(config).run(place, data)
    return sum(tokens) / seconds[0], [row["loss"] for row in result.metrics["losses"]]


def theirs(
    model: Path, data: list[WeightedTrajectory], made: list[TrainingRow], steps: int, seed: int, *, packing: bool
) -> tuple[float, list[float]]:
    """The same of SFTTrainer."""
    import datasets
    from trl import SFTConfig, SFTTrainer

    mean = statistics.mean(len(row.ids) for row in made)
    shuffled = random.Random(seed).sample(made, len(made))
    columns = {
        "input_ids": [list(row.ids) for row in shuffled],
        "completion_mask": [[int(on) for on in row.mask] for row in shuffled],
    }
    with tempfile.TemporaryDirectory() as folder, loop_timed() as seconds, counted("input_ids", 0) as tokens:
        trainer = SFTTrainer(
            model=transformers.AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32),
            processing_class=transformers.AutoTokenizer.from_pretrained(model),
            train_dataset=datasets.Dataset.from_dict(columns),
            args=SFTConfig(
                output_dir=folder, max_length=BATCH, packing=packing, completion_only_loss=True,
                per_device_train_batch_size=1 if packing else max(1, round(BATCH / mean)), max_steps=steps, num_train_epochs=1000,
                lr_scheduler_type="constant", warmup_steps=0, max_grad_norm=1.0, logging_steps=1, seed=seed, bf16=False,
                gradient_checkpointing=False, report_to=[], save_strategy="no", use_cpu=True, disable_tqdm=True, **SETTINGS,
            ),
        )  # fmt: skip
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train()
    return sum(tokens) / seconds[0], [row["loss"] for row in trainer.state.log_history if "loss" in row]


@contextlib.contextmanager
def counted(name: str, padding: int) -> Iterator[list[int]]:
    """How many tokens that are no padding every step is given."""
    step, found = transformers.Trainer.training_step, []

    def counting(self: Any, model: Any, inputs: Any, *more: Any, **named: Any) -> Any:
        found.append(int((inputs[name] != padding).sum()))
        return step(self, model, inputs, *more, **named)

    transformers.Trainer.training_step = counting
    try:
        yield found
    finally:
        transformers.Trainer.training_step = step


KINDS: dict[str, tuple[Any, bool]] = {
    "bc": (ours, True),
    "bc, not packed": (ours, False),
    "SFTTrainer": (theirs, False),
    "SFTTrainer, packed": (theirs, True),
}


def measure() -> Iterator[Figure]:
    """Every size; the ratio of each round, and their median."""
    import trl  # noqa: F401

    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    logging.disable(logging.WARNING)
    data = [WeightedTrajectory(episode(number)) for number in range(120)]
    tokenizer = train_tokenizer((message.content for item in data for message in item.trajectory.messages), 1024)
    made = list(rows(data, Conversations(tokenizer, {})))
    with tempfile.TemporaryDirectory() as folder:
        for size, (width, layers, inner, steps) in SIZES.items():
            model = make_model(Path(folder) / size, tokenizer, width, layers, inner)
            speeds: dict[str, list[float]] = {kind: [] for kind in KINDS}
            losses: dict[str, list[float]] = {kind: [] for kind in KINDS}
            for number in range(ROUNDS + 1):
                for kind, (train, packing) in KINDS.items():
                    with contextlib.redirect_stderr(io.StringIO()):
                        speed, curve = train(model, data, made, steps if number else 2, number, packing=packing)
                    if number:
                        speeds[kind].append(speed)
                        losses[kind] += curve[steps // 2 :]
            for kind in KINDS:
                yield Figure(f"{size}: {kind}", statistics.median(speeds[kind]), "tokens/s")
            for kind, target in (("SFTTrainer", 1.3), ("SFTTrainer, packed", 1.0)):
                ratio = statistics.median(one / two for one, two in zip(speeds["bc"], speeds[kind], strict=True))
                yield Figure(f"{size}: bc against {kind}", ratio, "x", target, at_least=True)
                apart = abs(statistics.mean(losses["bc"]) / statistics.mean(losses[kind]) - 1)
                yield Figure(f"{size}: loss apart from {kind}", apart, "", 0.1)


if __name__ == "__main__":
    main("algo_bc", measure, __doc__)
