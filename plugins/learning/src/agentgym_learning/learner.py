"""A learner: from weighted trajectories to a policy, whatever it minimises."""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import torch
import transformers
from attrs import Factory, frozen
from transformers import TrainingArguments
from transformers.utils.logging import disable_progress_bar

from agentgym_core.algorithm import Algorithm, AlgorithmResult, Context, LoadedModel
from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.settings import ComponentChoice
from agentgym_core.terminal import say
from agentgym_core.types import WeightedTrajectory
from agentgym_learning.batches import Batches, Example
from agentgym_learning.config import TrainingConfig
from agentgym_learning.curve import CurveFile
from agentgym_learning.models import context_of, load_model, load_tokenizer, pad_of
from agentgym_learning.objective import Objective
from agentgym_learning.reading import Reader, reader_of
from agentgym_learning.trainer import Checkpoints, LossLog, TokenTrainer, claim, last_whole
from agentgym_tokens import Conversations, RowCounts, keep_rows, rows, tell_if_slow

MODEL = "model"
OPTIMIZER = "optimizer.pt"


@frozen
class Lesson:
    """What a learner learns: examples, its objective, and what it tells of them beside the counts of rows."""

    examples: Sequence[Example]
    objective: Objective
    metrics: Mapping[str, Any] = Factory(dict)
    may_be_empty: bool = False
    """Whether no example is no error: the policy then stays as it was."""


@frozen
class Material:
    """What a learner makes its lesson of: trajectories, the conversations that make rows of them, and the model before it learns."""

    data: Sequence[WeightedTrajectory]
    conversations: Conversations
    reader: Reader
    max_length: int
    counts: RowCounts

    def examples(self, data: Sequence[WeightedTrajectory]) -> list[Example]:
        """Each row of these trajectories by itself."""
        made = rows(data, self.conversations, max_length=self.max_length, counts=self.counts)
        return [Example((row,)) for row in made]


