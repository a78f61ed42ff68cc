"""Kills at random moments: of hosts' actors, of raylets, of whole nodes, and of the driver.

A driver plays mazes into a run folder over a cluster of a head and two nodes on this machine, and is started again (and goes on) whenever
it has ended. Its policy takes its time, so that eight episodes are under way whenever something is killed. At the end the episodes are
compared with those of a run in one process, and each line that stood in the run when something was killed must stand there still.

What was seen is added to a file, `ray_kills.json` beside this one: a hundred kills are made in as many calls as one likes.

Run: python benchmarks/ray_kills.py [kills] [seed]
"""

from __future__ import annotations

import asyncio
import contextlib
import json
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

from agentgym_core.environments import resolve_environment
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.registry import make
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run

TASKS, CONCURRENCY = 100, 8
KEPT = Path(__file__).with_suffix(".json")
KINDS = ("actor", "actor", "raylet", "node", "driver")
THINKING = 0.1
"""Seconds that the policy takes for a reply."""


class Slow(Policy):
    """The expert, after some thought."""

    def __init__(self) -> None:
        self._expert = make("policy", "expert")
        self.needs = self._expert.needs

    async def act(self, request: Request) -> Reply:
        """The expert's move."""
        await asyncio.sleep(THINKING)
        reply: Reply = await self._expert.act(request)
        return reply


def drive(folder: Path, samples: int, address: str) -> None:
    """Play what the run lacks, over a cluster or, without an address, here; that is a driver's whole life."""
    source = resolve_environment("maze")
    jobs = [Job(source, task) for task in list(source.tasks("train"))[:TASKS]]
    settings = RolloutSettings(
        samples=samples,
        concurrency=CONCURRENCY,
        attempts=50,
        backoff_limit=0.5,
        # A machine that does much else holds up a step for longer than a maze allows, and that is not what is looked at.
        reset_seconds=120 if address else None,
        step_seconds=120 if address else None,
        placement=ComponentChoice("ray", {"address": address, "num_cpus": 1}) if address else None,
    )
    # Under one name: it stands in the keys of the episodes.
    policy = Slow() if address else make("policy", "expert")
    there = folder.exists()
    with Run.open(folder, write=True) if there else Run.create(folder, {}) as run:
        collect(jobs, policy, settings, policy_id="expert", run=run)


def episodes(folder: Path) -> dict[str, tuple[object, ...]]:
    """The episodes of a run by task and sample: actions, observations, scores and outcome. Those that were cut short do not count."""
    found = {}
    for each in Run.open(folder):
        turns = tuple((turn.action, turn.observation, turn.score) for turn in each.turns)
        if each.outcome.value != "cancelled":
            found[f"{each.key.task}/{each.key.sample}"] = (each.outcome, each.score, turns)
        if each.fault is not None:
            print(f"ray: {each.key.task}: {each.fault.stage}: {each.fault.type}: {each.fault.message[:200]}")
    return found


class Arena:
    """A cluster with its driver, and what can be killed of them."""

    def __init__(self, folder: Path, samples: int) -> None:
        from ray.cluster_utils import Cluster

        self.folder = folder
        self._samples = samples
        self._cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        self._nodes = [self._cluster.add_node(num_cpus=1) for _ in range(2)]
        self._driver: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def drive(self) -> bool:
        """Start a driver where none runs; whether the last one has played all there is."""
        if self._driver is None or self._driver.poll() is not None:
            if self._driver is not None and self._driver.returncode == 0:
                return True
            words = [sys.executable, __file__, "drive", str(self.folder), str(self._samples), self._cluster.address]
            self._driver = subprocess.Popen(words, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            self.starts += 1
        return False

    def finish(self) -> None:
        """Let drivers play what is left."""
        while not self.drive():
            assert self._driver is not None
            self._driver.wait()

    def kill(self, what: str, chance: random.Random) -> bool:
        """Kill one such thing; False where there is none now."""
        if what == "driver":
            assert self._driver is not None
            self._driver.send_signal(signal.SIGKILL)
            self._driver.wait()
            return True
        if what == "actor":
            found = [pid for pid, words in processes() if words.startswith("ray::HostActor")]
            with contextlib.suppress(OSError):
                if found:
                    os.kill(chance.choice(found), signal.SIGKILL)
            return bool(found)
        node = self._nodes.pop(0)
        if what == "raylet":
            os.kill(node.all_processes["raylet"][0].process.pid, signal.SIGKILL)
        self._cluster.remove_node(node, allow_graceful=False)
        self._nodes.append(self._cluster.add_node(num_cpus=1))
        return True

    def close(self) -> None:
        """End the cluster."""
        for node in (*self._nodes, self._cluster.head_node):
            node.kill_all_processes(check_alive=False, allow_graceful=False)


def processes() -> list[tuple[int, str]]:
    """Every process below this one, and so of this cluster alone, with the first word of its command."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            found.append((process.pid, (process.cmdline() or [""])[0]))
    return found


def lines(folder: Path) -> bytes:
    """The whole lines of a run's file."""
    with contextlib.suppress(OSError):
        data = (folder / "trajectories.jsonl").read_bytes()
        return data[: data.rfind(b"\n") + 1]
    return b""


def main(kills: int = 12, seed: int = 0, samples: int = 20) -> None:
    """Play, kill, compare, keep."""
    # On a busy machine a raylet takes longer to start than the 30 s that Ray waits for it.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_raylet_start_wait_time_s": "300"}
    chance = random.Random(seed)
    folder = Path(tempfile.mkdtemp())
    arena = Arena(folder / "far", samples)
    done: Counter[str] = Counter()
    lost = 0
    while sum(done.values()) < kills and not arena.drive():
        time.sleep(chance.uniform(0.1, 4.0))
        before = lines(arena.folder)
        # Without episodes before it a kill would say nothing.
        if before and arena.kill(what := chance.choice(KINDS), chance):
            done[what] += 1
            lost += not lines(arena.folder).startswith(before)
    kept = lines(arena.folder).count(b"\n")
    arena.finish()
    arena.close()
    drive(folder / "here", samples, "")
    one, other = episodes(arena.folder), episodes(folder / "here")
    differ = [key for key in other if one.get(key) != other[key]]
    print(f"ray: kills {dict(done)}, seed {seed}; {arena.starts} drivers; runs that lost a finished episode: {lost}")
    print(f"ray: {kept} lines at the last kill; {len(one)} of {len(other)} episodes, {len(differ)} differ")
    rows = json.loads(KEPT.read_text()) if KEPT.exists() else []
    rows.append(
        {"seed": seed, "kills": dict(sorted(done.items())), "lost": lost, "episodes": len(one), "differ": len(differ)}
    )
    KEPT.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
    total = sum((Counter(row["kills"]) for row in rows), Counter[str]())
    print(f"ray: {sum(total.values())} kills by now: {dict(sorted(total.items()))}")
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(bool(lost or differ or len(one) != len(other)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["drive"]:
        drive(Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        main(*map(int, sys.argv[1:]))
