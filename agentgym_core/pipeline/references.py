"""References to earlier train stages inside of configurations: a text `@NAME`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def references(config: Any) -> Iterator[str]:
    """The train stages that a configuration refers to: a text `@NAME` stands for the checkpoint of the stage NAME."""
    if isinstance(config, str):
        if config.startswith("@"):
            yield config[1:]
    elif isinstance(config, Mapping):
        for value in config.values():
            yield from references(value)
    elif isinstance(config, (list, tuple)):
        for value in config:
            yield from references(value)


def resolved(config: Any, checkpoints: Mapping[str, str]) -> Any:
    """A configuration with every `@NAME` replaced."""
    if isinstance(config, str):
        return checkpoints[config[1:]] if config.startswith("@") else config
    if isinstance(config, Mapping):
        return {key: resolved(value, checkpoints) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return [resolved(value, checkpoints) for value in config]
    return config
