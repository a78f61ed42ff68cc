"""One step of GRPO with TRL's own trainer on an environment of ours: its actions become the model's tools.

It needs `pip install trl jmespath` and the plugins env_maze and policy_transformers. The model is tiny, new and untrained, so that this
runs on a CPU in seconds and learns nothing: put a model that can call tools in its place.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agentgym_bridge_trl.factory import environment_factory, rows
from agentgym_core.cli import main as agentgym


def new_model(folder: Path) -> Path:
    """A tiny model whose vocabulary comes from a few episodes."""
    for line in (
        f"collect maze --policy expert --limit 20 --out {shlex.quote(str(folder / 'run'))}",
        f"model new --like tiny --data {shlex.quote(str(folder / 'run'))} --out {shlex.quote(str(folder / 'model'))}",
    ):
        if agentgym(shlex.split(line)):
            sys.exit(f"agentgym {line} failed")
    return folder / "model"


def trainer_for(model: Path, out: Path, *, steps: int, longest: int = 48, calls: int = 4) -> Any:
    """TRL's trainer on mazes, for replies of `longest` tokens and `calls` rounds of tool calls."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import GRPOConfig, GRPOTrainer
    from trl.chat_template_utils import qwen3_chat_template

    tokenizer = AutoTokenizer.from_pretrained(model)
    # TRL reads tool calls out of replies only in templates that it knows.
    tokenizer.chat_template = qwen3_chat_template
    settings = GRPOConfig(
        output_dir=str(out),
        max_steps=steps,
        per_device_train_batch_size=2,
        num_generations=2,
        max_completion_length=longest,
        max_tool_calling_iterations=calls,
        use_cpu=True,
        bf16=False,
        report_to=[],
        logging_steps=1,
        save_strategy="no",
        seed=0,
    )
    return GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(model),
        processing_class=tokenizer,
        args=settings,
        train_dataset=Dataset.from_list(rows("maze", limit=8)),
        environment_factory=environment_factory("maze"),
    )


def main() -> None:
    """Train for some steps and show what was logged."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a model folder (default: a tiny new one)")
    parser.add_argument("--steps", type=int, default=1)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        trainer = trainer_for(arguments.model or new_model(Path(folder)), Path(folder), steps=arguments.steps)
        trainer.train()
        for row in trainer.state.log_history:
            print({key: row[key] for key in sorted(row) if key.startswith(("reward", "loss", "tools", "step"))})


if __name__ == "__main__":
    main()
