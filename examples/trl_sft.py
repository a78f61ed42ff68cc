"""Some steps of TRL's SFTTrainer on episodes of ours: it learns what the agent said, and nothing else.

It needs `pip install trl` and the plugins bridge_trl, data, env_maze and policy_transformers.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from _shown import run
from _tiny import tiny_model


def trainer_for(model: Path, rows: Path, out: Path, *, steps: int) -> Any:
    """TRL's trainer on a file of rows with `prompt`, `completion` and `tools`."""
    from datasets import load_dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer
    from trl.chat_template_utils import qwen3_chat_template

    tokenizer = AutoTokenizer.from_pretrained(model)
    # Masks need a template that says where the assistant speaks; TRL has such a one for each template that it knows.
    tokenizer.chat_template = qwen3_chat_template
    return SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(model),
        processing_class=tokenizer,
        args=SFTConfig(
            output_dir=str(out),
            max_steps=steps,
            per_device_train_batch_size=2,
            assistant_only_loss=True,
            max_length=None,
            use_cpu=True,
            bf16=False,
            report_to=[],
            logging_steps=1,
            save_strategy="no",
            seed=0,
        ),
        train_dataset=load_dataset("json", data_files=str(rows), split="train", cache_dir=str(out / "cache")),
    )


def main() -> None:
    """Collect, export, train for some steps and show what was logged."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2)
    arguments = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        model = tiny_model(folder)
        run(
            f"export {shlex.quote(str(folder / 'run'))} --to trl --only solved --out {shlex.quote(str(folder / 'rows.jsonl'))}"
        )
        trainer = trainer_for(model, folder / "rows.jsonl", folder, steps=arguments.steps)
        trainer.train()
        for row in trainer.state.log_history:
            print({key: row[key] for key in sorted(row) if key in ("loss", "num_tokens", "step")})


if __name__ == "__main__":
    main()
