"""What is played and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from attrs import field, frozen
from pydantic import Field, field_serializer

from agentgym_core._notebook import Shown
from agentgym_core.prompts.style import PromptStyle, chosen_style
from agentgym_core.settings import ComponentChoice, Sampling, setting
from agentgym_core.types import Outcome, Task, Trajectory, Usage

if TYPE_CHECKING:
    from agentgym_core.environments import EnvironmentSource


ActionFormat = Literal["react", "function_calling", "json", "code_as_action"]


@frozen
class Job:
    """One task to play. With `samples` = K in the settings it is played as the samples `sample` ... `sample + K - 1`."""

    source: EnvironmentSource
    task: Task
    sample: int = 0


@setting
class RolloutSettings:
    """How episodes are played, the same in Python, in a pipeline file and on the command line. Times are in seconds.

    None is no limit, or the environment's own word where it has one; a time of 0 is no limit.

    `max_total_tokens`, `max_cost` and `max_seconds` are budgets of the whole run: when one is spent, episodes are cut at their next turn
    (`cancelled`, with the truncation `budget`), no other starts, and resume plays them again. A budget that cannot be kept, because a
    reply says no tokens or no cost, ends the run with an error.
    """

    concurrency: int = Field(default=16, strict=True, ge=1, description="episodes at once")
    samples: int = Field(default=1, strict=True, ge=1, description="episodes of each task")
    max_rounds: int | None = Field(
        default=None, strict=True, ge=1, description="limit on replies; the environment's own where absent"
    )
    action_format: ActionFormat = Field(default="react", description="how an action is written")
    style: str | PromptStyle | Mapping[str, str | PromptStyle] | None = Field(
        default="default",
        description="what the policy is told: `default`, `direct` (the same without a canned answer of the assistant), "
        "`bare` (observations alone), or a file of a style; in Python also a style, or one by environment id",
    )
    show_actions: bool | None = Field(
        default=None, description="whether the available actions are shown; the environment's own word where absent"
    )
    sampling: Sampling = Field(default=Sampling(), description="how replies are drawn")
    seed: int = Field(default=0, strict=True, description="the seed that all others come from")
    wave: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        description="reproducible mode: fixed groups of this many episodes, in lockstep; an unfinished group is played again whole",
    )
    placement: ComponentChoice | None = Field(default=None, description="where environments live")
    observers: tuple[ComponentChoice, ...] = Field(
        default=(), description="what watches: `ID`, or `ID:KEY=VALUE,...`, such as a tracker of experiments"
    )
    reset_seconds: float | None = Field(default=None, strict=True, ge=0, description="time limit of a reset")
    step_seconds: float | None = Field(default=None, strict=True, ge=0, description="time limit of a step")
    policy_seconds: float | None = Field(default=None, strict=True, ge=0, description="time limit of a reply")
    max_total_tokens: int | None = Field(
        default=None,
        strict=True,
        ge=0,
        description="budget of the run, in tokens: when it is spent, episodes are cut and no other starts",
    )
    max_cost: float | None = Field(
        default=None, strict=True, ge=0, description="budget of the run, in the policy's currency"
    )
    max_seconds: float | None = Field(default=None, strict=True, ge=0, description="budget of the run, in seconds")
    attempts: int = Field(
        default=3, strict=True, ge=1, description="how many times an episode is played when its host is lost"
    )
    backoff_seconds: float = Field(
        default=0.5, strict=True, ge=0, description="pause before the second attempt; it doubles after each"
    )
    backoff_limit: float = Field(default=30.0, strict=True, ge=0, description="longest pause between attempts")
    max_failed_fraction: float = Field(
        default=0.0,
        strict=True,
        ge=0,
        le=1,
        description="share of episodes that may end in a fault before the run stops with an error",
    )
    pictures: bool = Field(default=False, description="keep a picture of each state beside the run's trajectories")
    retry_faults: bool = Field(default=False, description="play again what a stored run holds as a fault")

    def style_for(self, environment: str) -> PromptStyle | None:
        """The style for an environment by id; None is the environment's own.

        :raises ConfigError: a file of a style cannot be read.
        """
        style = self.style
        return chosen_style(style.get(environment) if isinstance(style, Mapping) else style)

    @field_serializer("style")
    def _style_in_words(self, style: Any) -> Any:
        # A style that was made in Python is known by its digest in what is written down.
        if isinstance(style, Mapping):
            return {id: self._style_in_words(each) for id, each in style.items()}
        return f"style {style.digest}" if isinstance(style, PromptStyle) else style


@frozen
class Summary(Shown):
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
