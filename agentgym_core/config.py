"""The base of every component's configuration: written by a stranger, so checked by pydantic."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ComponentConfig(BaseModel):
    """Frozen; unknown keys are refused; defaults are checked too. A docstring under a field is its description in every listing."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True)


class EmptyConfig(ComponentConfig):
    """For components that have nothing to configure."""
