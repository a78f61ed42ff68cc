"""What `make install` hands to pip."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import workspace


def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    monkeypatch.setattr(sys, "argv", ["workspace.py", *words])
    workspace.main()
    return capsys.readouterr().out.split()


@pytest.mark.parametrize(("name", "learns"), [("algo_bc", True), ("env_maze", False)])
def test_what_learns_takes_the_torch_that_lies_at_hand(
    name: str, learns: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
    (tmp_path / f"torch-2.13.0+cpu-{tag}-{tag}-linux_x86_64.whl").touch()
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    words = asked(monkeypatch, capsys, "folders", "--only", name)
    assert str(workspace.ROOT / "plugins" / name) in words
    assert ("torch==2.13.0+cpu" in words) is learns
