"""Some steps of GRPO with TRL's own trainer on environments of ours: their actions become the model's tools.

It needs `pip install trl jmespath` and the plugins bridge_trl, env_maze, env_textcraft and policy_transformers.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from _tiny import tiny_model

from agentgym_bridge_trl.factory import environment_factory, rows


def trainer_for(
    model: Path, out: Path, *, steps: int, longest: int = 48, calls: int = 4, mixed: bool = False, data: bool = True
) -> Any:
    """TRL's trainer on mazes, for replies of `longest` tokens and `calls` rounds of tool calls.

    :param mixed: mazes and TextCraft in one run. :param data: rows name the tasks; else the environment draws them.
    """
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
        per_device_train_batch_size=4,
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
    names = ("maze", "textcraft") if mixed else ("maze",)
    factories = {name: environment_factory(name, group=settings.num_generations) for name in names}
    return GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(model),
        processing_class=tokenizer,
        args=settings,
        train_dataset=Dataset.from_list([row for name in names for row in rows(name, limit=8)]) if data else None,
        environment_factory=factories if mixed else factories["maze"],
    )


def main() -> None:
    """Train for some steps and show what was logged."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a model folder (default: a tiny new one)")
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--mixed", action="store_true", help="mazes and TextCraft in one run")
    parser.add_argument("--no-data", action="store_true", help="no data set: the environment draws the tasks")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        trainer = trainer_for(
            arguments.model or tiny_model(Path(folder)),
            Path(folder),
            steps=arguments.steps,
            mixed=arguments.mixed,
            data=not arguments.no_data,
        )
        trainer.train()
        for row in trainer.state.log_history:
            print({key: row[key] for key in sorted(row) if key.startswith(("reward", "loss", "tools", "step"))})


if __name__ == "__main__":
    main()
