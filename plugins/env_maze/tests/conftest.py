from __future__ import annotations

from agentgym_testing.players import play, source_fixture

__all__ = ["play"]

source = source_fixture("maze")
