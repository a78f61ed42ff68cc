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
from agentgym_core.catalog import CatalogEntry, entry
from agentgym_core.install_advice import core_hint, install_hint
from agentgym_core.plugins import plugins

CameFrom = Callable[[object], None]
MAZE = CatalogEntry("environment", "maze", "env_maze")
TODO = CatalogEntry("environment", "todo", "env_todo", libraries=("tools",))
AT_ITS_ORIGIN = "install agentgym-env-maze from where agentgym-core came from; it is on no public index"


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
    for place in (
        folder,
        folder / "plugins" / "env_maze",
        folder / "plugins" / "env_todo",
        folder / "plugins" / "tools",
    ):
        place.mkdir(parents=True, exist_ok=True)
        (place / "pyproject.toml").touch()
    return folder


def test_from_the_checkout_that_core_runs_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = checkout(tmp_path / "a checkout")
    monkeypatch.setattr(install_advice, "__file__", str(root / "agentgym_core" / "install_advice.py"))
    words = shlex.split(install_hint(MAZE))
    assert words[-3:] == ["install", "-e", str(root / "plugins" / "env_maze")]
    words = shlex.split(install_hint(TODO))
    assert words[-4:] == ["-e", str(root / "plugins" / "tools"), "-e", str(root / "plugins" / "env_todo")]


def test_no_folder_is_named_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = checkout(tmp_path)
    monkeypatch.setattr(install_advice, "__file__", str(root / "agentgym_core" / "install_advice.py"))
    newer = CatalogEntry("environment", "newer", "env_newer")
    assert install_hint(newer).startswith("install agentgym-env-newer from where agentgym-core came from")


def test_from_the_folder_that_core_was_copied_from(tmp_path: Path, came_from: CameFrom) -> None:
    root = checkout(tmp_path / "my clone")
    came_from({"url": root.as_uri(), "dir_info": {}})
    assert install_hint(MAZE) == f"run: pip install -e '{root}/plugins/env_maze'"


def test_from_the_repository_at_the_same_commit(came_from: CameFrom) -> None:
    note = {"url": "https://host/team/sdk.git", "vcs_info": {"vcs": "git", "commit_id": "abc123"}}
    came_from(note)
    at = "git+https://host/team/sdk.git@abc123#subdirectory=plugins"
    assert install_hint(MAZE) == f"run: pip install 'agentgym-env-maze @ {at}/env_maze'"
    assert shlex.split(install_hint(TODO))[-2:] == [
        f"agentgym-tools @ {at}/tools",
        f"agentgym-env-todo @ {at}/env_todo",
    ]


def test_from_the_folder_of_wheels_by_file(tmp_path: Path, came_from: CameFrom) -> None:
    core = tmp_path / "agentgym_core-0.1.0-py3-none-any.whl"
    came_from({"url": core.as_uri(), "archive_info": {}})
    assert install_hint(MAZE) == AT_ITS_ORIGIN
    for name in ("env_maze", "env_todo"):
        (tmp_path / f"agentgym_{name}-0.1.0-py3-none-any.whl").touch()
    assert install_hint(MAZE) == f"run: pip install {tmp_path}/agentgym_env_maze-0.1.0-py3-none-any.whl"
    assert not install_hint(TODO).startswith("run:"), "pip would look the library up on an index"
    (tmp_path / "agentgym_tools-0.1.0-py3-none-any.whl").touch()
    assert [Path(word).name.split("-")[0] for word in shlex.split(install_hint(TODO))[3:]] == [
        "agentgym_tools",
        "agentgym_env_todo",
    ]


@pytest.mark.parametrize(
    "note", [None, "", "no json", "[]", {"url": 3}, {"vcs_info": {}}, {"url": "https://host/a.whl", "archive_info": {}}]
)
def test_no_command_where_no_place_is_known(came_from: CameFrom, note: object) -> None:
    came_from(note)
    assert install_hint(MAZE) == AT_ITS_ORIGIN
    assert core_hint("/other/python") == "install agentgym-core and the environment's plugin into /other/python"


def test_pip_of_this_python_where_another_is_on_the_path(
    tmp_path: Path, came_from: CameFrom, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = checkout(tmp_path)
    came_from({"url": root.as_uri(), "dir_info": {}})
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/pip")
    monkeypatch.setattr(sys, "executable", "/home/me/my env/bin/python")
    assert install_hint(MAZE) == f"run: '/home/me/my env/bin/python' -m pip install -e {root}/plugins/env_maze"


def test_core_for_another_python(tmp_path: Path, came_from: CameFrom) -> None:
    root = checkout(tmp_path)
    came_from({"url": root.as_uri(), "dir_info": {}})
    assert core_hint("/a b/python").startswith(f"run: '/a b/python' -m pip install -e {root}, ")


def test_every_component_of_the_project_is_known_where_it_is_not_installed() -> None:
    unknown = [
        (kind, item.spec.id)
        for kind, items in plugins().announced.items()
        for item in items
        if item.plugin.distribution.startswith("agentgym-")
        and item.plugin.distribution != "agentgym-core"
        and entry(kind, item.spec.id) is None
    ]
    assert unknown == []
