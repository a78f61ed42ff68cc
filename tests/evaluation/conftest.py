from __future__ import annotations

from agentgym_testing.trajectories import episode

__all__ = ["episode"]
