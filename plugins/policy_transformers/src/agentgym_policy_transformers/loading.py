"""Models, tokenizers and adapters from a folder or the hub, with errors that say whose file it is."""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from agentgym_core.errors import ConfigError
from agentgym_policy_transformers.config import TransformersConfig
from agentgym_tokens.digest import digest_of_parts

ADAPTER = "adapter_config.json"


def load_tokenizer(config: TransformersConfig) -> Any:
    """The tokenizer of a model.

    :raises ConfigError: there is none.
    """
    from transformers import AutoTokenizer

    check_folder(config.model)
    with told(f"the tokenizer of {config.model!r} cannot be loaded", "save one there: tokenizer.save_pretrained(...)"):
        return AutoTokenizer.from_pretrained(
            config.model, revision=config.revision or "main", trust_remote_code=config.trust_remote_code
        )


def load_model(config: TransformersConfig, place: str = "", *, device: torch.device | str | None = None) -> Any:
    """A causal language model, ready to answer.

    :param place: where its weights are, if not where the configuration says.
    :param device: where it goes, if not where the configuration says.
    :raises ConfigError: there is none, or its weights do not fit its configuration.
    """
    import transformers

    place = place or config.model
    check_folder(place)
    chosen = device if device is not None else pick_device(config.device)
    settings: dict[str, Any] = {
        "dtype": _dtype(config.dtype, chosen),
        "attn_implementation": config.attention,
        "trust_remote_code": config.trust_remote_code,
        "output_loading_info": True,
    }
    if place == config.model and config.revision:
        settings["revision"] = config.revision
    if chosen == "sharded":
        settings["device_map"] = "auto"
    with told(f"model {place!r} cannot be loaded", "name a folder that save_pretrained wrote, or a hub id"), quiet():
        automatic: Any = transformers.AutoModelForCausalLM
        model, information = automatic.from_pretrained(place, **settings)
    missing = sorted(information.get("missing_keys", ()))
    if missing:
        raise ConfigError(
            f"model {place!r}: its files lack {len(missing)} of the weights that its config.json speaks of, such as {missing[0]}",
            hint="they belong to another architecture, or were not saved whole",
        )
    if chosen != "sharded":
        model.to(chosen)
    return model.eval().requires_grad_(False)


def end_ids(model: Any) -> Any:
    """The ids that end a reply by a model's generation configuration: one, a list, or None."""
    return getattr(getattr(model, "generation_config", None), "eos_token_id", None)


def end_ids_of_files(config: TransformersConfig) -> Any:
    """What `end_ids` gives, without the model: from its generation configuration, where there is one."""
    from transformers import GenerationConfig

    try:
        return GenerationConfig.from_pretrained(config.model, revision=config.revision or "main").eos_token_id
    except OSError:
        return None


def is_plain(model: Any) -> bool:
    """Whether this is a model as transformers makes them, not one that another library has wrapped."""
    import transformers

    return isinstance(model, transformers.PreTrainedModel)


def settle(model: Any, config: TransformersConfig) -> Any:
    """A model that comes from training, as `load_model` would have given it: device, dtype, attention, nothing to train."""
    device = pick_device(config.device)
    dtype = _dtype(config.dtype, device)
    model.zero_grad(set_to_none=True)
    with quiet():
        if model.is_gradient_checkpointing:
            model.gradient_checkpointing_disable()
    model.set_attn_implementation(config.attention)
    model.to(device=device, **({} if dtype == "auto" else {"dtype": dtype}))
    return model.eval().requires_grad_(False)


def load_adapter(model: Any, place: str) -> Any:
    """The model with a LoRA adapter in it, as a peft model.

    :raises ConfigError: there is none, or it is not one of this model.
    """
    import peft

    check_folder(place, ADAPTER)
    with told(f"adapter {place!r} does not fit the model", "load the model that it was trained on"), quiet():
        adapted = peft.PeftModel.from_pretrained(model, place, is_trainable=False)
    return adapted.eval()


def add_adapter(adapted: Any, place: str, name: str) -> None:
    """Put a second adapter beside the one that a peft model has.

    :raises ConfigError: there is none, or it is not one of this model.
    """
    check_folder(place, ADAPTER)
    with told(f"adapter {place!r} does not fit the model", "load the model that it was trained on"), quiet():
        adapted.load_adapter(place, adapter_name=name, is_trainable=False)


