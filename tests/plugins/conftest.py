"""Broken plugins as installed distributions, in this process and in fresh ones."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentgym_core.plugins import Plugins, use_plugins

BROKEN = Path(__file__).resolve().parents[1] / "broken_plugins"


@pytest.fixture
def site(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder in which distributions `dist-NAME` 1.0 with the plugins NAME are installed; NAME is also the module."""

    def make(*names: str, distributions: dict[str, str] | None = None) -> Path:
        folder = tmp_path / "site"
        for name in names:
            distribution = (distributions or {}).get(name, f"dist-{name.replace('_', '-')}")
            info = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
            info.mkdir(parents=True, exist_ok=True)
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
            (info / "entry_points.txt").write_text(f"[agentgym]\n{name} = {name}\n")
        return folder

    return make


@pytest.fixture
def load(site: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Plugins]]:
    """Loads the named plugins, beside whatever else is installed, and puts them in place of those of this process."""
    for variable in ("AGENTGYM_STRICT", "AGENTGYM_PLUGINS", "AGENTGYM_DISABLE"):
        monkeypatch.delenv(variable, raising=False)

    def make(*names: str, **variables: str) -> Plugins:
        for key, value in variables.items():
            monkeypatch.setenv(f"AGENTGYM_{key}", value)
        monkeypatch.syspath_prepend(str(site(*names)))
        monkeypatch.syspath_prepend(str(BROKEN))
        importlib.invalidate_caches()
        loaded = Plugins.from_environment()
        use_plugins(loaded)
        return loaded

    yield make
    for path in BROKEN.glob("*.py"):
        sys.modules.pop(path.stem, None)
    use_plugins(None)


@pytest.fixture
def agentgym(site: Callable[..., Path]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the `agentgym` command in a fresh Python that has the named plugins."""

    def run(*arguments: str, plugins: tuple[str, ...] = (), **variables: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join((str(site(*plugins)), str(BROKEN)))
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AGENTGYM_")}
        environment = {**kept, "PYTHONPATH": path, **{f"AGENTGYM_{key}": value for key, value in variables.items()}}
        command = [sys.executable, "-c", "import sys; from agentgym_core.cli import main; sys.exit(main())", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    return run
