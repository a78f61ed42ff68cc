"""A tiny, new and untrained model for examples that run on a CPU in seconds and learn nothing: put one that can call tools in its place."""

from __future__ import annotations

import shlex
from pathlib import Path

from _shown import run


def tiny_model(folder: Path) -> Path:
    """A model whose vocabulary comes from a few episodes of mazes, which lie in `FOLDER/run`: tools are called in them."""
    run(f"collect maze --policy expert --limit 20 --format function_calling --out {shlex.quote(str(folder / 'run'))}")
    run(f"model new --like tiny --data {shlex.quote(str(folder / 'run'))} --out {shlex.quote(str(folder / 'model'))}")
    return folder / "model"
