"""The evolution of a real model in its short form, with a tiny model in its place: every stage, every page."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "evolve_llm.py"
NEEDED = ("torch", "peft", "agentgym_algo_bc", "agentgym_algo_agentevol", "agentgym_policy_transformers")


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for name in NEEDED:
        pytest.importorskip(name, reason=f"the evolution of a model needs {name}: make setup-learn")
    monkeypatch.syspath_prepend(str(EXAMPLE.parent))
    spec = importlib.util.spec_from_file_location("evolve_llm", EXAMPLE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("playing", "learning", "chosen"),
    [(0.5, 0.6, "bfloat16"), (6.0, 13.0, "float32"), (0.9, 1.3, "float32"), (1.0, 1.0, "float32")],
)
def test_the_quicker_precision_is_taken_and_kept(
    example: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    playing: float,
    learning: float,
    chosen: str,
) -> None:
    from transformers import LlamaConfig

    LlamaConfig(hidden_size=64, intermediate_size=96).save_pretrained(tmp_path / "model")
    shapes = []

    def times(precision: str, *, learns: bool, shape: tuple[int, int, int]) -> float:
        shapes.append(shape)
        return learning if learns else playing

    monkeypatch.setattr(example, "times_as_long", times)
    assert example.chosen_precision(tmp_path / "model", tmp_path / "run") == chosen
    assert f"{chosen}: bfloat16 takes {playing:.2g} times as long" in capsys.readouterr().out
    assert shapes == [(128, 64, 96)] * 2
    # The same run on a machine that answers otherwise goes on as it began: its stages are not done again.
    monkeypatch.setattr(example, "times_as_long", lambda *_, **__: 0.1 if chosen == "float32" else 10.0)
    assert example.chosen_precision(tmp_path / "model", tmp_path / "run") == chosen


def test_every_precision_of_the_file_is_set(example: ModuleType) -> None:
    def places(value: object, path: str = "") -> list[str]:
        if isinstance(value, list):
            named = [(each.get("name", "") if isinstance(each, dict) else "", each) for each in value]
            return [found for name, each in named for found in places(each, f"{path}.{name}")]
        if isinstance(value, dict):
            return [found for key, each in value.items() for found in places(each, f"{path}.{key}".lstrip("."))]
        return [path] if value == "bfloat16" else []

    named = places(tomllib.loads((EXAMPLE.parent / "evolve_llm.toml").read_text(encoding="utf-8")))
    assert sorted(f"{place}=float32" for place in named) == sorted(example.in_precision("float32"))
    assert len(named) == 5


def test_it_evolves_and_is_judged_beside_a_control(tmp_path: Path) -> None:
    for name in NEEDED:
        pytest.importorskip(name, reason=f"the evolution of a model needs {name}: make setup-learn")
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "--smoke", "--folder", str(tmp_path / "evolve")],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (
        done.stdout.index("quicker") < done.stdout.index("How long will it take?") < done.stdout.index("$ agentgym run")
    )
    precision = (tmp_path / "evolve" / "precision").read_text(encoding="utf-8").strip()
    assert f"stages.control.config.precision={precision}" in done.stdout
    stages = tmp_path / "evolve" / "stages"
    assert {path.name for path in stages.iterdir()} == {"demos", "before", "evolve", "control", "control-judged"}
    evolved = json.loads((stages / "evolve" / "result.json").read_text(encoding="utf-8"))["result"]
    control = json.loads((stages / "control" / "result.json").read_text(encoding="utf-8"))["result"]
    assert [row["iteration"] for row in evolved["metrics"]["iterations"]] == [0, 1]
    assert evolved["policy"]["config"]["adapter"]
    assert evolved["metrics"]["iterations"][1]["learner"]["steps"] == control["metrics"]["steps"] == 2
    for row in ("before", "BC", "iteration 1", "control-judged"):
        assert row in done.stdout
    assert {page.name for page in (tmp_path / "evolve").glob("*.html")} == {
        "evolution.html",
        "compare.html",
        "view.html",
    }
