"""What is played and how."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from agentgym_core.errors import ConfigError
from agentgym_core.placement import PlacementChoice
from agentgym_core.policy import Sampling
from agentgym_core.types import Outcome, Task, Trajectory, Usage

if TYPE_CHECKING:
    from agentgym_core.environments import EnvironmentSource
    from agentgym_core.prompts import PromptStyle


@frozen
class Job:
    """One task to play. With `samples` = K in the settings it is played as the samples `sample` ... `sample + K - 1`."""

    source: EnvironmentSource
    task: Task
    sample: int = 0


def _at_least(low: float, *, none: bool = True) -> Any:
    def check(instance: object, attribute: Any, value: Any) -> None:
        if value is None and none:
            return
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or math.isnan(value) or value < low:
            raise ConfigError(f"{attribute.name} must be at least {low:g}, not {value!r}")

    return check


@frozen(kw_only=True)
class RolloutSettings:
    """How episodes are played. Times are in seconds; None is no limit, or the environment's own word where it has one; 0 is no limit.

    `concurrency` episodes are played at once, `samples` of each task, with at most `max_rounds` replies each. `style` is one prompt
    style for all, or one by environment id; without one the default is used. `show_actions` overrides the environments' word.

    `wave` is the reproducible mode: episodes are played in fixed groups of this size, in lockstep, whatever `concurrency` says, and a
    group that was not finished is played again whole.

    `max_total_tokens`, `max_cost` and `max_seconds` are budgets of the whole run: when one is spent, episodes are cut at their next turn
    (`cancelled`, with the truncation `budget`), no other starts, and resume plays them again. A budget that cannot be kept, because a
    reply says no tokens or no cost, ends the run with an error. Only infrastructure faults are retried: up to `attempts` times in all,
    after a pause that doubles from `backoff_seconds` up to `backoff_limit`. A run stops with an error when more than
    `max_failed_fraction` of its episodes end in a fault. `retry_faults` plays episodes again that a stored run holds as faults.
    """

    concurrency: int = field(default=16, validator=_at_least(1, none=False))
    samples: int = field(default=1, validator=_at_least(1, none=False))
    max_rounds: int | None = field(default=None, validator=_at_least(1))
    action_format: str = "react"
    style: PromptStyle | Mapping[str, PromptStyle] | None = None
    show_actions: bool | None = None
    sampling: Sampling = Sampling()
    seed: int = 0
    wave: int | None = field(default=None, validator=_at_least(1))
    placement: PlacementChoice | None = None
    reset_seconds: float | None = field(default=None, validator=_at_least(0))
    step_seconds: float | None = field(default=None, validator=_at_least(0))
    policy_seconds: float | None = field(default=None, validator=_at_least(0))
    max_total_tokens: int | None = field(default=None, validator=_at_least(0))
    max_cost: float | None = field(default=None, validator=_at_least(0))
    max_seconds: float | None = field(default=None, validator=_at_least(0))
    attempts: int = field(default=3, validator=_at_least(1, none=False))
    backoff_seconds: float = field(default=0.5, validator=_at_least(0, none=False))
    backoff_limit: float = field(default=30.0, validator=_at_least(0, none=False))
    max_failed_fraction: float = field(default=0.0, validator=_at_least(0, none=False))
    retry_faults: bool = False


@frozen
class Summary:
    """How a rollout went.

    `ended` is `finished`, or `stopped` before all was played: `reason` says why, and `budget` names the budget where one is spent.
    `played` episodes were played
    now, `skipped` were there already. `mean_score` is over the scored episodes among those played now. `trajectories` holds them where
    they were kept.
    """

    ended: str
    played: int = 0
    skipped: int = 0
    outcomes: Mapping[Outcome, int] = field(factory=dict)
    mean_score: float | None = None
    usage: Usage = Usage()
    seconds: float = 0.0
    budget: str = ""
    reason: str = ""
    trajectories: tuple[Trajectory, ...] = field(default=(), repr=False)
