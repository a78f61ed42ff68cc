"""What commands have in common that write an environment of ours as files for another project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentgym_core.errors import ConfigError


def json_config(text: str) -> dict[str, Any]:
    """The environment's configuration as `--config` gives it; an empty text is an empty one.

    :raises ConfigError: it is no JSON object.
    """
    hint = 'write --config \'{"key": "value"}\''
    try:
        config = json.loads(text or "{}")
    except ValueError as error:
        raise ConfigError(f"--config is no JSON: {error}", hint=hint) from error
    if not isinstance(config, dict):
        raise ConfigError("--config is no JSON object", hint=hint)
    return config


def wheels_in(folder: Path | None, pattern: str = "*.whl") -> list[Path]:
    """The wheels of the folder that `--wheels` names, in order; none where it was not given.

    :raises ConfigError: there are none of that name in it.
    """
    found = sorted(folder.glob(pattern)) if folder is not None else []
    if folder is not None and not found:
        raise ConfigError(f"--wheels: there is no wheel in {folder} ({pattern})", hint="run: make wheelhouse")
    return found


def write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files by their names in a folder, which is made; what begins with `#!` can be run."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if text.startswith("#!"):
            path.chmod(0o755)
