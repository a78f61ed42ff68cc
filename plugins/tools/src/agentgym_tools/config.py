"""What every tool environment lets its user choose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer, model_validator
from pydantic_core import PydanticCustomError

from agentgym_core.config import ComponentConfig


def ordered(least_and_most: tuple[int, int]) -> tuple[int, int]:
    """A range of counts, both ends included.

    :raises ValueError: it begins above its end.
    """
    if least_and_most[0] > least_and_most[1]:
        raise ValueError("must be the least and the most, in this order")
    return least_and_most


class LiveSettings(ComponentConfig):
    """How a live service is called. The token itself is in no configuration: it stays in an environment variable."""

    base_url: str = ""
    """Where the service is; empty for its usual address."""

    token_variable: str = ""
    """The environment variable that holds the token; empty for the usual one."""

    seconds: float = Field(default=15.0, gt=0.0, le=300.0)
    """The time limit of one request."""

    attempts: int = Field(default=4, ge=1, le=10)
    """How often a request is tried that fails for a passing reason."""

    patience: float = Field(default=60.0, ge=0.0, le=3600.0)
    """The seconds that one call may wait for its next attempts, Retry-After included."""

    recordings: Path | None = None
    """The folder in which calls are kept by request."""

    mode: Literal["off", "record", "replay", "reuse"] = "off"
    """`record` calls and keeps, `replay` never calls, `reuse` calls only for what is not kept."""

    @field_validator("token_variable")
    @classmethod
    def _check_variable(cls, value: str) -> str:
        # Who puts the token itself here must not read it in an error, a manifest or a log.
        if value and not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,80}", value):
            raise PydanticCustomError("secret", "must be the name of an environment variable, such as SERVICE_TOKEN")
        return value

    @field_validator("base_url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        if "@" in value or "?" in value:
            raise PydanticCustomError("secret", "must be an address without a user, a password or a query")
        return value

    @model_validator(mode="after")
    def _check_folder(self) -> Self:
        if (self.mode == "off") != (self.recordings is None):
            raise ValueError("recordings and mode go together: name a folder, and record, replay or reuse")
        return self


class ToolConfig(ComponentConfig):
    """The base of a tool environment's configuration.

    `later` names settings that came when runs had been stored. At their defaults they are left out of what is recorded, so that those runs
    keep their digest and can be resumed and compared.
    """

    later: ClassVar[frozenset[str]] = frozenset()

    backend: Literal["local", "live"] = "local"
    """What is behind the tools: a store of ours, offline and deterministic, or the live service."""

    live: LiveSettings = LiveSettings()
    """How the live service is called."""

    original_texts: bool = False
    """Wrap observations in the words of AgentGym's server, for models that were trained on them."""

    strict_answers: bool = False
    """Compare answers as AgentGym does: equal values, so that 2 is not "2" and every digit counts."""

    @model_serializer(mode="wrap")
    def _recorded(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        same = {name for name in self.later if getattr(self, name) == fields[name].default}
        return {name: value for name, value in write(self).items() if name not in same}


class ChosenKinds(ToolConfig):
    """The base of a tool environment's configuration whose user may choose among the kinds of its tasks; `families` holds them by name."""

    families: ClassVar[Mapping[str, Any]] = {}

    kinds: tuple[str, ...] | None = None
    """Take only tasks of these kinds; null takes all."""

    @field_validator("kinds")
    @classmethod
    def _known(cls, kinds: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if kinds is not None and (not kinds or len(set(kinds)) != len(kinds) or not set(kinds) <= set(cls.families)):
            raise ValueError(f"must be some of these, each once: {', '.join(cls.families)}")
        return kinds