class Learner(Algorithm):
    """Trains under transformers' Trainer. A subclass says what is learned of trajectories, and what is minimised."""

    name: ClassVar[str]
    config: TrainingConfig

    def lesson(self, context: Context, material: Material) -> Lesson:
        """What is learned.

        :raises ConfigError: these trajectories cannot be learned from.
        """
        raise NotImplementedError

    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        """Train, from the last whole checkpoint where there is one.

        :raises ConfigError: nothing is left to learn from, or the model cannot be used.
        :raises LossNotFinite: as its message says. :raises StoreError: a checkpoint or the result cannot be written.
        """
        with warnings.catch_warnings():
            # transformers' own code asks for what it has renamed.
            warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing", category=FutureWarning)
            return self._run(context, data)

    def _run(self, context: Context, data: Sequence[WeightedTrajectory]) -> AlgorithmResult:
        config = self.config
        if config.tensorboard and not any(find_spec(name) for name in ("tensorboard", "tensorboardX")):
            raise ConfigError("tensorboard is not installed", hint="run: pip install tensorboard, or leave it out")
        seed = context.seed % 2**31 if config.seed is None else config.seed
        transformers.set_seed(seed)
        # The library's bars for moments of reading and writing would tear the one that shows how far learning has come.
        hide_bars: Any = disable_progress_bar
        hide_bars()
        if config.threads is not None:
            torch.set_num_threads(config.threads)
        first = os.environ.get("RANK", "0") == "0"
        if first and not torch.cuda.is_available():
            tell_if_slow(self.name, "precision", config.precision, learns=True)
        tokenizer = load_tokenizer(config)
        model = load_model(config)
        # The same that the policy makes its prompts with: what is learned is what will be played.
        ends = getattr(model.generation_config, "eos_token_id", None)
        limit = config.max_length or min(context_of(model), config.batch_tokens)
        counts = RowCounts()
        reader = reader_of(config, model, pad_of(tokenizer, model))
        kept, excluded = learnable(data)
        lesson = self.lesson(context, Material(kept, config.conversations(tokenizer, ends), reader, limit, counts))
        if not lesson.examples and lesson.may_be_empty:
            return self._unchanged(counts, excluded, lesson)
        if not lesson.examples:
            raise ConfigError(
                f"nothing to learn from: {len(data)} trajectories gave no row ({json.dumps({**counts.excluded, **excluded})})",
                hint="look at the weights, at max_length, and at what was excluded",
            )
        say(f"{self.name}: {_summary(counts, excluded, limit)}", file=sys.stderr, flush=True)
        if first:
            keep_rows(context.folder, [row for each in lesson.examples for row in each.rows])
        batches = Batches(lesson.examples, config.batch_tokens, padded=not config.packing, seed=seed)
        folder = context.folder / "checkpoints"
        claim(folder, model)
        log = LossLog(context.progress, CurveFile(context.folder))
        trainer = TokenTrainer(
            model=model,
            args=self._arguments(folder, seed, len(batches)),
            train_dataset=batches,
            data_collator=reader.collator,
            callbacks=[Checkpoints(), log],
            objective=lesson.objective,
            head=reader.head,
            optimizer_state=self._state_to_go_on_with(),
        )
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.remove_callback(transformers.ProgressCallback)
        try:
            outcome = trainer.train(resume_from_checkpoint=last_whole(folder, clean=first))
            place = self._save(trainer, tokenizer, context.folder)
        except OSError as error:
            raise StoreError(
                f"the model cannot be saved in {context.folder}: {error}",
                hint="free some space and run again: the last whole checkpoint is resumed from",
            ) from error
        metrics = {
            "steps": outcome.global_step,
            "loss": log.mean(outcome.training_loss),
            "losses": log.history,
            **_figures(counts, excluded),
            "train_seconds": outcome.metrics["train_runtime"],
            "tokens_per_second": counts.tokens * outcome.metrics.get("epoch", 1.0) / outcome.metrics["train_runtime"],
            **lesson.metrics,
        }
        choice = ComponentChoice(config.policy, self._choice(place, model))
        return AlgorithmResult(metrics, choice, str(place), self._in_memory(trainer, tokenizer))

    def accumulate(self, batches: int) -> int:
        """Forward passes a step, of so many batches in all."""
        return self.config.accumulate

    def start(self) -> ComponentChoice:
        """The policy that learning begins with."""
        config = self.config
        choice = {**config.policy_config, "model": config.model, **config.rendering()}
        more = {"adapter": config.adapter, "revision": config.revision, "trust_remote_code": config.trust_remote_code}
        choice |= {name: value for name, value in more.items() if value}
        return ComponentChoice(config.policy, choice | ({"attention": "eager"} if config.attention == "eager" else {}))

    def _unchanged(self, counts: RowCounts, excluded: dict[str, int], lesson: Lesson) -> AlgorithmResult:
        metrics = {"steps": 0, "losses": [], **_figures(counts, excluded), **lesson.metrics}
        return AlgorithmResult(metrics, self.start(), self.config.adapter or self.config.model)

    def _choice(self, place: Path, model: Any) -> dict[str, Any]:
        """The configuration of the policy that plays what was learned as it was learned."""
        config = self.config
        choice = {**config.policy_config, "model": config.model if config.lora else str(place), **config.rendering()}
        if config.lora:
            choice["adapter"] = str(place)
            choice |= {"revision": config.revision} if config.revision else {}
        used = config.attention if config.attention != "auto" else model.config._attn_implementation
        if used == "eager":
            # Some architectures need what only this has, such as a cap on the scores of attention.
            choice["attention"] = used
        return {**choice, "trust_remote_code": True} if config.trust_remote_code else choice

    def _in_memory(self, trainer: TokenTrainer, tokenizer: Any) -> LoadedModel | None:
        """The weights as they are, unless something stands around them: an adapter, other processes, a change of precision."""
        if self.config.lora is not None or self.config.precision != "float32" or trainer.args.world_size > 1:
            return None
        return LoadedModel(trainer.model, tokenizer)

    def _state_to_go_on_with(self) -> Path | None:
        start = self.config.adapter or self.config.model
        file = Path(start).parent / OPTIMIZER
        return file if self.config.keep_optimizer and file.is_file() else None

    def _arguments(self, folder: Path, seed: int, batches: int) -> TrainingArguments:
        config = self.config
        return TrainingArguments(
            output_dir=str(folder),
            per_device_train_batch_size=1,
            gradient_accumulation_steps=self.accumulate(batches),
            num_train_epochs=config.epochs,
            max_steps=config.max_steps or -1,
            learning_rate=config.learning_rate,
            lr_scheduler_type=config.schedule if config.schedule != "constant" else "constant_with_warmup",
            warmup_steps=config.warmup,
            weight_decay=config.weight_decay,
            adam_beta2=config.beta2,
            max_grad_norm=config.clip,
            bf16=config.precision == "bfloat16",
            activation_checkpointing=config.gradient_checkpointing,
            seed=seed,
            save_strategy="no" if config.save_every is None else "steps",
            save_steps=config.save_every or 500,
            save_total_limit=2,
            logging_steps=config.log_every,
            report_to=["tensorboard"] if config.tensorboard else [],
            remove_unused_columns=False,
            dataloader_num_workers=0,
            dataloader_pin_memory=torch.cuda.is_available(),
            disable_tqdm=True,
            use_cpu=not torch.cuda.is_available(),
        )

    def _save(self, trainer: TokenTrainer, tokenizer: Any, folder: Path) -> Path:
        """Write the result beside its final place, then put it there: it is whole or not there."""
        place, draft = folder / MODEL, folder / f"{MODEL}.part"
        if trainer.is_world_process_zero():
            shutil.rmtree(draft, ignore_errors=True)
        trainer.accelerator.wait_for_everyone()
        trainer.save_model(str(draft))
        if trainer.is_world_process_zero():
            tokenizer.save_pretrained(str(draft))
            if self.config.keep_optimizer:
                optimizer: Any = trainer.optimizer
                torch.save(optimizer.state_dict()["state"], folder / OPTIMIZER)
            shutil.rmtree(place, ignore_errors=True)
            draft.rename(place)
        trainer.accelerator.wait_for_everyone()
        return place


