"""An algorithm that learns nothing: it makes the model that others start from."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Literal

from attrs import asdict
from pydantic import Field

from agentgym_core.algorithm import Algorithm, AlgorithmResult, Context
from agentgym_core.config import ComponentConfig
from agentgym_core.errors import ConfigError
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import WeightedTrajectory

MODEL = "model"


class NewModelConfig(ComponentConfig):
    """What is made."""

    like: Literal["micro", "tiny", "small", "medium"] = Field(
        default="tiny", description="about 0.2, 0.6, 5 or 45 million weights"
    )
    vocabulary: int | None = Field(default=None, ge=512, description="at most so many tokens; by size where absent")
    seed: int | None = Field(default=None, ge=0, description="draws the weights; the run's own seed where absent")


class NewModel(Algorithm):
    """A model with random weights, and a tokenizer made from trajectories. Its result is where training begins."""

    config: NewModelConfig

    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        """Make it.

        :raises ConfigError: there are no trajectories to take words from.
        """
        from agentgym_policy_transformers.new_model import make_model_of

        if not data:
            raise ConfigError(
                "a new model needs trajectories to take its words from", hint="name stages that collect: source = [...]"
            )
        config = self.config
        place = context.folder / MODEL
        # What a run that was killed left behind: the stage is not done, so nothing refers to it.
        shutil.rmtree(place, ignore_errors=True)
        made = make_model_of(
            config.like,
            (item.trajectory for item in data),
            place,
            seed=context.seed % 2**31 if config.seed is None else config.seed,
            vocabulary=config.vocabulary,
        )
        metrics = {**asdict(made), "folder": str(made.folder)}
        return AlgorithmResult(metrics, ComponentChoice("transformers", {"model": str(place)}), str(place))
