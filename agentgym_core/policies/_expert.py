"""Plays what the environment's own expert would do: demonstrations without any model."""

from __future__ import annotations

from agentgym_core.errors import PolicyFault
from agentgym_core.policy import Policy, Reply, Request


class ExpertPolicy(Policy):
    """Writes the expert's move in the action format of the episode. Deterministic."""

    needs = frozenset({"expert"})

    async def act(self, request: Request) -> Reply:
        """The expert's thought and action.

        :raises PolicyFault: the expert knows no move from the present state.
        """
        if request.expert is None:
            raise PolicyFault(
                f"the environment's expert knows no move at turn {request.turn} of episode {request.episode}",
                hint="the environment has no expert, or the state is beyond it: play this task with another policy",
            )
        return request.write(request.expert.action, request.expert.thought)
