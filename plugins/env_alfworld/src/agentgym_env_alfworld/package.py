"""What the installed `alfworld` package holds, read without importing the package: importing it makes folders and loads an engine."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from agentgym_core.errors import ComponentUnavailable
from agentgym_env_alfworld.plugin import INSTALL


@cache
def folder() -> Path:
    """Where `alfworld` is installed.

    :raises ComponentUnavailable: it is not.
    """
    found = importlib.util.find_spec("alfworld")
    if found is None or not found.submodule_search_locations:
        raise ComponentUnavailable(
            "environment 'alfworld' needs the package alfworld, which is not installed", hint=INSTALL
        )
    return Path(next(iter(found.submodule_search_locations)))


@cache
def domain() -> str:
    """The rules of the household, in PDDL."""
    return _text("data/alfred.pddl")


@cache
def grammar() -> str:
    """The wording of commands and answers, with a gap for the goal."""
    return _text("data/alfred.twl2")


@cache
def constants() -> ModuleType:
    """What fits where, what can be heated, which scenes are for training, and so on."""
    return _module("gen/constants.py")


@cache
def goals() -> Mapping[str, Mapping[str, Any]]:
    """A goal's PDDL and its sentences, a task kind."""
    library: Mapping[str, Mapping[str, Any]] = _module("gen/goal_library.py").gdict
    return library


@cache
def scene_objects(scene: int) -> tuple[str, ...]:
    """The types of objects and furniture in a scene, sorted."""
    return tuple(sorted(set(json.loads(_text(f"gen/layouts/FloorPlan{scene}-objects.json")))))


@cache
def scene_receptacles(scene: int) -> Mapping[str, tuple[float, ...]]:
    """The furniture whose place is known: its id, and where one stands before it (x, z, rotation, angle of view)."""
    found = json.loads(_text(f"gen/layouts/FloorPlan{scene}-openable.json"))
    return {name: tuple(found[name]) for name in sorted(found)}


def _text(name: str) -> str:
    path = folder() / name
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ComponentUnavailable(
            f"environment 'alfworld': the installed package alfworld lacks {name}: {error.strerror}", hint=INSTALL
        ) from error


def _module(name: str) -> ModuleType:
    path = folder() / name
    spec = importlib.util.spec_from_file_location(f"_agentgym_alfworld_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ComponentUnavailable(f"environment 'alfworld': the installed package alfworld lacks {name}", hint=INSTALL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
