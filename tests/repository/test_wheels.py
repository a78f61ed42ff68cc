"""What `make install`, `make wheels` and `make wheelhouse` build on: complete wheels, and folders with all that they require."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from wheels import PLAY
from workspace import ROOT, Manifest, manifests, own_requirements

EVERY = manifests()


@pytest.mark.parametrize("manifest", EVERY, ids=lambda manifest: manifest.name)
def test_a_wheel_holds_its_package_whole_and_nothing_else(manifest: Manifest, tmp_path: Path) -> None:
    """Databases, templates and type markers too: what is missing there fails only where there is no checkout."""
    (built,) = WheelBuilder(str(manifest.folder)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(built) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    base = manifest.folder if manifest.folder == ROOT else manifest.folder / "src"
    files = [path for module in manifest.modules for path in (base / module).rglob("*") if path.is_file()]
    assert held == {path.relative_to(base).as_posix() for path in files if "__pycache__" not in path.parts}
    assert f"{manifest.modules[0]}/py.typed" in held


@pytest.mark.parametrize("names", [["env_maze", "service"], ["env_weather"], []])
def test_an_installation_names_every_folder_that_it_requires(names: list[str]) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "workspace.py"), "folders", "--tier", "light", "--only", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    folders = [Path(word) for word in done.stdout.split()]
    assert set(folders) >= {ROOT, *(ROOT / "plugins" / name for name in names)}
    named = [manifest for manifest in EVERY if manifest.folder in folders]
    assert len(named) == len(folders)
    for manifest in named:
        assert {item.folder for item in own_requirements(manifest, EVERY)} <= set(folders)


def test_what_is_proved_of_wheels_can_be_run_here() -> None:
    """The program that `make wheels` plays in each environment, on what is installed: it passes over what needs a configuration."""
    done = subprocess.run([sys.executable, "-c", PLAY], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
