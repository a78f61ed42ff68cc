"""Model folders, read without loading them: what is there, which shapes it has, and a digest of all that decides what it answers."""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from agentgym_core.errors import ConfigError
from agentgym_tokens.digest import digest_of_parts

ADAPTER = "adapter_config.json"
_LEFT_OUT = ("_name_or_path", "transformers_version", "use_cache")
_OF_AN_ADAPTER = ("peft_type", "r", "lora_alpha", "use_rslora", "use_dora")


@frozen
class Tensor:
    """Where a tensor lies in a file."""

    file: Path
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


def folder_of(model: str, revision: str | None = None) -> Path:
    """The folder of a model; one of the hub is fetched.

    :raises ConfigError: there is none.
    """
    path = Path(model).expanduser()
    if path.exists() or model.startswith((".", "/", "~")) or model.count("/") > 1:
        return checked(path)
    from huggingface_hub import snapshot_download

    try:
        return checked(Path(snapshot_download(model, revision=revision, ignore_patterns=["*.pth", "*.gguf", "*.onnx"])))
    except ConfigError:
        raise
    except Exception as error:
        reason = str(error).strip().splitlines()[:1]
        raise ConfigError(
            f"model {model!r} cannot be fetched: {''.join(reason) or type(error).__name__}",
            hint="name a folder that save_pretrained wrote, or a hub id",
        ) from error


def checked(path: Path, file: str = "config.json") -> Path:
    """A folder that holds a model, or an adapter.

    :raises ConfigError: it does not.
    """
    path = path.expanduser()
    what = "adapter" if file == ADAPTER else "model"
    if not path.exists():
        raise ConfigError(
            f"there is no folder {str(path)!r}",
            hint="make a small model: agentgym model new --like tiny --data RUN --out DIR",
        )
    if not path.is_dir():
        raise ConfigError(f"{str(path)!r} is a file, not a folder with a model", hint="name the folder")
    if not (path / file).is_file():
        raise ConfigError(
            f"folder {str(path)!r} holds no {what} ({file} is missing)", hint="name the folder that was saved to"
        )
    return path.resolve()


def is_adapter(path: Path) -> bool:
    """Whether a folder holds an adapter and not a model."""
    return (path.expanduser() / ADAPTER).is_file()


def read_json(path: Path) -> dict[str, Any]:
    """An object from a file; an empty one where there is no file.

    :raises ConfigError: it is not one.
    """
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON: {error}", hint="save the model again") from error
    if not isinstance(found, dict):
        raise ConfigError(f"{path} holds no JSON object", hint="save the model again")
    return found


def end_ids(folder: Path) -> list[int]:
    """The ids that end a reply, as the model's own files say."""
    found: list[int] = []
    for name in ("generation_config.json", "config.json"):
        ids = read_json(folder / name).get("eos_token_id")
        found += ids if isinstance(ids, list) else [] if ids is None else [ids]
    return sorted(set(found))


def lora_rank(folder: Path) -> int:
    """The highest rank of an adapter.

    :raises ConfigError: it says none.
    """
    told = read_json(checked(folder, ADAPTER) / ADAPTER)
    ranks = [told.get("r"), *(told.get("rank_pattern") or {}).values()]
    whole = [rank for rank in ranks if isinstance(rank, int) and rank > 0]
    if not whole:
        raise ConfigError(f"adapter {str(folder)!r} says no rank, so it is no LoRA adapter", hint="name a LoRA adapter")
    return max(whole)


def tensors(folder: Path) -> dict[str, Tensor]:
    """The tensors of a folder's safetensors files by name; empty where it has none.

    :raises ConfigError: a file is torn.
    """
    return dict(pair for file in sorted(folder.glob("*.safetensors")) for pair in _tensors_of(file))


def _tensors_of(file: Path) -> Iterator[tuple[str, Tensor]]:
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if length > size:
                raise ValueError("its header is longer than the file")
            header = json.loads(stream.read(length))
        header.pop("__metadata__", None)
        for name, told in header.items():
            start, stop = (8 + length + int(place) for place in told["data_offsets"])
            if not 8 + length <= start <= stop <= size:
                raise ValueError(f"tensor {name} lies outside of it")
            yield name, Tensor(file, str(told["dtype"]), tuple(int(side) for side in told["shape"]), start, stop)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{file} is not a whole safetensors file: {error}", hint="save the model again") from error


def check_same(ours: Path, theirs: Path) -> None:
    """Whether a checkpoint fits the model that runs.

    :raises ConfigError: it is of another architecture, or its files lack weights.
    """
    mine, other = read_json(ours / "config.json"), read_json(theirs / "config.json")
    tied = {"lm_head.weight"} if mine.get("tie_word_embeddings") else set()
    here, there = tensors(ours), tensors(theirs)
    strange = []
    if here and there:
        names = (here.keys() | there.keys()) - tied
        strange = sorted(n for n in names if n not in here or n not in there or here[n].shape != there[n].shape)
    if mine.get("model_type") != other.get("model_type") or strange:
        where = f"; {len(strange)} weights differ in name or shape, such as {strange[0]}" if strange else ""
        raise ConfigError(
            f"checkpoint {str(theirs)!r} holds another architecture ({other.get('model_type')}) than the model that is "
            f"loaded ({mine.get('model_type')}){where}",
            hint="make a new policy for it: a policy keeps its architecture",
        )


def digest_of(folder: Path, tokenizer: Any, settings: Mapping[str, Any], adapter: Path | None = None) -> str:
    """A digest of everything that decides what a model answers: weights, architecture, tokenizer, chat template, adapter."""
    config = {key: value for key, value in read_json(folder / "config.json").items() if key not in _LEFT_OUT}
    words: list[Any] = [config, dict(settings), tokenizer.chat_template, sorted(tokenizer.get_vocab().items())]
    if adapter is not None:
        told = read_json(adapter / ADAPTER)
        words.append({key: told.get(key) for key in _OF_AN_ADAPTER})
    head = json.dumps(words, sort_keys=True, default=str).encode()
    return digest_of_parts(head, (part for place in (folder, adapter) if place is not None for part in _weights(place)))


def _weights(folder: Path) -> Iterator[tuple[str, Any]]:
    """The tensors of a folder with their bytes, which are mapped and not read yet; of older files, the hash of each."""
    files = tensors(folder)
    mapped: dict[Path, memoryview] = {}
    # How tensors are spread over files, and in which order, decides nothing.
    for name, tensor in sorted(files.items()):
        if tensor.file not in mapped:
            with tensor.file.open("rb") as stream:
                mapped[tensor.file] = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        yield f"{name} {tensor.shape} {tensor.dtype}", mapped[tensor.file][tensor.start : tensor.stop]
    if not files:
        for file in sorted(folder.glob("*.bin")):
            with file.open("rb") as stream:
                yield file.name, hashlib.file_digest(stream, "sha256").digest()
