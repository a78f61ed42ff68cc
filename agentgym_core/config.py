"""The base of every component's configuration: written by a stranger, so checked by pydantic."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ComponentConfig(BaseModel):
    """Frozen; unknown keys are refused; defaults are checked too."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class EmptyConfig(ComponentConfig):
    """For components that have nothing to configure."""
