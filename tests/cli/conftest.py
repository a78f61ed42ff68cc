from __future__ import annotations

from agentgym_testing.stored import make_trajectory

__all__ = ["make_trajectory"]
