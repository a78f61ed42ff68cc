"""The cluster that this process talks to."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import threading
import time
from concurrent.futures import Future
from typing import Any

import ray

from agentgym_core.errors import AgentGymError, ComponentUnavailable, InfrastructureFault
from agentgym_ray.config import ClusterConfig

LOOK_SECONDS = 1.0
"""How often the head is asked which nodes there are."""

_connecting = threading.Lock()


class Head:
    """Asks the head which nodes there are, over and over, in a thread of its own.

    A call that needs a head which is gone does not return; after 60 s (`RAY_gcs_rpc_server_reconnect_timeout_s`) Ray ends the whole
    process, without an exception. So nobody else asks, and who waits for something else looks here how long the head has said nothing.
    """

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = ray.nodes()
        self._seen = time.monotonic()
        self.thread = threading.Thread(target=self._look, name="ray-head", daemon=True)
        self.thread.start()

    @property
    def silent(self) -> float:
        """For how many seconds the head has said nothing."""
        return time.monotonic() - self._seen

    def _look(self) -> None:
        while ray.is_initialized():
            with contextlib.suppress(Exception):
                self.nodes = ray.nodes()
                self._seen = time.monotonic()
            time.sleep(LOOK_SECONDS)


_head: Head | None = None


def connect(config: ClusterConfig) -> None:
    """Connect this process to the cluster, once for its life; Ray ends the connection, and a cluster of its own, at exit.

    :raises InfrastructureFault: there is no cluster at this address, or none could be started.
    """
    global _head
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
                raise _unconnected(config.address or os.environ.get("RAY_ADDRESS", ""), error) from error
        if _head is None or not _head.thread.is_alive():
            _head = Head()


def _unconnected(address: str, error: Exception) -> InfrastructureFault:
    if address:
        return InfrastructureFault(
            f"there is no Ray cluster at {address!r}: {error}",
            hint="start one with: ray start --head; or leave the address out for one on this machine",
        )
    return InfrastructureFault(
        f"a Ray cluster could not be started on this machine: {error}",
        hint="where it is busy, give it longer: RAY_raylet_start_wait_time_s=120; or start one with: ray start --head",
    )


def _init(address: str, done: Future[None]) -> None:
    # A cluster that is started here reports to nobody, unless its user says otherwise.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        # The dashboard of a cluster that is started here needs packages of the extra ray[default].
        # Without one Ray would look for the last cluster on this machine, and wait half a minute where that was killed.
        address = address or os.environ.get("RAY_ADDRESS") or "local"
        ray.init(address=address, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
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


def lost_head(config: ClusterConfig) -> ComponentUnavailable | None:
    """That the head is lost, where it has said nothing for `head_seconds`: what ends a run, since no attempt would help."""
    if _head is None or _head.silent < config.head_seconds:
        return None
    return ComponentUnavailable(
        f"the head of the Ray cluster is lost: it has said nothing for {_head.silent:.0f} s",
        hint="what had ended is kept; start a cluster (ray start --head), name it (address, or RAY_ADDRESS) where it is another one, and "
        "give the same command again: agentgym collect and agentgym eval with --resume, agentgym run as it is",
    )


def why_lost(error: Exception, config: ClusterConfig) -> AgentGymError:
    """What lies behind an error: that the head is lost, where it does not answer after it, or else what `lost_cluster` says.

    It waits for the head to say something, `head_seconds` at most.
    """
    began = time.monotonic()
    while (lost := lost_head(config)) is None:
        # An answer within the first look proves nothing: what runs on the head's node ends before the head itself does, or the other way.
        if _head is None or _head.silent < time.monotonic() - began - LOOK_SECONDS:
            return lost_cluster(error)
        time.sleep(LOOK_SECONDS / 10)
    return lost


def room(config: ClusterConfig) -> int:
    """How many actors of such needs all nodes together can hold, whatever runs there now; at least 1."""
    wanted = {"CPU": config.num_cpus, "GPU": config.num_gpus, **config.resources}
    asked = {name: amount for name, amount in wanted.items() if amount > 0}
    found = 0
    for node in _head.nodes if _head is not None else ():
        if node["Alive"]:
            has: dict[str, Any] = node["Resources"]
            # A hair more than the quotient: 0.3 is three times 0.1.
            found += min((math.floor(has.get(name, 0) / amount + 1e-6) for name, amount in asked.items()), default=1)
    return max(1, found)
