"""The rows of the ablations: each changes one choice of `ablations.toml`, and keeps everything else."""

from __future__ import annotations

from attrs import frozen

EVOLVE = "stages.evolve.config"


@frozen
class Variant:
    """A row: its name, the question that it answers, what it changes in the file, the start that it goes on from, and the earlier row
    that it is paired with."""

    name: str
    question: str
    changes: tuple[str, ...] = ()
    start: str = "all"
    against: str = "reference"


STARTS: dict[str, tuple[str, ...]] = {
    "all": (),
    "one": ("stages.demos.tasks=narrow_one",),
    "half": ("stages.demos.tasks=narrow_half",),
    "smaller": ("stages.base.config.like=micro",),
    "larger": ("stages.base.config.like=small",),
}
_LEARNER = (
    f"{EVOLVE}.select=scored",
    f"{EVOLVE}.merge=none",
    f"{EVOLVE}.start=continue",
    f"{EVOLVE}.samples=4",
    f"{EVOLVE}.deduplicate=none",
)
VARIANTS = (
    Variant("reference", "one iteration of K = 2, merged with the initial data, restart, successes alone", against=""),
    Variant("k-1", "K = 1", (f"{EVOLVE}.samples=1",)),
    Variant("k-5", "K = 5", (f"{EVOLVE}.samples=5",)),
    Variant("k-10", "K = 10", (f"{EVOLVE}.samples=10",)),
    *(
        Variant(
            f"episodes-k-{k}",
            f"K = {k}, as many episodes as the reference: {200 // k} of 200 wide tasks an environment",
            (
                *(f"tasks.wide.{place}.limit=200" for place in range(3)),
                f"{EVOLVE}.draw_tasks={200 // k}",
                f"{EVOLVE}.samples={k}",
            ),
        )
        for k in (1, 2, 5, 10)
    ),
    Variant("merge-initial", "two iterations, merged with the initial data", (f"{EVOLVE}.iterations=2",)),
    Variant(
        "merge-previous",
        "two iterations, merged with the previous set",
        (f"{EVOLVE}.iterations=2", f"{EVOLVE}.merge=previous"),
        against="merge-initial",
    ),
    Variant(
        "continue",
        "two iterations, each learning on from the last checkpoint",
        (f"{EVOLVE}.iterations=2", f"{EVOLVE}.start=continue"),
        against="merge-initial",
    ),
    Variant("failures-all", "failures push away: all that was done in them", (f"{EVOLVE}.failures=unlikelihood",)),
    Variant("failures-parting", "failures push away: from where they part on", (f"{EVOLVE}.failures=contrast",)),
    Variant(
        "failures-dpo",
        "failures as the worse of a pair: DPO over four attempts, on from the cloned policy",
        (
            *_LEARNER,
            f"{EVOLVE}.learner=dpo",
            f"{EVOLVE}.learner_config_evolution.learning_rate=3e-4",
            f"{EVOLVE}.learner_config_evolution.likelihood=0.2",
            f"{EVOLVE}.learner_config_evolution.max_steps=100",
        ),
    ),
    Variant(
        "failures-grpo",
        "failures against the mean of their group: GRPO over four attempts, on from the cloned policy",
        (
            *_LEARNER,
            f"{EVOLVE}.learner=grpo",
            f"{EVOLVE}.learner_config_evolution.learning_rate=3e-4",
            f"{EVOLVE}.learner_config_evolution.minibatches=8",
            f"{EVOLVE}.learner_config_evolution.max_steps=100",
        ),
    ),
    Variant(
        "hard-first", "successes of hard tasks weigh more", (f"{EVOLVE}.hardness=1.0", f"{EVOLVE}.drop_solved=true")
    ),
    Variant("balanced", "environments have the same share of the learned tokens", (f"{EVOLVE}.balance=tokens",)),
    Variant(
        "reward-dense",
        "reward real-valued: a tenth less a turn",
        (f"{EVOLVE}.weighing=real", 'reward={id = "length_penalty", config = {per_turn = 0.1}}'),
    ),
    *(
        Variant(
            f"reward-noisy-{rate:g}",
            f"reward noisy: {rate:.0%} of the verdicts are wrong",
            (f'reward={{id = "noisy", config = {{probability = {rate}}}}}',),
        )
        for rate in (0.05, 0.2, 0.4)
    ),
    Variant(
        "reward-biased",
        "reward biased: eight turns pass for success",
        ('reward={id = "biased", config = {feature = "turns", full_at = 8, bias = 1.0}}',),
    ),
    Variant("base-one", "cloned from one environment (maze), as many demonstrations", start="one"),
    Variant("base-half", "cloned from half of the demonstrations", start="half"),
    Variant("explore-one", "exploring one environment (maze), as many tasks", (f"{EVOLVE}.explore=wide_one",)),
    Variant("explore-narrow", "exploring the instructions of cloning alone", (f"{EVOLVE}.explore=narrow",)),
    Variant("smaller", "a model of a third of the weights", start="smaller"),
    Variant("larger", "a model of eight times the weights", start="larger"),
)
