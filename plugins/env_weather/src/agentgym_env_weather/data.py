"""Files that other distributions bring along. They are read, and the packages never imported: some of them import pandas."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from agentgym_core.errors import ConfigError


def file_of(package: str, name: str, distribution: str) -> Path:
    """Where a file of an installed package lies.

    :raises ConfigError: the package or its file is not there.
    """
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / name
        if path.is_file():
            return path
    raise ConfigError(
        f"weather: {name} of the package {package} is not installed",
        hint=f"run: pip install --force-reinstall {distribution}",
    )


def read(path: Path, distribution: str) -> str:
    """The text of such a file.

    :raises ConfigError: it cannot be read, or is no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"weather: {path} cannot be read: {error}", hint=f"run: pip install --force-reinstall {distribution}"
        ) from error
