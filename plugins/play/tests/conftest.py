from __future__ import annotations

from agentgym_testing.requests import ask, renderer

__all__ = ["ask", "renderer"]
