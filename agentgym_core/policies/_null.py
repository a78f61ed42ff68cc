"""Says nothing of use: what it scores is what an environment gives away."""

from __future__ import annotations

from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.types import ExpertAction

NOTHING = ExpertAction("", "do nothing")


class NullPolicy(Policy):
    """Answers every turn with an empty thought and an action that no environment should reward. Deterministic."""

    async def act(self, request: Request) -> Reply:
        """The same reply to every request."""
        text, calls = request.renderer.render(NOTHING)
        return Reply(text, calls, finish_reason="tool_calls" if calls else "stop")
