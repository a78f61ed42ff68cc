"""`bc` against TRL's SFTTrainer with packing on a real model: SmolLM2-135M-Instruct, LoRA and all weights, the same rows.

Every training is a process of its own, and the two sides take turns. Speed is tokens a second of processor time of the training
steps, the first one left out; memory is the process's peak. Both sides have the same rows, tokens a batch, optimiser, precision and one
thread, and neither recomputes activations. For the loss curves all rows are one batch, so that both sides learn from the same tokens in
every step: the curves must be the same.

    python benchmarks/bc_trl.py [--rounds 5] [--seeds 3] [--kinds lora full]

It needs `pip install trl gguf`. Five rounds and three seeds take about half an hour on one core.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import resource
import shlex
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from _figures import HEADER, Figure, in_a_process, row

BATCH = 1024
STEPS = 4
CURVE_STEPS = 6
RATE = {"lora": 1e-3, "full": 1e-4}
DEMONSTRATIONS = (
    "collect textcraft --style bare --limit 60 --config rounds=3 --config distractors=1 --config train_draws=8 --out"
)


def train(side: str, kind: str, seed: int, steps: int, few: bool, model: str, run: str, adapter: str) -> dict[str, Any]:
    """One training in this process: its speed, peak memory and losses."""
    import torch
    import transformers

    from agentgym_core.store import Run
    from agentgym_core.types import WeightedTrajectory

    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    data = [WeightedTrajectory(item) for item in Run.open(run).trajectories()]
    random.Random(seed).shuffle(data)
    if few:
        data = data[:2]
    real, seconds, tokens = transformers.Trainer.training_step, [], []

    def timed(self: Any, net: Any, inputs: Any, *more: Any, **named: Any) -> Any:
        begun = time.process_time()
        loss = real(self, net, inputs, *more, **named)
        seconds.append(time.process_time() - begun)
        tokens.append(inputs["input_ids"].numel())
        return loss

    transformers.Trainer.training_step = timed
    with tempfile.TemporaryDirectory() as folder:
        learn = ours if side == "bc" else theirs
        losses = learn(Path(folder), data, kind, seed, steps, model, adapter)
    return {
        "speed": sum(tokens[1:]) / sum(seconds[1:]),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "losses": losses,
    }


def ours(folder: Path, data: Any, kind: str, seed: int, steps: int, model: str, adapter: str) -> list[float]:
    """The losses of `bc`."""
    from agentgym_algo_bc.config import BCConfig
    from agentgym_algo_bc.learner import BehaviouralCloning
    from agentgym_learning.testing import Place

    config = BCConfig(
        model=model, adapter=adapter, lora={"rank": 16, "alpha": 32} if kind == "lora" else None, learning_rate=RATE[kind], seed=seed,
        batch_tokens=BATCH, epochs=1000, max_steps=steps, warmup=0, schedule="constant", log_every=1,
    )  # fmt: skip
    result = BehaviouralCloning(config).run(Place(folder), data)
    return [line["loss"] for line in result.metrics["losses"]]


def theirs(folder: Path, data: Any, kind: str, seed: int, steps: int, model: str, adapter: str) -> list[float]:
    """The losses of SFTTrainer."""
    import datasets
    import torch
    import transformers
    from trl import SFTConfig, SFTTrainer

    from agentgym_tokens import Conversations, rows

    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    made = list(rows(data, Conversations(tokenizer, {})))
    columns = {
        "input_ids": [list(each.ids) for each in made],
        "completion_mask": [[int(on) for on in each.mask] for each in made],
    }
    net: Any = transformers.AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    if adapter:
        import peft

        net = peft.PeftModel.from_pretrained(net, adapter, is_trainable=True)
    trainer = SFTTrainer(
        model=net, processing_class=tokenizer, train_dataset=datasets.Dataset.from_dict(columns),
        args=SFTConfig(
            output_dir=str(folder), max_length=BATCH, packing=True, completion_only_loss=True, per_device_train_batch_size=1,
            max_steps=steps, num_train_epochs=1000, learning_rate=RATE[kind], weight_decay=0.0, warmup_steps=0,
            lr_scheduler_type="constant",
            max_grad_norm=1.0, logging_steps=1, seed=seed, bf16=False, gradient_checkpointing=False, report_to=[], save_strategy="no",
            use_cpu=True, disable_tqdm=True,
        ),
    )  # fmt: skip
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.train()
    return [line["loss"] for line in trainer.state.log_history if "loss" in line]


def fresh_adapter(model: str, folder: Path) -> str:
    """A LoRA adapter that both sides start from: each would draw another one."""
    import peft
    import torch
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    config = peft.LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    peft.get_peft_model(AutoModelForCausalLM.from_pretrained(model), config).save_pretrained(folder)
    return str(folder)


def measure(rounds: int, seeds: int, kinds: list[str]) -> Iterator[Figure]:
    """Ratios of speed and memory, round by round, and how far the loss curves are apart."""
    from agentgym_core.cli import main as agentgym
    from agentgym_policy_transformers.models import get_model, models_folder

    with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(io.StringIO()):
        get_model("smollm2")
        model, run = str(models_folder() / "smollm2"), f"{place}/run"
        agentgym(shlex.split(f"{DEMONSTRATIONS} {run}"))
        for kind in kinds:
            adapter = fresh_adapter(model, Path(place) / "adapter") if kind == "lora" else ""
            made: dict[str, list[dict[str, Any]]] = {"bc": [], "trl": []}
            for number in range(rounds):
                for side, found in made.items():
                    found.append(in_a_process(__file__, [side, kind, number, STEPS, False, model, run, adapter]))
            if rounds:
                for name, unit in (("speed", "tokens/s"), ("peak", "GB")):
                    ours_, theirs_ = ([each[name] for each in made[side]] for side in ("bc", "trl"))
                    for side, values in (("bc", ours_), ("SFTTrainer, packed", theirs_)):
                        yield Figure(f"{kind}: {side}: {name}", statistics.median(values), unit)
                    ratio = statistics.median(one / two for one, two in zip(ours_, theirs_, strict=True))
                    yield Figure(
                        f"{kind}: {name} against SFTTrainer",
                        ratio,
                        "x",
                        1.3 if name == "speed" else 0.8,
                        name == "speed",
                    )
            gaps = []
            for seed in range(seeds):
                curves = [[side, kind, seed, CURVE_STEPS, True, model, run, adapter] for side in made]
                one, two = (in_a_process(__file__, words)["losses"] for words in curves)
                gaps.append(max(abs(a - b) / b for a, b in zip(one, two, strict=True)))
            if gaps:
                yield Figure(f"{kind}: losses apart, the worst step of {seeds} seeds", max(gaps), "", 0.01)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--kinds", nargs="+", default=["lora", "full"], choices=["lora", "full"])
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(train(*json.loads(arguments.one))))
        return
    print(HEADER, file=sys.stderr)
    for figure in measure(arguments.rounds, arguments.seeds, arguments.kinds):
        print(row("bc_trl", figure), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
