"""What rewards of another reward share in their settings."""

from __future__ import annotations

from agentgym_core.config import ComponentConfig
from agentgym_core.settings import ComponentChoice


class InnerConfig(ComponentConfig):
    """The reward to change."""

    inner: ComponentChoice = ComponentChoice(id="environment")
    """The reward whose value is changed."""
