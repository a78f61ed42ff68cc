"""What stands in this workspace: the distributions, and which of them install lightly.

A plugin's pyproject says `[tool.agentgym] tier = "light"` (pure Python and small wheels, the default), `"engine"` (large or compiled),
`"learn"` (torch), `"ray"` (Ray, a cluster's engine: `make test-ray`), or `"vllm"` (an environment of its own, since its pins differ from a
trainer's: `make test-vllm`).
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TIERS = ("light", "learn", "engine", "ray", "vllm", "all")
APART = ("vllm",)
"""Tiers that cannot share an environment with the others."""


@dataclass(frozen=True)
class Manifest:
    """What a pyproject.toml says of its distribution. `groups` are for development, and no part of what is installed."""

    folder: Path
    name: str
    version: str
    tier: str
    dependencies: tuple[str, ...]
    extras: dict[str, tuple[str, ...]]
    groups: dict[str, tuple[str, ...]]
    modules: tuple[str, ...]


def manifest(folder: Path) -> Manifest:
    """The manifest in a folder."""
    table = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    project, tool = table["project"], table.get("tool", {})
    packages = tool.get("hatch", {}).get("build", {}).get("targets", {}).get("wheel", {}).get("packages", ())
    return Manifest(
        folder=folder,
        name=project["name"],
        version=project["version"],
        tier=tool.get("agentgym", {}).get("tier", "light"),
        dependencies=tuple(project.get("dependencies", ())),
        extras={name: tuple(items) for name, items in project.get("optional-dependencies", {}).items()},
        groups={
            name: tuple(item for item in items if isinstance(item, str))
            for name, items in table.get("dependency-groups", {}).items()
        },
        modules=tuple(Path(package).name for package in packages),
    )


def manifests() -> list[Manifest]:
    """Core's manifest, then every plugin's, by folder."""
    return [manifest(folder) for folder in (ROOT, *plugin_folders(""))]


def requirements_of_others(distributions: list[Manifest], every: list[Manifest]) -> list[str]:
    """What distributions of this workspace require of other projects, each once."""
    own = {item.name for item in every}
    texts = dict.fromkeys(text for one in distributions for text in one.dependencies)
    return [text for text in texts if _name(text) not in own]


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]


def own_requirements(one: Manifest, every: list[Manifest]) -> list[Manifest]:
    """The distributions of this workspace that one requires, with what those require, and itself as the last."""
    known = {item.name: item for item in every}
    names = map(_name, one.dependencies)
    found: dict[str, Manifest] = {}
    for name in names:
        if name in known:
            found |= {item.name: item for item in own_requirements(known[name], every)}
    return [*found.values(), one]


def tier(folder: Path) -> str:
    """The tier that a plugin's pyproject declares."""
    return manifest(folder).tier


def plugin_folders(wanted: str = "all") -> list[Path]:
    """The folders of the plugins of a tier; `all` is every one that can share an environment, and an empty string every one."""
    folders = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
    if wanted == "all":
        return [folder for folder in folders if tier(folder) not in APART]
    return [folder for folder in folders if not wanted or tier(folder) == wanted]


def importable(folder: Path) -> bool:
    """Whether the plugin's distribution is installed in this Python."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        distribution(manifest(folder).name)
    except PackageNotFoundError:
        return False
    return True


def torch_at_hand() -> str:
    """The requirement for a torch wheel in a folder of `PIP_FIND_LINKS` that fits this Python, or an empty string.

    Without it pip takes the newest torch of its index, which on Linux brings several gigabytes of CUDA.
    """
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
    for folder in os.environ.get("PIP_FIND_LINKS", "").split():
        for wheel in sorted(Path(folder).glob(f"torch-*-{tag}-*.whl"), reverse=True):
            return f"torch=={wheel.name.split('-')[1]}"
    return ""


def main() -> None:
    """Print what the Makefile asks for, on one line; requirements as a file of them has them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["editable", "folders", "requirements", "sources", "tests"])
    parser.add_argument("--tier", choices=TIERS, default=None)
    parser.add_argument(
        "--only", nargs="*", default=(), help="folders under plugins, such as env_maze: these and what they require"
    )
    parser.add_argument(
        "--without",
        nargs="*",
        default=(),
        metavar="START",
        help="leave out folders whose names start with one of these",
    )
    arguments = parser.parse_args()
    if arguments.what in ("folders", "requirements"):
        every = manifests()
        folders = [ROOT / "plugins" / name for name in arguments.only] or [
            ROOT,
            *plugin_folders(arguments.tier or "light"),
        ]
        needed = {item.folder: item for folder in folders for item in own_requirements(manifest(folder), every)}
        words = [str(folder) for folder in needed]
        if arguments.what == "requirements":
            words = requirements_of_others(list(needed.values()), every)
        if any(_name(text) == "torch" for item in needed.values() for text in item.dependencies):
            words.append(torch_at_hand())
    elif arguments.what == "editable":
        words = ["-e", str(ROOT)]
        for folder in plugin_folders(arguments.tier or "light"):
            words += ["-e", str(folder)]
    else:
        folders = plugin_folders(arguments.tier or "")
        if arguments.tier is None:
            folders = [folder for folder in folders if importable(folder)]
        folders = [folder for folder in folders if not folder.name.startswith(tuple(arguments.without))]
        part = "src" if arguments.what == "sources" else "tests"
        words = [os.path.relpath(folder / part) for folder in folders if (folder / part).is_dir()]
    print(("\n" if arguments.what == "requirements" else " ").join(words))


if __name__ == "__main__":
    main()