def check_folder(place: str, file: str = "config.json") -> None:
    """What can be said of a place before anything is loaded.

    :raises ConfigError: it is a path, and there is no model.
    """
    path = Path(place).expanduser()
    if path.is_dir():
        if not (path / file).is_file():
            what = "adapter" if file == ADAPTER else "model"
            packed = next(iter(sorted(path.glob("*.gguf"))), None) if what == "model" else None
            raise ConfigError(
                f"folder {place!r} holds no {what} ({file} is missing)",
                hint=f"make one of {packed.name}: agentgym model import {packed} --out DIR"
                if packed
                else "name the folder that was saved to",
            )
    elif path.exists():
        hint = (
            f"make a folder of it: agentgym model import {place} --out DIR"
            if path.suffix == ".gguf"
            else "name the folder"
        )
        raise ConfigError(f"{place!r} is a file, not a folder with a model", hint=hint)
    elif place.startswith((".", "/", "~")) or place.count("/") > 1 or "\\" in place:
        raise ConfigError(
            f"there is no folder {place!r}",
            hint="make a small model: agentgym model new --like tiny --data RUN --out DIR",
        )


def pick_device(device: str) -> torch.device | str:
    """Where a model goes: accelerate's choice, or what was asked for.

    :raises ConfigError: torch has no such device.
    """
    if device == "sharded":
        return device
    if device == "auto":
        from accelerate import PartialState

        found: torch.device = PartialState().device
        return found
    try:
        asked = torch.device(device)
        torch.empty(1, device=asked)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"device {device!r} cannot be used: {reason}", hint="leave `device` out") from error
    return asked


def digest_of(model: Any, tokenizer: Any, settings: dict[str, Any], adapted: Any = None) -> str:
    """A digest of everything that decides what a model answers: weights, architecture, tokenizer, chat template, adapter."""
    config = model.config.to_dict()
    for key in ("_name_or_path", "transformers_version", "dtype", "torch_dtype", "use_cache"):
        config.pop(key, None)
    words = [config, settings, tokenizer.chat_template, sorted(tokenizer.get_vocab().items())]
    name_of_adapter = ""
    if adapted is not None:
        name_of_adapter = adapted.active_adapter
        adapter = adapted.peft_config[name_of_adapter].to_dict()
        words.append({key: adapter.get(key) for key in ("peft_type", "r", "lora_alpha", "use_rslora", "use_dora")})
    head = json.dumps(words, sort_keys=True, default=str).encode()
    return digest_of_parts(head, _tensors(model, name_of_adapter))


def _tensors(model: Any, name_of_adapter: str) -> Iterator[tuple[str, Any]]:
    """Each tensor of a model once, by name, with its bytes."""
    seen: set[int] = set()
    for name, tensor in sorted(model.state_dict().items()):
        if tensor.data_ptr() in seen:
            continue
        seen.add(tensor.data_ptr())
        # What an adapter is called here says nothing of what it does.
        told = name.replace(f".{name_of_adapter}.", ".adapter.") if name_of_adapter else name
        plain = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
        yield f"{told} {tuple(tensor.shape)} {tensor.dtype}", plain


def copy_weights(target: Any, source: Any, whose: str) -> None:
    """Put the weights of one model into another of the same architecture, in place.

    :raises ConfigError: they are of different architectures; nothing was changed.
    """
    ours, theirs = dict(target.named_parameters()), dict(source.named_parameters())
    mine, other = target.config.model_type, source.config.model_type
    strange = sorted(
        name
        for name in ours.keys() | theirs.keys()
        if name not in ours or name not in theirs or ours[name].shape != theirs[name].shape
    )
    if mine != other or strange:
        where = f"; {len(strange)} weights differ in name or shape, such as {strange[0]}" if strange else ""
        raise ConfigError(
            f"{whose} holds another architecture ({other}) than the model that is loaded ({mine}){where}",
            hint="make a new policy for it: a policy keeps its architecture",
        )
    with torch.no_grad():
        for name, parameter in ours.items():
            parameter.copy_(theirs[name])
        buffers = dict(source.named_buffers())
        for name, buffer in target.named_buffers():
            if name in buffers and buffers[name].shape == buffer.shape:
                buffer.copy_(buffers[name])


def _dtype(asked: str, device: torch.device | str) -> Any:
    if asked != "auto":
        return getattr(torch, asked)
    return torch.float32 if isinstance(device, torch.device) and device.type == "cpu" else "auto"


@contextlib.contextmanager
def told(what: str, hint: str) -> Iterator[None]:
    """Errors of the libraries as ours: their first line, not their page."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = lines[0] if lines else type(error).__name__
        raise ConfigError(f"{what}: {reason if len(reason) <= 300 else reason[:300] + ' ...'}", hint=hint) from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No progress bar for what takes a moment, and no word of what the libraries will change in each other."""
    from transformers.utils import logging as module

    logging: Any = module
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        if shown:
            logging.enable_progress_bar()
