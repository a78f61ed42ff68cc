"""What stands in this workspace: the distributions, and which of them install lightly.

A plugin's pyproject says `[tool.agentgym] tier = "light"` (pure Python and small wheels, the default), `"engine"` (large or compiled),
`"learn"` (torch), or `"vllm"` (an environment of its own, since its pins differ from a trainer's: `make test-vllm`).
"""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TIERS = ("light", "learn", "engine", "vllm", "all")
APART = ("vllm",)
"""Tiers that cannot share an environment with the others."""


def tier(folder: Path) -> str:
    """The tier that a plugin's pyproject declares."""
    manifest = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    return str(manifest.get("tool", {}).get("agentgym", {}).get("tier", "light"))


def plugin_folders(wanted: str = "all") -> list[Path]:
    """The folders of the plugins of a tier; `all` is every one that can share an environment, and an empty string every one."""
    folders = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
    if wanted == "all":
        return [folder for folder in folders if tier(folder) not in APART]
    return [folder for folder in folders if not wanted or tier(folder) == wanted]


def importable(folder: Path) -> bool:
    """Whether the plugin's distribution is installed in this Python."""
    from importlib.metadata import PackageNotFoundError, distribution

    name = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    try:
        distribution(name)
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
    """Print what the Makefile asks for, on one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["editable", "sources", "tests", "torch"])
    parser.add_argument("--tier", choices=TIERS, default=None)
    arguments = parser.parse_args()
    if arguments.what == "editable":
        words = ["-e", f"{ROOT}[parquet,completion]"]
        for folder in plugin_folders(arguments.tier or "light"):
            words += ["-e", str(folder)]
    elif arguments.what == "torch":
        words = [torch_at_hand()]
    else:
        folders = plugin_folders(arguments.tier or "")
        if arguments.tier is None:
            folders = [folder for folder in folders if importable(folder)]
        part = "src" if arguments.what == "sources" else "tests"
        words = [os.path.relpath(folder / part) for folder in folders if (folder / part).is_dir()]
    print(" ".join(words))


if __name__ == "__main__":
    main()
