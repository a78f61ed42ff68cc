"""What a run may spend."""

from __future__ import annotations

import math
import time

from agentgym_core.errors import ConfigError
from agentgym_core.rollout.settings import RolloutSettings
from agentgym_core.types import Usage


class Budget:
    """Counts what was spent; `spent` names the budget that is used up, or is empty."""

    def __init__(self, settings: RolloutSettings) -> None:
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.cost = 0.0
        self.spent = ""
        self._tokens = math.inf if settings.max_total_tokens is None else settings.max_total_tokens
        self._cost = math.inf if settings.max_cost is None else settings.max_cost
        seconds = settings.max_seconds
        self._deadline = None if seconds is None else time.monotonic() + seconds

    @property
    def usage(self) -> Usage:
        """All that was spent so far."""
        return Usage(self.prompt_tokens, self.completion_tokens, self.cost)

    def add(self, usage: Usage) -> None:
        """Count one reply.

        :raises ConfigError: it does not say what a budget is in: that budget could not be kept.
        """
        # A policy that reports no usage would never reach the budget: better to stop now than to spend without end.
        if self._tokens != math.inf and not (usage.prompt_tokens or usage.completion_tokens):
            raise _unknown("max_total_tokens", "how many tokens it took", "use another budget")
        if self._cost != math.inf and not usage.cost:
            raise _unknown(
                "max_cost",
                "what it cost",
                "give the policy its prices (such as prompt_price and completion_price), or use another budget",
            )
        self.prompt_tokens += usage.prompt_tokens
        self.completion_tokens += usage.completion_tokens
        self.cost += usage.cost

    def check(self) -> str:
        """The budget that is used up, if any."""
        # The first budget to run out stays the reason, even if others follow while episodes end.
        if not self.spent:
            if self.prompt_tokens + self.completion_tokens >= self._tokens:
                self.spent = "max_total_tokens"
            elif self.cost >= self._cost:
                self.spent = "max_cost"
            elif self._deadline is not None and time.monotonic() >= self._deadline:
                self.spent = "max_seconds"
        return self.spent


def _unknown(budget: str, what: str, instead: str) -> ConfigError:
    return ConfigError(
        f"{budget} cannot be kept: a reply of the policy does not say {what}", hint=f"{instead}: max_seconds"
    )