def learnable(data: Sequence[WeightedTrajectory]) -> tuple[list[WeightedTrajectory], dict[str, int]]:
    """The trajectories that may be learned from, and how many are left out, by reason: faults, and what has no weight."""
    kept: list[WeightedTrajectory] = []
    excluded: dict[str, int] = {}
    for item in data:
        outcome = item.trajectory.outcome
        reason = outcome.value if not outcome.scored else "weight 0" if item.weight == 0 else ""
        if reason:
            excluded[reason] = excluded.get(reason, 0) + 1
        else:
            kept.append(item)
    return kept, excluded


def _figures(counts: RowCounts, excluded: dict[str, int]) -> dict[str, Any]:
    return {
        "rows": counts.rows,
        "tokens": counts.tokens,
        "trained_tokens": counts.trained,
        "truncated": counts.truncated,
        "rewritten": counts.rewritten,
        "notes": counts.notes,
        "excluded": {**counts.excluded, **excluded},
    }


def _summary(counts: RowCounts, excluded: dict[str, int], limit: int) -> str:
    left_out = {**counts.excluded, **excluded}
    why = ", ".join(f"{number} {reason}" for reason, number in sorted(left_out.items())) or "none"
    notes = "".join(f"; {number} {note}" for note, number in sorted(counts.notes.items()))
    return (
        f"training on {counts.rows} rows of {counts.trajectories} trajectories: {counts.tokens} tokens, {counts.trained} of them "
        f"learned; {counts.truncated} cut at {limit} tokens, {counts.rewritten} rows begun by a rewritten prompt; excluded: {why}{notes}"
    )
