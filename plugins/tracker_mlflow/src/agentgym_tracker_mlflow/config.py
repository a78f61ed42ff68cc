"""The settings of this tracker."""

from __future__ import annotations

from pydantic import Field

from agentgym_tracker import TrackerConfig


class MlflowConfig(TrackerConfig):
    """Where a run is kept."""

    uri: str = ""
    """such as `sqlite:///mlflow.db`, `http://127.0.0.1:5000`; by default what `MLFLOW_TRACKING_URI` says, else `mlflow.db` here"""
    experiment: str = Field(default="agentgym", min_length=1)
    """the experiment that runs are put into; it is made where there is none"""
