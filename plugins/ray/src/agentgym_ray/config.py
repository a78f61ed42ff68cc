"""What a user may set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from agentgym_core.config import ComponentConfig
from agentgym_core.errors import AgentGymError, ConfigError
from agentgym_core.registry import configure, lookup
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

    head_seconds: float = Field(
        default=40.0,
        # It is asked once a second.
        ge=2,
        lt=60,
        description="for how long the head may say nothing before it counts as lost; after 60 s Ray ends the driver's process itself",
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
    direct: bool = Field(
        default=True,
        description="whether steps go straight to a host's process where its node can be reached, and not in calls of Ray",
    )


class RayPolicyConfig(ClusterConfig):
    """Which policy is held, and how often."""

    policy: ComponentChoice = Field(description="the policy that each of them holds")

    replicas: int = Field(default=1, ge=1, description="actors that each hold the policy")


class RayLearnerConfig(ClusterConfig):
    """Which learner runs, and in how many processes. Every further setting is the learner's own, such as `model` or `lora` of bc."""

    model_config = ConfigDict(extra="allow")

    learner: str = Field(
        default="bc", min_length=1, description="the learner's id; every setting that is not listed here is its own"
    )
    workers: int = Field(default=1, ge=1, description="processes that learn together, each on a part of every batch")
    start_seconds: float = Field(default=300.0, gt=0, description="time limit for placing all workers")
    attempts: int = Field(
        default=3, ge=1, description="how often learning is begun where workers are lost; it goes on at a checkpoint"
    )

    def inner(self) -> Mapping[str, Any]:
        """The learner's own settings."""
        return dict(self.model_extra or {})

    @model_validator(mode="after")
    def _inner_fits(self) -> RayLearnerConfig:
        """Refuse here what the learner would refuse in a worker."""
        try:
            component = lookup("algorithm", self.learner)
            if not component.spec.learner:
                raise ConfigError(f"learner: {self.learner!r} is none", hint="see: agentgym list algorithms")
            configure("algorithm", component, self.inner())
        except AgentGymError as error:
            raise ValueError(f"{error.message} ({error.hint})" if error.hint else error.message) from error
        return self
