"""Kills at random moments: of hosts' actors, of nodes, and of the driver.

A driver plays mazes into a run folder over a cluster of a head and two nodes on this machine, and is started again (`--resume`) whenever it
was killed. Meanwhile actors, nodes and the driver are killed at random moments of a fixed seed. At the end the episodes are compared with
those of a run in one process, and each line that stood in the run when something was killed must stand there still.

Run: python benchmarks/ray_kills.py [kills]
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

EPISODES = 2400
DRIVER = [
    "-m",
    "agentgym_core",
    "collect",
    "maze",
    "--policy",
    "expert",
    "--split",
    "train",
    "--samples",
    "20",
    "--concurrency",
    "8",
]


def episodes(folder: Path) -> dict[str, tuple[object, ...]]:
    """The episodes of a run by task and sample: actions, observations, scores and outcome."""
    from agentgym_core.store import Run

    found = {}
    for each in Run.open(folder):
        turns = tuple((turn.action, turn.observation, turn.score) for turn in each.turns)
        found[f"{each.key.task}/{each.key.sample}"] = (each.outcome, each.score, turns)
        if each.fault is not None:
            print(f"ray: {each.key.task}: {each.fault.stage}: {each.fault.type}: {each.fault.message[:200]}")
    return found


def main(kills: int = 12, seed: int = 0) -> None:
    """Play, kill, compare."""
    import ray
    from ray.cluster_utils import Cluster

    chance = random.Random(seed)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    folder = Path(tempfile.mkdtemp())
    far, here = folder / "far", folder / "here"
    place = ["--placement", f"ray:address={cluster.address},num_cpus=1"]
    limits = ["--limit", str(EPISODES // 20), "--attempts", "20"]
    command = [sys.executable, *DRIVER, *limits]
    driver: subprocess.Popen[bytes] | None = None
    done: Counter[str] = Counter()
    lost = 0
    while sum(done.values()) < kills:
        if driver is None or driver.poll() is not None:
            if driver is not None and driver.returncode == 0:
                print("ray: the run ended before all kills; play more episodes")
                break
            driver = subprocess.Popen([*command, *place, "--out", str(far), *(["--resume"] if far.exists() else [])])
        time.sleep(chance.uniform(0.2, 6.0))
        before = lines(far)
        what = chance.choice(["actor", "actor", "node", "driver"])
        if what == "driver":
            driver.send_signal(signal.SIGKILL)
            driver.wait()
        elif what == "node":
            cluster.remove_node(nodes.pop(0), allow_graceful=False)
            nodes.append(cluster.add_node(num_cpus=1))
        elif not kill_an_actor(chance):
            continue
        done[what] += 1
        lost += not lines(far).startswith(before)
    if driver is not None and driver.wait() != 0:
        subprocess.run([*command, *place, "--out", str(far), "--resume"], check=True)
    cluster.shutdown()
    ray.shutdown()
    subprocess.run([*command, "--out", str(here)], check=True)
    one, other = episodes(far), episodes(here)
    differ = [key for key in other if one.get(key) != other[key]]
    print(f"ray: kills {dict(done)}, seed {seed}; finished episodes lost: {lost}")
    print(f"ray: {len(one)} of {len(other)} episodes, {len(differ)} differ")
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(bool(lost or differ))


def lines(folder: Path) -> bytes:
    """The whole lines of a run's file."""
    with contextlib.suppress(OSError):
        data = (folder / "trajectories.jsonl").read_bytes()
        return data[: data.rfind(b"\n") + 1]
    return b""


def kill_an_actor(chance: random.Random) -> bool:
    """Kill a process of an actor that holds a host; False where there is none now."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if words and words[0].startswith("ray::HostActor"):
            found.append(process.pid)
    if found:
        with contextlib.suppress(OSError):
            os.kill(chance.choice(found), signal.SIGKILL)
    return bool(found)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
