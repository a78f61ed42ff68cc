"""The engine that draws the levels is part of what a task is."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import ClassVar

import pytest

from agentgym_core.cli import main
from agentgym_core.store import Run
from agentgym_testing import EngineConformance


class TestBabyAI(EngineConformance):
    environment = "babyai"
    packages: ClassVar[tuple[str, ...]] = ("minigrid",)


def test_a_run_of_another_engine_is_neither_gone_on_with_nor_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play = ["collect", "babyai", "--policy", "expert", "--split", "eval", "--limit", "3", "--out"]
    assert main([*play, str(tmp_path / "now")]) == 0
    real = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "3.1.0" if name == "minigrid" else real(name))
    assert main([*play, str(tmp_path / "other")]) == 0
    configuration = Run.open(tmp_path / "other").manifest["configuration"]
    assert configuration["environments"]["babyai-v1"]["engine"] == "3.1.0"
    capsys.readouterr()
    assert main(["compare", str(tmp_path / "now"), str(tmp_path / "other")]) != 0
    told = " ".join(capsys.readouterr().out.split())
    assert "another configuration of the environment" in told
    assert "3 tasks have the same id and another content" in told
    assert main([*play, str(tmp_path / "now"), "--resume"]) != 0
