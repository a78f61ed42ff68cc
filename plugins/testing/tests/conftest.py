"""The right and the wrong environments, announced by a distribution of their own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentgym_core.plugins import use_plugins

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def announced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a distribution `kit-plugins`, on the path of this process and of its children."""
    folder = tmp_path_factory.mktemp("site")
    info = folder / "kit_plugins-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: kit-plugins\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[agentgym]\nkit = announced\nheavy_listing = heavy_listing\nbusy_listing = busy_listing\n"
    )
    before = list(sys.path)
    sys.path[:0] = [str(folder), str(HERE)]
    importlib.invalidate_caches()
    use_plugins(None)
    try:
        yield folder
    finally:
        sys.path[:] = before
        wrong = sys.modules.get("wrong_environments")
        for process in wrong.LEFT if wrong is not None else []:
            process.stdin.close()
            process.wait()
        for name in (
            "announced",
            "heavy_listing",
            "busy_listing",
            "lock",
            "wrong_environments",
            "wrong_others",
            "engine",
        ):
            sys.modules.pop(name, None)
        use_plugins(None)
