"""Install advice is a command that works today, wherever core came from."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgym_core import install_advice
from agentgym_core.catalog import Entry
from agentgym_core.install_advice import install_command

CameFrom = Callable[[object], None]
MAZE = Entry("environment", "maze", "agentgym-env-maze", "env_maze")


@pytest.fixture
def came_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CameFrom:
    """Core as installed from somewhere: pip's own note of it, or None for an index."""

    def installed(note: object) -> None:
        monkeypatch.setattr(install_advice, "__file__", str(tmp_path / "site-packages" / "agentgym_core" / "x.py"))
        text = note if note is None or isinstance(note, str) else json.dumps(note)
        monkeypatch.setattr(install_advice, "direct_url", lambda name: text)
        monkeypatch.setattr(shutil, "which", lambda name: str(Path(sys.executable).parent / "pip"))

    return installed


def checkout(folder: Path) -> Path:
    (folder / "plugins" / "env_maze").mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    (folder / "plugins" / "env_maze" / "pyproject.toml").touch()
    return folder


def test_from_the_checkout_that_core_runs_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = checkout(tmp_path / "a checkout")
    monkeypatch.setattr(install_advice, "__file__", str(root / "agentgym_core" / "install_advice.py"))
    words = shlex.split(install_command(MAZE))
    assert words[-3:] == ["install", "-e", str(root / "plugins" / "env_maze")]


def test_an_older_checkout_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = checkout(tmp_path)
    monkeypatch.setattr(install_advice, "__file__", str(root / "agentgym_core" / "install_advice.py"))
    newer = Entry("environment", "newer", "agentgym-env-newer", "env_newer")
    assert install_command(newer).startswith(f"git -C {root} pull && ")
    assert install_command(newer).endswith(f"install -e {root}/plugins/env_newer")


def test_from_the_folder_that_core_was_copied_from(tmp_path: Path, came_from: CameFrom) -> None:
    root = checkout(tmp_path / "my clone")
    came_from({"url": root.as_uri(), "dir_info": {}})
    assert install_command(MAZE) == f"pip install -e '{root}/plugins/env_maze'"


def test_from_the_repository_at_the_same_commit(came_from: CameFrom) -> None:
    note = {"url": "https://host/team/sdk.git", "vcs_info": {"vcs": "git", "commit_id": "abc123"}}
    came_from(note)
    assert install_command(MAZE) == (
        "pip install 'agentgym-env-maze @ git+https://host/team/sdk.git@abc123#subdirectory=plugins/env_maze'"
    )


def test_from_the_folder_of_wheels(tmp_path: Path, came_from: CameFrom) -> None:
    core = tmp_path / "agentgym_core-0.1.0-py3-none-any.whl"
    came_from({"url": core.as_uri(), "archive_info": {}})
    assert install_command(MAZE) == "pip install agentgym-env-maze"
    (tmp_path / "agentgym_env_maze-0.1.0-py3-none-any.whl").touch()
    assert install_command(MAZE) == f"pip install --find-links {tmp_path} agentgym-env-maze"


@pytest.mark.parametrize(
    "note", [None, "", "no json", "[]", {"url": 3}, {"vcs_info": {}}, {"url": "https://host/a.whl", "archive_info": {}}]
)
def test_by_name_where_nothing_better_is_known(came_from: CameFrom, note: object) -> None:
    came_from(note)
    assert install_command(MAZE) == "pip install agentgym-env-maze"


def test_pip_of_this_python_where_another_is_on_the_path(came_from: CameFrom, monkeypatch: pytest.MonkeyPatch) -> None:
    came_from(None)
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/pip")
    monkeypatch.setattr(sys, "executable", "/home/me/my env/bin/python")
    assert install_command(MAZE) == "'/home/me/my env/bin/python' -m pip install agentgym-env-maze"
