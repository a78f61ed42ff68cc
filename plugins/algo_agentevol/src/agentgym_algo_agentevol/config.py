"""Every choice of AgentEvol as a setting. The defaults are the paper's (arXiv 2406.04151, section 4.2 and appendix E)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

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
    select: Literal["successes", "best", "scored"] = Field(
        default="successes",
        description="what of the explored is learned from: successes (and failures, as `failures` says), of each task the best success "
        "(the highest reward, then the fewest turns), or every episode that was scored, with weight 1: for a learner that reads rewards "
        "itself, such as grpo or dpo",
    )
    max_per_task: int | None = Field(
        default=None,
        ge=1,
        description="the most successes of a task and iteration that are learned from, the shortest first",
    )
    drop_solved: bool = Field(
        default=False, description="leave out tasks that every sample of the iteration solved (two samples at least)"
    )
    hardness: float = Field(
        default=0.0,
        ge=0,
        description="a success of a task that is solved at the rate p, over all iterations, has its weight times (1 - p) to this power",
    )
    draw_tasks: int | None = Field(
        default=None,
        ge=1,
        description="so many tasks of each set are explored in an iteration, drawn anew each time; all where absent",
    )
    draw: Literal["uniform", "edge"] = Field(
        default="uniform",
        description="how they are drawn: alike, or by p (1 - p) of the rate p at which a task was solved so far: the edge of the policy",
    )
    episodes: int | None = Field(
        default=None,
        ge=1,
        description="K as a budget: episodes an iteration in place of `samples` for each task, more for tasks of uncertain success "
        "(in proportion to the square root of p (1 - p))",
    )
    rounds: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(),
        description="a curriculum: the limit on rounds while exploring, growing by iteration, never above the environment's own "
        "(AgentGym-RL's ScalingInter)",
    )
    rounds_every: int = Field(default=1, ge=1, description="iterations until the next limit of `rounds` holds")
    balance: Literal["off", "trajectories", "tokens"] = Field(
        default="off",
        description="give environments the same share in what is learned, or those of `shares`: by weight a trajectory, or a learned token",
    )
    balance_by: Literal["weight", "repeat"] = Field(
        default="weight",
        description="how: by weights, or by handing trajectories over several times (no weight changes)",
    )
    balance_limit: float = Field(
        default=10.0, ge=1, description="the most that an environment is multiplied by beside another"
    )
    shares: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="relative shares of environments; 1 where absent"
    )
    match_steps: bool = Field(
        default=False,
        description="a learning step of the evolution has as many steps as its data needs to be seen as often as cloning saw its own: "
        "those of the learner's `steps_key`, times the tokens of both",
    )
    steps_key: str = Field(default="max_steps", description="the learner's setting that holds its number of steps")
    most_steps: int | None = Field(default=None, ge=1, description="never more steps than this with `match_steps`")
    hold_out: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="share of the explored tasks that is never learned from and played after every learning step: the policy that is best "
        "there is returned",
    )
    patience: int | None = Field(
        default=None,
        ge=1,
        description="stop after so many iterations that were not better on what is held out; never where absent",
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
    def _settings_that_need_others(self) -> AgentEvolConfig:
        if self.draw == "edge" and self.draw_tasks is None:
            raise ValueError("draw = 'edge' draws some of the tasks: say how many, draw_tasks = 100")
        if self.drop_solved and self.samples < 2 and self.episodes is None:
            raise ValueError("drop_solved compares samples of a task: samples must be at least 2, or set episodes")
        if self.patience is not None and not self.hold_out:
            raise ValueError(
                "patience needs something to judge by: hold_out = 0.1 keeps a tenth of the explored tasks for it"
            )
        if self.match_steps and self.steps_key in self.learner_config_evolution:
            raise ValueError(
                f"match_steps sets {self.steps_key}, and so does learner_config_evolution: leave one of them out"
            )
        if self.select == "scored":
            deaf = ("max_per_task", "drop_solved", "hardness")
            set_too = [name for name in deaf if getattr(self, name) != type(self).model_fields[name].default]
            if set_too:
                raise ValueError(
                    f"select = 'scored' hands over every scored episode, so {', '.join(set_too)} would do nothing: leave it out"
                )
        if any(earlier > later for earlier, later in zip(self.rounds, self.rounds[1:], strict=False)):
            raise ValueError("rounds must not fall: a curriculum grows, as in rounds = [4, 8, 12]")
        return self

    @model_validator(mode="after")
    def _contrast_needs_samples(self) -> AgentEvolConfig:
        if self.failures == "contrast" and self.samples < 2:
            raise ValueError(
                "failures = 'contrast' sets samples of one task against each other: samples must be at least 2"
            )
        return self
