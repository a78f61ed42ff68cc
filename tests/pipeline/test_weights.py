"""Weights are not lost on their way out of a pipeline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentgym_core.errors import ConfigError
from agentgym_core.pipeline import Pipeline, read

FILE = """
folder = "{folder}"

[policies.teacher]
id = "expert"

[[tasks.narrow]]
environment = "counting"
limit = 3

[[stages]]
name = "demos"
kind = "collect"
policy = "teacher"
tasks = "narrow"

[[stages]]
name = "weighed"
kind = "weigh"
source = "demos"
scale = 0.5

[[stages]]
name = "out"
kind = "export"
source = "{source}"
format = "{format}"
file = "out.data"
"""


def exported(tmp_path: Path, format: str, source: str = "weighed") -> Path:
    file = tmp_path / "run.toml"
    file.write_text(FILE.format(folder=tmp_path / "kept", format=format, source=source), encoding="utf-8")
    return tmp_path / "kept" / Pipeline(read(file)).run()["out"]["file"]


@pytest.mark.parametrize(("source", "weight"), [("weighed", 0.5), ("demos", 1.0)])
def test_jsonl_keeps_weights(tmp_path: Path, source: str, weight: float) -> None:
    lines = exported(tmp_path, "jsonl", source).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["weight"] for line in lines] == [weight] * 3


def test_parquet_keeps_weights(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert parquet.read_table(exported(tmp_path, "parquet"))["weight"].to_pylist() == [0.5] * 3


def test_agenttraj_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"can hold the weight 0\.5"):
        exported(tmp_path, "agenttraj")


def test_agenttraj_takes_what_was_not_weighed(tmp_path: Path) -> None:
    assert exported(tmp_path, "agenttraj", "demos").exists()
