"""Behavioural cloning: from weighted trajectories to a policy."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainingArguments
from transformers.utils.logging import disable_progress_bar

from agentgym_algo_bc.attention import attend_by_row
from agentgym_algo_bc.config import BCConfig
from agentgym_algo_bc.data import Batches, Collator
from agentgym_algo_bc.trainer import Checkpoints, LossLog, WeightedTrainer, claim, last_whole
from agentgym_core.algorithm import Algorithm, AlgorithmResult, Context, LoadedModel
from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.settings import ComponentChoice
from agentgym_core.terminal import say
from agentgym_core.types import WeightedTrajectory
from agentgym_tokens import Conversations, RowCounts, TrainingRow, keep_rows, rows

MODEL = "model"


class BehaviouralCloning(Algorithm):
    """A learner: maximises the weighted likelihood of what was said (arXiv 2406.04151, section 4.1)."""

    config: BCConfig

    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        """Train, from the last whole checkpoint where there is one.

        :raises ConfigError: nothing is left to learn from, or the model cannot be used.
        :raises LossNotFinite: as its message says. :raises StoreError: a checkpoint or the result cannot be written.
        """
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
        tokenizer = self._tokenizer()
        model = self._model()
        # The same that the policy makes its prompts with: what is learned is what will be played.
        ends = getattr(model.generation_config, "eos_token_id", None)
        conversations = config.conversations(tokenizer, ends)
        limit = config.max_length or min(_context_length(model), config.batch_tokens)
        counts = RowCounts()
        made, excluded = self._rows(data, conversations, limit, counts)
        _tell(_summary(counts, excluded, limit))
        if os.environ.get("RANK", "0") == "0":
            keep_rows(context.folder, made)
        by_row = config.packing and attend_by_row(model)
        batches = Batches(made, config.batch_tokens, padded=not config.packing, seed=seed)
        folder = context.folder / "checkpoints"
        claim(folder, model)
        log = LossLog(context.progress)
        trainer = WeightedTrainer(
            model=model,
            args=self._arguments(folder, seed, len(batches)),
            train_dataset=batches,
            data_collator=Collator(_pad(tokenizer, model), packing=config.packing, by_row=by_row),
            callbacks=[Checkpoints(), log],
        )
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.remove_callback(transformers.ProgressCallback)
        try:
            outcome = trainer.train(resume_from_checkpoint=last_whole(folder))
            place = self._save(trainer, tokenizer, context.folder)
        except OSError as error:
            raise StoreError(
                f"the model cannot be saved in {context.folder}: {error}",
                hint="free some space and run again: the last whole checkpoint is resumed from",
            ) from error
        metrics: dict[str, Any] = {
            "steps": outcome.global_step,
            "loss": outcome.training_loss,
            "losses": log.history,
            "rows": counts.rows,
            "tokens": counts.tokens,
            "trained_tokens": counts.trained,
            "truncated": counts.truncated,
            "rewritten": counts.rewritten,
            "notes": counts.notes,
            "excluded": {**counts.excluded, **excluded},
            "tokens_per_second": counts.tokens * outcome.metrics.get("epoch", 1.0) / outcome.metrics["train_runtime"],
        }
        return AlgorithmResult(
            metrics,
            ComponentChoice(config.policy, self._choice(place, model)),
            str(place),
            self._in_memory(trainer, tokenizer),
        )

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

    def _in_memory(self, trainer: WeightedTrainer, tokenizer: Any) -> LoadedModel | None:
        """The weights as they are, unless something stands around them: an adapter, other processes, a change of precision."""
        if self.config.lora is not None or self.config.precision != "float32" or trainer.args.world_size > 1:
            return None
        return LoadedModel(trainer.model, tokenizer)

    def _rows(
        self, data: Sequence[WeightedTrajectory], conversations: Conversations, limit: int, counts: RowCounts
    ) -> tuple[list[TrainingRow], dict[str, int]]:
        excluded: dict[str, int] = {}
        kept = []
        for item in data:
            if not item.trajectory.outcome.scored:
                outcome = item.trajectory.outcome.value
                excluded[outcome] = excluded.get(outcome, 0) + 1
            elif item.weight != 0:
                kept.append(item)
            else:
                excluded["weight 0"] = excluded.get("weight 0", 0) + 1
        made = list(rows(kept, conversations, max_length=limit, counts=counts))
        if not made:
            raise ConfigError(
                f"nothing to learn from: {len(data)} trajectories gave no row ({json.dumps({**counts.excluded, **excluded})})",
                hint="look at the weights, at max_length, and at what was excluded",
            )
        return made, excluded

    def _model(self) -> Any:
        config = self.config
        try:
            model: Any = AutoModelForCausalLM.from_pretrained(
                config.model,
                dtype=torch.float32,
                revision=config.revision or "main",
                trust_remote_code=config.trust_remote_code,
                **({} if config.attention == "auto" else {"attn_implementation": config.attention}),
            )
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"model {config.model!r} cannot be loaded: {error}", hint="name a folder or a hub id"
            ) from error
        if config.gradient_checkpointing:
            model.config.use_cache = False
        if config.lora is None and config.adapter:
            model = self._adapted(model, trainable=False).merge_and_unload().requires_grad_(True)
        elif config.adapter:
            model = self._adapted(model, trainable=True)
        elif config.lora is not None:
            import peft

            targets = config.lora.targets
            model = peft.get_peft_model(
                model,
                peft.LoraConfig(
                    r=config.lora.rank,
                    lora_alpha=config.lora.alpha,
                    lora_dropout=config.lora.dropout,
                    target_modules=targets if isinstance(targets, str) else list(targets),
                    task_type="CAUSAL_LM",
                ),
            )
        if config.lora is not None and config.gradient_checkpointing:
            model.enable_input_require_grads()
        return model

    def _adapted(self, model: Any, *, trainable: bool) -> Any:
        import peft

        try:
            return peft.PeftModel.from_pretrained(model, self.config.adapter, is_trainable=trainable)
        except (OSError, ValueError, RuntimeError) as error:
            raise ConfigError(
                f"adapter {self.config.adapter!r} cannot be loaded into {self.config.model!r}: {error}",
                hint="name a folder with an adapter of this model",
            ) from error

    def _tokenizer(self) -> Any:
        config = self.config
        try:
            return AutoTokenizer.from_pretrained(
                config.model, revision=config.revision or "main", trust_remote_code=config.trust_remote_code
            )
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"model {config.model!r} has no tokenizer: {error}", hint="name a folder or a hub id that has one"
            ) from error

    def _arguments(self, folder: Path, seed: int, batches: int) -> TrainingArguments:
        config = self.config
        return TrainingArguments(
            output_dir=str(folder),
            per_device_train_batch_size=1,
            gradient_accumulation_steps=config.accumulate,
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

    def _save(self, trainer: WeightedTrainer, tokenizer: Any, folder: Path) -> Path:
        """Write the result beside its final place, then put it there: it is whole or not there."""
        place, draft = folder / MODEL, folder / f"{MODEL}.part"
        if trainer.is_world_process_zero():
            shutil.rmtree(draft, ignore_errors=True)
        trainer.accelerator.wait_for_everyone()
        trainer.save_model(str(draft))
        if trainer.is_world_process_zero():
            tokenizer.save_pretrained(str(draft))
            shutil.rmtree(place, ignore_errors=True)
            draft.rename(place)
        trainer.accelerator.wait_for_everyone()
        return place


def _pad(tokenizer: Any, model: Any) -> int:
    """Padding is never looked at, so any id that the model has serves a tokenizer that names none, or one beyond the embedding."""
    size = int(model.get_input_embeddings().weight.shape[0])
    for token in (tokenizer.pad_token_id, tokenizer.eos_token_id):
        if token is not None and token < size:
            return int(token)
    return 0


def _context_length(model: Any) -> int:
    return int(getattr(model.config, "max_position_embeddings", None) or 2**20)


def _summary(counts: RowCounts, excluded: dict[str, int], limit: int) -> str:
    left_out = {**counts.excluded, **excluded}
    why = ", ".join(f"{number} {reason}" for reason, number in sorted(left_out.items())) or "none"
    notes = "".join(f"; {number} {note}" for note, number in sorted(counts.notes.items()))
    return (
        f"training on {counts.rows} rows of {counts.trajectories} trajectories: {counts.tokens} tokens, {counts.trained} of them "
        f"learned; {counts.truncated} cut at {limit} tokens, {counts.rewritten} rows begun by a rewritten prompt; excluded: {why}{notes}"
    )


def _tell(line: str) -> None:
    say(f"bc: {line}", file=sys.stderr, flush=True)
