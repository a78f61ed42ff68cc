"""transformers' Trainer with a weight for every token, and checkpoints that are whole or not there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from agentgym_algo_bc.loss import IGNORED, weighted_loss
from agentgym_core.errors import AgentGymError, ConfigError

WHOLE = "whole"


class LossNotFinite(AgentGymError):
    """The loss became infinite or not a number; the batch is kept beside the checkpoints."""


class WeightedTrainer(Trainer):
    """Weighs every token, and normalises by the sum of weights over the whole step: all forward passes, all devices."""

    loss_is_scaled_for_ga = True

    def _get_num_items_in_batch(self, batch_samples: list[Any], device: torch.device) -> Tensor | None:
        if not batch_samples:
            return None
        total = torch.stack([_target_weights(batch).abs().sum() for batch in batch_samples]).sum().to(device)
        if self.args.world_size > 1:
            total = self.accelerator.gather(total).sum()
        return total

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """The weighted loss; logits are made only where something is learned."""
        labels, weights = inputs["labels"][:, 1:], inputs["weights"][:, 1:]
        chosen = labels != IGNORED
        positions = chosen.any(dim=0).nonzero().squeeze(1)
        forward = {name: value for name, value in inputs.items() if name not in ("labels", "weights")}
        outputs = model(**forward, logits_to_keep=positions, use_cache=False)
        here = chosen[:, positions]
        total = weights[chosen].abs().sum() if num_items_in_batch is None else num_items_in_batch
        loss = weighted_loss(
            outputs.logits[here], labels[:, positions][here], weights[:, positions][here].float(), total
        )
        if not torch.isfinite(loss):
            raise self._not_finite(inputs)
        # Gradients are averaged over devices afterwards, while the total is already that of all of them.
        loss = loss * self.accelerator.num_processes
        return (loss, outputs) if return_outputs else loss

    def _not_finite(self, inputs: dict[str, Any]) -> LossNotFinite:
        file = Path(str(self.args.output_dir)) / f"loss-not-finite-step-{self.state.global_step}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        batch = {name: value.tolist() if isinstance(value, Tensor) else value for name, value in inputs.items()}
        file.write_text(json.dumps(batch), encoding="utf-8")
        return LossNotFinite(
            f"the loss is not finite at step {self.state.global_step}; its batch is kept in {file}",
            hint="lower the learning rate, or look at the batch; earlier checkpoints are whole",
        )


def _target_weights(batch: dict[str, Any]) -> Tensor:
    labels, weights = batch["labels"][:, 1:], batch["weights"][:, 1:]
    return torch.where(labels != IGNORED, weights, 0.0).float()


class Checkpoints(TrainerCallback):
    """Marks a checkpoint when it is whole, so that one which a full disk or a kill cut short is never resumed from."""

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any) -> None:
        """Called after everything of a checkpoint is written."""
        if state.is_world_process_zero:
            (Path(str(args.output_dir)) / f"checkpoint-{state.global_step}" / WHOLE).touch()


class LossLog(TrainerCallback):
    """Keeps what Trainer logs, and tells how far learning has come.

    :param progress: as `Context.progress`.
    """

    def __init__(self, progress: Callable[[int, int, str, Mapping[str, float]], None]) -> None:
        self.history: list[dict[str, float]] = []
        self._progress = progress

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any
    ) -> None:
        """Called before the first step, and after a checkpoint was read."""
        if state.is_world_process_zero:
            self._progress(state.global_step, state.max_steps, "steps", {})

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Any = None, **more: Any
    ) -> None:
        """Called with what is logged."""
        if logs and "loss" in logs and state.is_world_process_zero:
            row = {"step": state.global_step, "loss": float(logs["loss"])}
            self.history.append(row)
            self._progress(state.global_step, state.max_steps, "steps", {"loss": row["loss"]})


def claim(folder: Path, model: Any) -> None:
    """Say whose checkpoints a folder holds, so that those of one model are never gone on with for another.

    :raises ConfigError: they are another model's.
    """
    found = hashlib.blake2b(digest_size=8)
    for name, parameter in model.named_parameters():
        # An adapter is drawn anew every time; the first weights of each tensor tell two models apart without reading them all.
        if "lora_" not in name:
            found.update(f"{name} {tuple(parameter.shape)} {parameter.detach().flatten()[:64].tolist()}".encode())
    mark = folder / "begun_from"
    if mark.exists() and mark.read_text(encoding="utf-8") != found.hexdigest():
        raise ConfigError(
            f"the checkpoints in {folder} were begun from another model",
            hint="remove them, or choose another folder",
        )
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text(found.hexdigest(), encoding="utf-8")


def last_whole(folder: Path) -> str | None:
    """The newest checkpoint that was written to its end; torn ones are removed."""
    import shutil

    while (found := _newest(folder)) is not None:
        if (Path(found) / WHOLE).exists():
            return str(found)
        shutil.rmtree(found)
    return None


def _newest(folder: Path) -> str | None:
    found = [(int(path.name.rpartition("-")[2]), path) for path in folder.glob("checkpoint-*") if path.is_dir()]
    return str(max(found)[1]) if found else None
