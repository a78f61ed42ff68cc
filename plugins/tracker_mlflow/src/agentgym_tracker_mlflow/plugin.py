"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import ExtensionSpec


@hookimpl
def agentgym_extensions() -> list[ExtensionSpec]:
    return [
        ExtensionSpec(
            id="observer.mlflow",
            target="agentgym_tracker_mlflow.observer:observer",
            config="agentgym_tracker_mlflow.config:MlflowConfig",
            summary="tracks runs in MLflow: a database on this machine, a server, or a folder",
        )
    ]
