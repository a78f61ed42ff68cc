"""transformers' Trainer with any objective over learned tokens, and checkpoints that are whole or not there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from agentgym_core.errors import AgentGymError, ConfigError
from agentgym_learning.batches import IGNORED
from agentgym_learning.curve import CurveFile
from agentgym_learning.head import Head
from agentgym_learning.objective import Objective

WHOLE = "whole"
_FORWARD = ("input_ids", "position_ids", "row_lengths")
"""What the model is called with; everything else is a column."""

_TRAINERS_OWN = ("epoch", "grad_norm", "learning_rate")


class LossNotFinite(AgentGymError):
    """The loss became infinite or not a number; the batch is kept beside the checkpoints."""


class TokenTrainer(Trainer):
    """Minimises an objective over learned tokens, normalised over the whole step: all forward passes, all devices.

    :param head: reads the log-probabilities. :param optimizer_state: a file with the state of an optimiser to go on with.
    """

    loss_is_scaled_for_ga = True

    def __init__(
        self, *, objective: Objective, head: Head, optimizer_state: Path | None = None, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self._objective = objective
        self._head = head
        self._optimizer_state = optimizer_state
        self._figures: dict[str, float] = {}
        self._logged = 0

    def create_optimizer(self, *arguments: Any, **more: Any) -> Any:
        """The optimiser, with the averages of the training that this one goes on from."""
        fresh = self.optimizer is None
        optimizer = super().create_optimizer(*arguments, **more)
        if fresh and self._optimizer_state is not None:
            saved = torch.load(self._optimizer_state, map_location="cpu", weights_only=True)
            # Its rates are this training's own: only what it remembers of gradients goes on.
            groups = optimizer.state_dict()["param_groups"]
            try:
                optimizer.load_state_dict({"state": saved, "param_groups": groups})
            except (ValueError, KeyError) as error:
                raise ConfigError(
                    f"{self._optimizer_state}: not the state of an optimiser of this model: {error}",
                    hint="go on with the same lora, or set keep_optimizer = false",
                ) from error
        return optimizer

    def _get_num_items_in_batch(self, batch_samples: list[Any], device: torch.device) -> Tensor | None:
        if not batch_samples:
            return None
        total = torch.stack([self._objective.size(_columns(batch)) for batch in batch_samples]).sum().to(device)
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
        """The objective's loss; logits are made only where something is learned."""
        labels = inputs["labels"][:, 1:]
        forward = {name: value for name, value in inputs.items() if name in _FORWARD}
        columns = _columns(inputs)
        logprobs = self._head.logprobs(model, forward, labels != IGNORED, labels)
        total = self._objective.size(columns) if num_items_in_batch is None else torch.as_tensor(num_items_in_batch)
        loss, figures = self._objective.loss(logprobs, columns, total)
        if not torch.isfinite(loss):
            raise self._not_finite(inputs)
        for name, value in figures.items():
            self._figures[name] = self._figures.get(name, 0.0) + float(value)
        # Gradients are averaged over devices afterwards, while the total is already that of all of them.
        loss = loss * self.accelerator.num_processes
        return (loss, {"logprobs": logprobs}) if return_outputs else loss

    def log(self, logs: dict[str, float], *arguments: Any, **more: Any) -> None:
        """As Trainer's, with the objective's figures: the mean of the steps since the last line."""
        steps = self.state.global_step - self._logged
        if "loss" in logs and steps > 0:
            names = sorted(self._figures)
            values = torch.tensor([self._figures[name] for name in names])
            if self.args.world_size > 1 and names:
                values = self.accelerator.reduce(values.to(self.args.device), "sum").cpu()
            logs |= {name: float(value) / steps for name, value in zip(names, values, strict=True)}
            self._figures, self._logged = {}, self.state.global_step
        super().log(logs, *arguments, **more)

    def _not_finite(self, inputs: dict[str, Any]) -> LossNotFinite:
        file = Path(str(self.args.output_dir)) / f"loss-not-finite-step-{self.state.global_step}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        batch = {name: value.tolist() if isinstance(value, Tensor) else value for name, value in inputs.items()}
        file.write_text(json.dumps(batch), encoding="utf-8")
        return LossNotFinite(
            f"the loss is not finite at step {self.state.global_step}; its batch is kept in {file}",
            hint="lower the learning rate, or look at the batch; earlier checkpoints are whole",
        )


def _columns(batch: Mapping[str, Any]) -> dict[str, Tensor]:
    """The columns of a batch at the tokens that are learned."""
    chosen = batch["labels"][:, 1:] != IGNORED
    names = [name for name in batch if name not in ("labels", *_FORWARD)]
    return {name: batch[name][:, 1:][chosen].float() for name in names}


class Checkpoints(TrainerCallback):
    """Marks a checkpoint when it is whole, so that one which a full disk or a kill cut short is never resumed from."""

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any) -> None:
        """Called after everything of a checkpoint is written."""
        if state.is_world_process_zero:
            (Path(str(args.output_dir)) / f"checkpoint-{state.global_step}" / WHOLE).touch()


class LossLog(TrainerCallback):
    """Keeps what Trainer logs, and tells how far learning has come.

    :param progress: as `Context.progress`. :param curve: where it is kept while learning goes on.
    """

    def __init__(self, progress: Callable[[int, int, str, Mapping[str, float]], None], curve: CurveFile) -> None:
        self.history: list[dict[str, float]] = []
        self._progress = progress
        self._curve = curve
        self._resumed = False

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any
    ) -> None:
        """Called before the first step, and after a checkpoint was read."""
        self._resumed = state.global_step > 0
        # What was logged before the checkpoint that is gone on from.
        self.history = [_figures_of(line, int(line["step"])) for line in state.log_history if "loss" in line]
        if state.is_world_process_zero:
            self._curve.begin(state.max_steps, self.history)
            self._progress(state.global_step, state.max_steps, "steps", {})

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Any = None, **more: Any
    ) -> None:
        """Called with what is logged."""
        if logs and "loss" in logs and state.is_world_process_zero:
            line = _figures_of(logs, state.global_step)
            self.history.append(line)
            self._curve.add(line)
            figures = {name: value for name, value in line.items() if name != "step"}
            self._progress(state.global_step, state.max_steps, "steps", figures)

    def mean(self, told: float) -> float:
        """The mean loss of all steps.

        :param told: what Trainer says, which after a resume counts the loss of the steps since and divides it by all steps.
        """
        if not self._resumed or not self.history:
            return told
        ends = [line["step"] for line in self.history]
        spans = [end - before for end, before in zip(ends, [0, *ends], strict=False)]
        return sum(line["loss"] * span for line, span in zip(self.history, spans, strict=True)) / ends[-1]


def _figures_of(logs: Mapping[str, Any], step: int) -> dict[str, float]:
    own = (*_TRAINERS_OWN, "step")
    return {"step": step, **{name: float(value) for name, value in logs.items() if name not in own}}


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


def last_whole(folder: Path, *, clean: bool = True) -> str | None:
    """The newest checkpoint that was written to its end.

    :param clean: remove the torn ones that are newer. Of processes that learn together one does: else each would find the
        other's half removed.
    """
    import shutil

    found = [(int(path.name.rpartition("-")[2]), path) for path in folder.glob("checkpoint-*") if path.is_dir()]
    whole = max((each for each in found if (each[1] / WHOLE).exists()), default=None)
    if clean:
        for number, path in found:
            if whole is None or number > whole[0]:
                shutil.rmtree(path)
    return None if whole is None else str(whole[1])
