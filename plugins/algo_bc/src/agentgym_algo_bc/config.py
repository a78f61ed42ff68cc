"""Settings of behavioural cloning."""

from __future__ import annotations

from agentgym_learning.config import TrainingConfig


class BCConfig(TrainingConfig):
    """What is trained from, and how. Sizes are in tokens, rates a step of the optimiser."""
