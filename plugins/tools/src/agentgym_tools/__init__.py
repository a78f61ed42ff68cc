"""Tools over a backend: what environments of typed tools share. Import from the modules; `docs` and any such environment show how."""

from __future__ import annotations

from agentgym_tools.declaring import tool
from agentgym_tools.goals import Aim, Goal, Lookup
from agentgym_tools.toolbox import Called, Toolbox, ToolError

__all__ = ["Aim", "Called", "Goal", "Lookup", "ToolError", "Toolbox", "tool"]
