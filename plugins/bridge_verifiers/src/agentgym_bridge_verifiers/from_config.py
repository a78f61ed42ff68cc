"""Which taskset of verifiers, and what its rewards mean."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from agentgym_bridge.seeded import ForeignConfig


class FromVerifiersConfig(ForeignConfig):
    """The tasks are the taskset's own, in its order: `eval` of them first, and `train` of those behind."""

    taskset: str
    """The id of an installed taskset, as `vf-eval` takes it."""

    settings: dict[str, Any] = Field(default_factory=dict)
    """The taskset's own settings (`--env.taskset.*`)."""

    env: dict[str, Any] = Field(default_factory=dict)
    """What else `vf-eval` takes under `--env`: `id`, settings of the environment and of its seat."""

    train: int = Field(default=1000, ge=0)
    """How many tasks the split `train` has at most: those behind `eval`."""

    eval: int = Field(default=100, ge=0)
    """How many tasks the split `eval` has at most: the taskset's first."""

    low: float = 0.0
    """The reward that is a score of 0; what is lower is 0 too."""

    high: float = 1.0
    """The reward that is a score of 1; what is higher is 1 too."""

    seconds: float = Field(default=120.0, gt=0)
    """How long one answer may take, scoring among it."""

    instruction: str = "Do what you are asked."
    """What an agent is told before the first observation."""
