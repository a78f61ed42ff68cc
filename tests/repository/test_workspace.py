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
    folders = asked(monkeypatch, capsys, "folders", "--only", name)
    assert str(workspace.ROOT / "plugins" / name) in folders
    for words in (folders, asked(monkeypatch, capsys, "requirements", "--only", name)):
        assert ("torch==2.13.0+cpu" in words) is learns


def test_of_others_everything_is_required_that_the_manifests_name_and_nothing_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["workspace.py", "requirements", "--tier", "light"])
    workspace.main()
    lines = capsys.readouterr().out.splitlines()
    light = [item for item in workspace.manifests() if item.tier == "light"]
    texts = {text for item in light for text in item.dependencies}
    assert len(lines) == len(set(lines))
    assert set(lines) == {text for text in texts if not text.startswith("agentgym-")}
    assert set(workspace.manifest(workspace.ROOT).dependencies) <= set(lines)
