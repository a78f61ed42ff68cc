"""What commands share that write an environment for another project."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentgym_bridge.exporting import json_config, wheels_in, write_texts
from agentgym_core.cli import main
from agentgym_core.errors import ConfigError


@pytest.mark.parametrize("text", ["{", "[1]", "3", "null"])
def test_a_configuration_that_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="no JSON"):
        json_config(text)


def test_a_configuration_may_be_left_out() -> None:
    assert json_config("") == {}
    assert json_config('{"rounds": 4}') == {"rounds": 4}


def test_a_folder_that_was_named_has_wheels(tmp_path: Path) -> None:
    assert wheels_in(None) == []
    (tmp_path / "b.whl").touch()
    (tmp_path / "a.whl").touch()
    assert wheels_in(tmp_path) == [tmp_path / "a.whl", tmp_path / "b.whl"]
    with pytest.raises(ConfigError, match="no wheel"):
        wheels_in(tmp_path, "agentgym_*.whl")


def test_what_begins_as_a_script_can_be_run(tmp_path: Path) -> None:
    write_texts(tmp_path / "new", {"tests/test.sh": "#!/bin/sh\n", "task.toml": "a = 1\n"})
    assert (tmp_path / "new/tests/test.sh").stat().st_mode & 0o111
    assert not (tmp_path / "new/task.toml").stat().st_mode & 0o111


@pytest.mark.parametrize("command", ["export-harbor", "export-nemo"])
def test_both_commands_refuse_it(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "textcraft", "--out", str(tmp_path / "out"), "--config", "[1]"]) == 1
    assert "--config is no JSON object" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
