"""Clusters whose head is lost, each in a process of its own, and commands that run on them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from agentgym_core.store import Run

_LONGEST = 60.0
"""Seconds that a cluster may take to end what it has started."""


class HeadedCluster:
    """A head and a node with two cores. This process is never a client of them: Ray ends one a minute after its head is gone."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.address = self._said()
        # They are left behind where Ray has ended the process that started them.
        self._started = psutil.Process(self._process.pid).children(recursive=True)

    def behead(self) -> None:
        """Kill the head's node with everything on it, the raylet of the driver among it."""
        assert self._process.stdin is not None
        self._process.stdin.write("behead\n")
        self._process.stdin.flush()
        assert self._said() == "gone"

    def close(self) -> None:
        """End everything."""
        with suppress(subprocess.TimeoutExpired, BrokenPipeError):
            self._process.communicate(timeout=_LONGEST)
        for each in self._started:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self._process.kill()
        self._process.wait()

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def agentgym(folder: Path, address: str, *words: str) -> subprocess.Popen[str]:
    """Start a command in a folder, on the cluster at an address."""
    return subprocess.Popen(
        [sys.executable, "-m", "agentgym_core", *words],
        cwd=folder,
        env={**os.environ, "RAY_ADDRESS": address},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


def wait_for(holds: Callable[[], bool], driver: subprocess.Popen[str], seconds: float = 400) -> None:
    """Wait until something holds, while a command runs."""
    end = time.monotonic() + seconds
    while not holds():
        assert driver.poll() is None, driver.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.005)


def played(folder: Path) -> dict[str, Any]:
    """What happened in the episodes of a run that were played to an end, by task and sample."""
    found = {}
    for each in Run.open(folder):
        turns = [(turn.action, turn.observation, turn.score) for turn in each.turns]
        if each.outcome.value != "cancelled":
            found[f"{each.key.task}/{each.key.sample}"] = (each.opening, each.outcome, each.score, turns)
    return found


def same_weights(one: Path, other: Path) -> bool:
    """Whether two safetensors files hold the same tensors."""
    from safetensors.torch import load_file

    mine, theirs = load_file(one), load_file(other)
    return mine.keys() == theirs.keys() and all((mine[name] == theirs[name]).all() for name in mine)


def main() -> None:
    """Start a cluster and print its address; kill its head at a line of input, and all of it when that ends."""
    from ray.cluster_utils import Cluster

    cluster: Any = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    cluster.add_node(num_cpus=2)
    print(cluster.address, flush=True)
    for _ in sys.stdin:
        cluster.head_node.kill_all_processes(check_alive=False, allow_graceful=False)
        print("gone", flush=True)
    for node in (*cluster.worker_nodes, cluster.head_node):
        node.kill_all_processes(check_alive=False, allow_graceful=False)


if __name__ == "__main__":
    main()
