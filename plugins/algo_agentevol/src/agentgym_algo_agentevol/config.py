"""Every choice of AgentEvol as a setting. The defaults are the paper's (arXiv 2406.04151, section 4.2 and appendix E)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from agentgym_core.config import ComponentConfig

PRESETS: dict[str, dict[str, Any]] = {
    "paper": {
        "iterations": 4,
        "samples": 1,
        "weighing": "binary",
        "threshold": 1.0,
        "merge": "initial",
        "start": "restart",
        "deduplicate": "none",
        "failures": "off",
    },
}
"""Choices that belong together; settings beside a preset win over it."""


class Cloned(ComponentConfig):
    """A policy that was cloned from the initial data already."""

    id: str = Field(min_length=1, description="the policy's id")
    config: dict[str, Any] = Field(default_factory=dict, description="its configuration, the checkpoint among it")


class AgentEvolConfig(ComponentConfig):
    """Settings of the loop.

    The run's configuration must keep tasks under the names `explore` and, where `evaluate` is set, under that name; `initial` names
    the tasks that the expert plays where no initial trajectories are handed over.
    """

    preset: Literal["", "paper"] = Field(
        default="", description="`paper`: M = 4, K = 1, success at reward 1, merge with the initial data, restart"
    )
    learner: str = Field(default="bc", description="the learner's id")
    learner_config: dict[str, Any] = Field(
        default_factory=dict, description="its configuration, the base model among it"
    )
    learner_config_evolution: dict[str, Any] = Field(
        default_factory=dict, description="what differs in the learning steps of the evolution"
    )
    cloned: Cloned | None = Field(
        default=None,
        description="the policy that an earlier stage cloned from the same initial data: cloning is not done again",
    )
    iterations: int = Field(default=4, ge=0, description="M: how often to explore and learn")
    samples: int = Field(default=1, ge=1, description="K: episodes an instruction and iteration")
    temperature: float = Field(default=1.0, ge=0, description="of the exploration")
    max_tokens: int = Field(default=512, ge=1, description="of one reply while exploring")
    explore_with: dict[str, Any] = Field(
        default_factory=dict,
        description="what differs in the configuration of a policy that explores: its dtype, threads, context_tokens",
    )
    explore: str = Field(default="explore", description="the tasks to explore: wider than those of the initial data")
    initial: str = Field(default="", description="tasks for the expert to play, where no trajectories are handed over")
    expert: str = Field(default="expert", description="the policy that plays them")
    evaluate: str = Field(default="", description="held-out tasks, played after every learning step; empty: none")
    evaluate_with: dict[str, Any] = Field(
        default_factory=dict, description="what differs in the configuration of a policy that is judged: its device"
    )
    overlap: bool = Field(
        default=False,
        description="judge an iteration while the next one explores and learns: worth it where there are several devices",
    )
    weighing: Literal["binary", "real"] = Field(
        default="binary", description="weight 1 from the threshold on, or the reward itself"
    )
    threshold: float = Field(default=1.0, ge=0, le=1, description="the least reward that counts as success")
    thresholds: dict[str, float] = Field(default_factory=dict, description="thresholds of single environments")
    merge: Literal["initial", "previous", "none"] = Field(
        default="initial", description="what each iteration's successes are merged with"
    )
    start: Literal["restart", "continue"] = Field(
        default="restart", description="learn from the checkpoint that BC started from, or from the last iteration's"
    )
    start_key: str = Field(
        default="model",
        description="the learner's setting that names the checkpoint to start from; `adapter` goes with it where there is one",
    )
    deduplicate: Literal["none", "actions", "task"] = Field(
        default="none", description="keep one of equal action sequences, or one (the shortest) a task"
    )
    select: Literal["successes", "scored"] = Field(
        default="successes",
        description="what of the explored is learned from: successes (and failures, as `failures` says), or every episode that was scored, "
        "with weight 1: for a learner that reads rewards itself, such as grpo or dpo",
    )
    evolution_weight: float = Field(
        default=1.0, gt=0, description="the weight of explored trajectories beside initial ones"
    )
    failures: Literal["off", "unlikelihood", "contrast"] = Field(
        default="off",
        description="whether failed trajectories push probability away: all that an agent did in them, or, for tasks that another "
        "sample solved, what it did from the first action on that no success shares",
    )
    failure_weight: float = Field(default=0.1, gt=0, le=1, description="the size of that push")

    @model_validator(mode="before")
    @classmethod
    def _preset_first(cls, values: Any) -> Any:
        chosen = values.get("preset") if isinstance(values, dict) else None
        # Anything else than a known name is left for the field to refuse.
        return {**PRESETS[chosen], **values} if isinstance(chosen, str) and chosen in PRESETS else values

    @model_validator(mode="after")
    def _thresholds_in_range(self) -> AgentEvolConfig:
        for environment, threshold in self.thresholds.items():
            if not 0 <= threshold <= 1:
                raise ValueError(f"thresholds.{environment} must lie in [0, 1]")
        return self

    @model_validator(mode="after")
    def _contrast_needs_samples(self) -> AgentEvolConfig:
        if self.failures == "contrast" and self.samples < 2:
            raise ValueError(
                "failures = 'contrast' sets samples of one task against each other: samples must be at least 2"
            )
        return self
