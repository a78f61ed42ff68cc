"""What stands in the way of playing, and how to mend it. Nothing here imports the engine."""

from __future__ import annotations

import os
import shutil
from importlib import metadata
from importlib.util import find_spec

from agentgym_core.errors import ComponentUnavailable
from agentgym_env_alfworld import package
from agentgym_env_alfworld.plugin import INSTALL

_PARTS = {
    "fast_downward": ("fast-downward-textworld", "GPL-3.0; plays the games"),
    "textworld": ("textworld", "MIT; reads their wording"),
    "jericho": ("jericho", "GPL-2.0; a dependency of textworld, not used in these games"),
}


def doctor() -> list[tuple[str, bool, str]]:
    """What was looked at, whether it is fine, and how to mend it."""
    return [_scenes(), *(_part(module) for module in _PARTS), _tools()]


def _scenes() -> tuple[str, bool, str]:
    try:
        count = sum(
            len(package.scene_receptacles(number)) > 0
            for numbers in package.constants().SCENE_TYPE.values()
            for number in numbers
        )
    except (ComponentUnavailable, OSError, ValueError) as error:
        return "scenes of the package alfworld", False, f"{error}"
    return f"scenes of the package alfworld: {count}", count > 0, INSTALL


def _part(module: str) -> tuple[str, bool, str]:
    distribution, about = _PARTS[module]
    try:
        version = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        version = ""
    there = bool(version) and find_spec(module) is not None
    return f"{distribution} {version or 'is not installed'} ({about})", there, INSTALL


def _tools() -> tuple[str, bool, str]:
    """What compiling needs: of no importance once everything is installed."""
    installed = all(find_spec(module) is not None for module in _PARTS)
    compiler = shutil.which(os.environ.get("CXX", "")) or shutil.which("c++") or shutil.which("g++")
    fine = installed or (compiler is not None and shutil.which("cmake") is not None)
    return "a C++ compiler and cmake, to install it", fine, "install cmake and g++, then pip install 'alfworld>=0.4.2'"
