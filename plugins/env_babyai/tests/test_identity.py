"""The engine that draws the levels is part of what a task is."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from agentgym_core.cli import main
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError
from agentgym_core.store import Run
from agentgym_env_babyai import config as settings

Source = Callable[..., EnvironmentSource]


def test_the_engine_stands_in_the_configuration_the_digest_and_the_fingerprints(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = source()
    assert now.config_values["engine"] == metadata.version("minigrid")
    monkeypatch.setattr(settings, "version", lambda: "3.1.0")
    other = source()
    assert other.config_values["engine"] == "3.1.0"
    assert now.config_digest != other.config_digest
    for split in now.splits:
        one, two = now.tasks(split)[0], other.tasks(split)[0]
        assert one.id == two.id
        assert one.fingerprint != two.fingerprint


def test_a_run_of_another_engine_is_neither_gone_on_with_nor_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play = ["collect", "babyai", "--policy", "expert", "--split", "eval", "--limit", "3", "--out"]
    assert main([*play, str(tmp_path / "now")]) == 0
    monkeypatch.setattr(settings, "version", lambda: "3.1.0")
    assert main([*play, str(tmp_path / "other")]) == 0
    configuration = Run.open(tmp_path / "other").manifest["configuration"]
    assert configuration["environments"]["babyai-v1"]["engine"] == "3.1.0"
    capsys.readouterr()
    assert main(["compare", str(tmp_path / "now"), str(tmp_path / "other")]) != 0
    told = " ".join(capsys.readouterr().out.split())
    assert "another configuration of the environment" in told
    assert "3 tasks have the same id and another content" in told
    assert main([*play, str(tmp_path / "now"), "--resume"]) != 0


def test_an_engine_that_is_not_here_is_refused_with_the_way_to_get_it(source: Source) -> None:
    with pytest.raises(ConfigError, match=r"pip install minigrid==3\.1\.0"):
        source(engine="3.1.0")
    assert source(engine=metadata.version("minigrid")).config_digest == source().config_digest
