"""Behavioural cloning: from weighted trajectories to a policy."""

from __future__ import annotations

from agentgym_algo_bc.config import BCConfig
from agentgym_algo_bc.loss import WeightedLikelihood
from agentgym_core.algorithm import Context
from agentgym_learning.learner import Learner, Lesson, Material


class BehaviouralCloning(Learner):
    """A learner: maximises the weighted likelihood of what was said (arXiv 2406.04151, section 4.1)."""

    name = "bc"
    config: BCConfig

    def lesson(self, context: Context, material: Material) -> Lesson:
        """Every trajectory, each token with its weight."""
        return Lesson(material.examples(material.data), WeightedLikelihood())
