"""What is fixed for all episodes of one environment in a rollout, worked out once."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve, frozen

from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource
from agentgym_core.placement import Placement
from agentgym_core.policy import Policy
from agentgym_core.prompts import DIRECT, default_style
from agentgym_core.rollout.seeds import episode_seed
from agentgym_core.rollout.settings import RolloutSettings
from agentgym_core.types import EpisodeKey, Task


class EpisodeConfig:
    """One environment's part of a rollout."""

    def __init__(
        self,
        source: EnvironmentSource,
        policy: Policy,
        settings: RolloutSettings,
        placement: Placement,
        pictures: Path | None,
        *,
        policy_id: str,
        weights: str,
    ) -> None:
        self.source, self.settings, self.placement = source, settings, placement
        self.policy_id, self.weights = policy_id, weights
        description, show = source.description, settings.show_actions
        self.grammar = Grammar(description.actions, settings.action_format)
        style = settings.style_for(source.spec.id)
        if style is None or style is DIRECT:
            told = description if show is None else evolve(description, show_actions=show)
            style = default_style(told, self.grammar, acknowledge=style is None)
        elif show is False:
            style = evolve(style, actions="")
        self.style = style
        self.style_digest = style.digest
        self.show_actions = bool(style.actions)
        needs = frozenset(policy.needs)
        # Pictures are asked for one by one, through every placement alike.
        self.pictures, self.sees = pictures, needs & {"pictures", "rendering"}
        needs -= self.sees
        self.needs = needs | {"available_actions"} if self.show_actions else needs
        self.max_rounds = settings.max_rounds or description.max_rounds
        self._sampling = settings.sampling.digest

    def key(self, task: str, sample: int) -> EpisodeKey:
        """What makes an episode of this environment the same episode."""
        environment = self.source.spec.canonical
        return EpisodeKey(
            environment=environment,
            configuration=self.source.config_digest,
            task=task,
            seed=episode_seed(self.settings.seed, environment, task, sample),
            sample=sample,
            policy=self.policy_id,
            weights=self.weights,
            sampling=self._sampling,
            action_format=self.grammar.format,
            prompt_style=self.style_digest,
        )


@frozen
class EpisodeJob:
    """One episode to play."""

    plan: EpisodeConfig
    task: Task
    key: EpisodeKey
    id: str
