"""References to earlier train stages inside of configurations: a text `@NAME`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def texts(value: Any) -> Iterator[str]:
    """Every text in a value of settings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from texts(item)


def references(config: Any) -> list[str]:
    """The train stages that a configuration refers to: a text `@NAME` stands for the checkpoint of the stage NAME."""
    return [text[1:] for text in texts(config) if text.startswith("@")]


def resolved(config: Any, checkpoints: Mapping[str, str]) -> Any:
    """A configuration with every `@NAME` replaced."""
    if isinstance(config, str):
        return checkpoints[config[1:]] if config.startswith("@") else config
    if isinstance(config, Mapping):
        return {key: resolved(value, checkpoints) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return [resolved(value, checkpoints) for value in config]
    return config
