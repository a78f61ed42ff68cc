"""The base of every component's configuration: written by a stranger, so checked by pydantic."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class ComponentConfig(BaseModel):
    """Frozen; unknown keys are refused; defaults are checked too. A docstring under a field is its description in every listing."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True)


class EmptyConfig(ComponentConfig):
    """For components that have nothing to configure."""


class RewardChoice(ComponentConfig):
    """A reward inside another component's configuration: an id, or an id with settings.

    A reward whose configuration has fields of this type, or tuples of it, gets the rewards made, in order: `target(config, *inner)`.
    """

    id: str
    """The reward's id."""

    config: dict[str, Any] = {}
    """Its settings."""

    @model_validator(mode="before")
    @classmethod
    def _id_alone(cls, value: Any) -> Any:
        return {"id": value} if isinstance(value, str) else value
