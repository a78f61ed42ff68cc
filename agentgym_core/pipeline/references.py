"""References to earlier train stages inside of configurations: a text `@NAME` stands for the checkpoint that the stage NAME left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def texts(value: Any) -> Iterator[str]:
    """Every text in a value of settings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from texts(item)


def resolved(config: Any, checkpoint: Callable[[str], str]) -> Any:
    """A configuration with every `@NAME` replaced by what `checkpoint` gives for NAME, such as `StageWork.checkpoint`."""
    if isinstance(config, str):
        return checkpoint(config[1:]) if config.startswith("@") else config
    if isinstance(config, Mapping):
        return {key: resolved(value, checkpoint) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return [resolved(value, checkpoint) for value in config]
    return config
