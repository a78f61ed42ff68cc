"""The settings of this tracker."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agentgym_tracker import TrackerConfig


class WandbConfig(TrackerConfig):
    """Where a run is kept, and what of this machine goes with it. The key of an account is wandb's own matter: `wandb login`."""

    mode: Literal["offline", "online"] = "offline"
    """`offline` writes a folder that `wandb sync` sends later, and opens no connection"""
    project: str = Field(default="agentgym", min_length=1)
    """the project at Weights & Biases"""
    entity: str = ""
    """the user or team there; by default the account's own"""
    group: str = ""
    """runs of one group are shown together"""
    folder: str = ""
    """where wandb keeps its files; by default the run's folder"""
    machine: bool = False
    """whether wandb may record this machine too: its name, the command line, loads"""
