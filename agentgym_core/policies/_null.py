"""Says nothing of use: what it scores is what an environment gives away."""

from __future__ import annotations

from agentgym_core.policy import Policy, Reply, Request


class NullPolicy(Policy):
    """Answers every turn with an empty thought and an action that no environment should reward. Deterministic."""

    async def act(self, request: Request) -> Reply:
        """The same reply to every request."""
        return request.write("do nothing")
