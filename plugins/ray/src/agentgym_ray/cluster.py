"""The cluster that this process talks to."""

from __future__ import annotations

import logging
import math
import os
import threading
from concurrent.futures import Future
from typing import Any

import ray

from agentgym_core.errors import AgentGymError, InfrastructureFault
from agentgym_ray.config import ClusterConfig

_connecting = threading.Lock()


def connect(config: ClusterConfig) -> None:
    """Connect this process to the cluster, once for its life; Ray ends the connection, and a cluster of its own, at exit.

    :raises InfrastructureFault: there is no cluster at this address.
    """
    # Two calls at once would start two clusters.
    with _connecting:
        if not ray.is_initialized():
            # The processes of a cluster that is started here end with the thread that started them: this one never ends.
            done: Future[None] = Future()
            threading.Thread(target=_init, args=(config.address, done), name="ray-cluster", daemon=True).start()
            try:
                done.result()
            except Exception as error:
                # Of whatever class: Ray raises plain ones where a node that it found is gone by the time it connects.
                raise InfrastructureFault(
                    f"there is no Ray cluster at {config.address or 'RAY_ADDRESS'!r}: {error}",
                    hint="start one with: ray start --head; or leave the address out for one on this machine",
                ) from error


def _init(address: str, done: Future[None]) -> None:
    # A cluster that is started here reports to nobody, unless its user says otherwise.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        # The dashboard of a cluster that is started here needs packages of the extra ray[default].
        ray.init(address=address or None, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except BaseException as error:
        done.set_exception(error)
    else:
        done.set_result(None)
        threading.Event().wait()


def lost_cluster(error: Exception) -> AgentGymError:
    """Our own error, or that the cluster did not do what was asked of it."""
    if isinstance(error, AgentGymError):
        return error
    words = str(error).strip().splitlines() or [""]
    return InfrastructureFault(f"the Ray cluster failed: {type(error).__name__}: {words[0]}", hint="see: ray status")


def room(config: ClusterConfig) -> int:
    """How many actors of such needs all nodes together can hold, whatever runs there now; at least 1."""
    wanted = {"CPU": config.num_cpus, "GPU": config.num_gpus, **config.resources}
    asked = {name: amount for name, amount in wanted.items() if amount > 0}
    found = 0
    for node in ray.nodes():
        if node["Alive"]:
            has: dict[str, Any] = node["Resources"]
            # A hair more than the quotient: 0.3 is three times 0.1.
            found += min((math.floor(has.get(name, 0) / amount + 1e-6) for name, amount in asked.items()), default=1)
    return max(1, found)
