"""What a user may set."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from agentgym_core.config import ComponentConfig
from agentgym_core.settings import ComponentChoice


class ClusterConfig(ComponentConfig):
    """Which cluster is meant, and what each actor takes of it."""

    address: str = Field(
        default="",
        description="address of a Ray cluster, such as auto; where empty RAY_ADDRESS, or a cluster that is started here",
    )
    num_cpus: float = Field(default=1.0, ge=0, description="cores that an actor takes of its node")
    num_gpus: float = Field(default=0.0, ge=0, description="GPUs that an actor takes of its node")
    resources: dict[str, float] = Field(
        default_factory=dict, description="custom resources that an actor takes of its node"
    )
    runtime_env: dict[str, Any] = Field(
        default_factory=dict, description="Ray's runtime environment for the actors: pip, conda, container, working_dir"
    )

    @property
    def options(self) -> dict[str, Any]:
        """What an actor is made with."""
        return {
            "num_cpus": self.num_cpus,
            "num_gpus": self.num_gpus,
            "resources": dict(self.resources),
            "runtime_env": dict(self.runtime_env) or None,
            # A lost actor is told, and its episodes are played elsewhere: Ray must neither restart it nor send a call again.
            "max_restarts": 0,
            "max_task_retries": 0,
        }


class RayConfig(ClusterConfig):
    """How many hosts there are, and how many instances each holds."""

    hosts: int | None = Field(
        default=None,
        ge=1,
        description="hosts at most; as many as the cluster has room for where absent, also while it grows",
    )
    per_host: int | None = Field(
        default=None, ge=1, description="instances a host; the environment's word where absent"
    )
    start_seconds: float = Field(
        default=300.0, gt=0, description="time limit for placing a host and starting its engine"
    )
    python: str = Field(
        default="", description="path of another interpreter on the nodes that has agentgym-core and the plugin"
    )
    variables: dict[str, str] = Field(default_factory=dict, description="environment variables for the hosts")


class RayPolicyConfig(ClusterConfig):
    """Which policy is held, and how often."""

    policy: ComponentChoice = Field(description="the policy that each of them holds")

    replicas: int = Field(default=1, ge=1, description="actors that each hold the policy")
