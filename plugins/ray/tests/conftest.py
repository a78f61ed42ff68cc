"""A cluster on this machine, with Ray's own utility: several raylets that believe to be nodes."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

# What the cluster is started with goes to every raylet and worker.
os.environ |= {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_failure_threshold": "4",
}


@pytest.fixture(scope="session")
def zoo() -> Any:
    """The module of test environments."""
    return importlib.import_module("rollout_zoo")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """A head with four cores to give away, and this process connected to it."""
    import ray
    from ray.cluster_utils import Cluster

    found = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 4, "include_dashboard": False, "resources": {"head": 1}}
    )
    ray.init(address=found.address, log_to_driver=False, logging_level="ERROR")
    yield found
    ray.shutdown()
    found.shutdown()


@pytest.fixture
def heads() -> Any:
    """The module of clusters whose head is lost."""
    return importlib.import_module("ray_heads")


@pytest.fixture
def clusters(heads: Any) -> Iterator[Callable[[], Any]]:
    """Makes such clusters, and ends them."""
    made: list[Any] = []

    def make() -> Any:
        made.append(heads.HeadedCluster())
        return made[-1]

    yield make
    for cluster in made:
        cluster.close()
