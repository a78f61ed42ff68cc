"""What is fixed for all episodes of one environment in a rollout, worked out once."""

from __future__ import annotations

from attrs import evolve, frozen

from agentgym_core.actions import Grammar
from agentgym_core.environment import Description
from agentgym_core.environments import EnvironmentSource
from agentgym_core.placement import Placement
from agentgym_core.policy import Policy
from agentgym_core.prompts import PromptStyle, default_style
from agentgym_core.rollout.seeds import episode_seed
from agentgym_core.rollout.settings import RolloutSettings
from agentgym_core.types import EpisodeKey, Task


@frozen(eq=False)
class EpisodeConfig:
    """One environment's part of a rollout."""

    source: EnvironmentSource
    description: Description
    grammar: Grammar
    style: PromptStyle
    style_digest: str
    show_actions: bool
    needs: frozenset[str]
    max_rounds: int
    placement: Placement
    settings: RolloutSettings
    policy_id: str
    weights: str
    sampling_digest: str

    def key(self, task: str, sample: int) -> EpisodeKey:
        """What makes an episode of this plan the same episode."""
        environment = self.source.spec.canonical
        return EpisodeKey(
            environment=environment,
            configuration=self.source.config_digest,
            task=task,
            seed=episode_seed(self.settings.seed, environment, task, sample),
            sample=sample,
            policy=self.policy_id,
            weights=self.weights,
            sampling=self.sampling_digest,
            action_format=self.grammar.format,
            prompt_style=self.style_digest,
        )


def make_plan(
    source: EnvironmentSource,
    policy: Policy,
    settings: RolloutSettings,
    placement: Placement,
    *,
    policy_id: str,
    weights: str,
    sampling_digest: str,
) -> EpisodeConfig:
    """Work out what is fixed for one environment."""
    description = source.description
    grammar = Grammar(description.actions, settings.action_format)
    style = settings.style_for(source.spec.id)
    show = settings.show_actions
    if style is None:
        style = default_style(description if show is None else evolve(description, show_actions=show), grammar)
    elif show is False:
        style = evolve(style, actions="")
    show_actions = bool(style.actions)
    needs = frozenset(policy.needs)
    return EpisodeConfig(
        source=source,
        description=description,
        grammar=grammar,
        style=style,
        style_digest=style.digest,
        show_actions=show_actions,
        needs=needs | {"available_actions"} if show_actions else needs,
        max_rounds=settings.max_rounds or description.max_rounds,
        placement=placement,
        settings=settings,
        policy_id=policy_id,
        weights=weights,
        sampling_digest=sampling_digest,
    )


@frozen
class EpisodeJob:
    """One episode to play."""

    plan: EpisodeConfig
    task: Task
    key: EpisodeKey
    id: str
