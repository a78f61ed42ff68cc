"""The workbench over large folders: how long until something is seen, what it takes, and what a watched run loses.

Run from the root of a checkout: python benchmarks/ui.py [--only NAME]. Wall and processor time stand beside each other: on a machine
that others keep busy the second says more. Chromium is used where it is there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _workbench import browser, made, painted, rounded, serving

from agentgym_core.store import Run
from agentgym_testing.trajectories import _episode

PLAY = ["collect", "maze", "wordle", "--policy", "expert", "--limit", "1000", "--json"]

PACED = """
import asyncio, sys
from agentgym_core.environments import resolve_environment
from agentgym_core.policy import Policy
from agentgym_core.rollout import RolloutSettings, collect
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.store import Run

class Waits(Policy):
    needs = frozenset({"expert"})
    async def act(self, request):
        if request.turn == 0:
            await asyncio.sleep(0.25)
        return request.write(request.expert.action)

jobs = Jobs.of(resolve_environment("maze"), "train", limit=640)
with Run.create(sys.argv[1]) as run:
    collect(jobs, Waits(), RolloutSettings(concurrency=16), policy_id="waits", run=run)
"""
"""A run of 64 episodes a second: sixteen at once, each waiting a quarter of a second for its policy."""


def main() -> None:
    """Measure everything, or what is named, and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(MEASURES), action="append", help="a measure; all where left out")
    parser.add_argument(
        "--folder", type=Path, help="where folders of runs are made and kept; a temporary one where left out"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        found = {name: MEASURES[name](folder) for name in arguments.only or MEASURES}
    load = [round(each, 1) for each in os.getloadavg()]
    print(json.dumps({"cores": os.cpu_count(), "load": load, "python": sys.version.split()[0], **found}, indent=2))


def begun(server: Any) -> tuple[str, dict[str, Any]]:
    """The address of a run, and how long it took from the start until the first pages were there and until all was read."""
    text, listed = server.get("/")
    found = re.search(r'href="(/run/[0-9a-f]+)"', text)
    assert found is not None
    _, opened = server.get(f"{found[1]}/episodes")
    since = time.perf_counter() - server.begun
    most = server.settle()
    return found[1], {
        "answers after": server.up,
        "list of runs": listed,
        "a run's episodes": opened,
        "all of that since the start": since,
        "all read after": time.perf_counter() - server.begun,
        "processor seconds": server.seconds,
        "most MiB": most,
    }


def first_paint(folder: Path, runs: int, episodes: int) -> dict[str, Any]:
    """From a start with nothing read: until it answers, until its first pages are there, and until all is read. Then the next start."""
    place, cache = made(folder, runs, episodes, 1), folder / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    with serving(place, cache) as server:
        run, told = begun(server)
        most = told["most MiB"]
        told |= {
            "list of runs, all read": server.get("/")[1],
            "a run's episodes, all read": server.get(f"{run}/episodes")[1],
            "a run's overview, all read": server.get(run)[1],
        }
        with browser() as page:
            if page is not None:
                address = f"http://127.0.0.1:{server.port}"
                painted(page, f"{address}/")
                told["first contentful paint, list"] = statistics.median(painted(page, f"{address}/") for _ in range(5))
                told["first contentful paint, run"] = statistics.median(painted(page, address + run) for _ in range(5))
        told["most MiB, pages looked at"] = max(most, server.mib)
    with serving(place, cache) as server:
        told["the next start"] = {**begun(server)[1], "MiB": server.mib}
        told["MiB of the index on disk"] = (
            sum(file.stat().st_size for file in cache.rglob("*") if file.is_file()) / 2**20
        )
    return rounded(told)


def searching(folder: Path) -> dict[str, Any]:
    """Text in 100,000 steps: medians of nine."""
    place = made(folder, 1, 100_000, 1)
    with serving(place) as server:
        server.settle()
        run = re.search(r'href="(/run/[0-9a-f]+)"', server.get("/")[0])
        assert run is not None
        asked = {"a rare word": "maze-eval-77777", "a common word": "kitchen", "two common words": "kitchen mirror"}
        told: dict[str, Any] = {}
        for words, text in asked.items():
            query = text.replace(" ", "+")
            for where, path in (("all runs", f"/search?q={query}"), ("one run", f"{run[1]}/episodes?q={query}")):
                before = server.seconds
                told[f"{words}, {where}"] = statistics.median(server.get(path)[1] for _ in range(9))
                told[f"{words}, {where}, processor"] = (server.seconds - before) / 9
    return rounded(told)


def latency(folder: Path) -> dict[str, Any]:
    """From an episode's line in the file to its appearance in the open page of its run, twenty times."""
    place = folder / "live"
    shutil.rmtree(place, ignore_errors=True)
    found = []
    with Run.create(place / "run") as run, serving(place) as server, browser() as page:
        run.append(_episode("first", 1.0))
        while not (link := re.search(r'href="(/run/[0-9a-f]+)"', server.get("/")[0])):
            time.sleep(0.1)
        if page is not None:
            page.goto(f"http://127.0.0.1:{server.port}{link[1]}")
            page.wait_for_selector(".live.on")
        for number in range(20):
            name = f"episode-{number}"
            time.sleep(random.Random(number).uniform(0.5, 1.5))
            run.append(_episode(name, 1.0, started=time.time()))
            begun = time.perf_counter()
            if page is not None:
                page.wait_for_function(
                    "(name) => document.getElementById('latest').innerText.includes(name)", arg=name, polling=10
                )
            else:
                while name not in server.get(link[1])[0]:
                    time.sleep(0.01)
            found.append(time.perf_counter() - begun)
    return rounded({"median": statistics.median(found), "longest": max(found), "in a browser": page is not None})


def idle(folder: Path) -> dict[str, Any]:
    """The share of a core that a workbench takes over 1,000 quiet runs, with its page open."""
    with serving(made(folder, 1000, 100, 1)) as server, browser() as page:
        server.settle()
        if page is not None:
            page.goto(f"http://127.0.0.1:{server.port}/")
        time.sleep(3)
        before, begun = server.seconds, time.perf_counter()
        time.sleep(30)
        return rounded(
            {"share of a core": (server.seconds - before) / (time.perf_counter() - begun), "MiB": server.mib}
        )


def watched(folder: Path, paced: bool = False) -> dict[str, Any]:
    """A run alone and with its page open, five times in turns: as fast as it plays, or at about 64 episodes a second."""
    rates: dict[str, list[float]] = {"alone": [], "watched": []}
    processor: dict[str, list[float]] = {"alone": [], "watched": []}
    place = folder / "watched"
    for _ in range(5):
        for name in rates:
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            if name == "alone":
                rate, seconds = played(place / "run", paced)
            else:
                with serving(place) as server, browser() as page:
                    if page is not None:
                        page.goto(f"http://127.0.0.1:{server.port}/")
                    rate, seconds = played(place / "run", paced)
            rates[name].append(rate)
            processor[name].append(seconds)
    median = {name: statistics.median(values) for name, values in rates.items()}
    used = {name: statistics.median(values) for name, values in processor.items()}
    return rounded(
        {
            "episodes a second": median,
            "share of the rate": median["watched"] / median["alone"],
            "processor seconds of the run": used,
            "share of the processor time": used["alone"] / used["watched"],
        }
    )


def played(out: Path, paced: bool) -> tuple[float, float]:
    """Episodes a second of a run in a process of its own, from its first to its last, and its processor time."""
    words = ["-c", PACED, str(out)] if paced else ["-m", "agentgym_core", *PLAY, "--out", str(out)]
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    assert status == 0
    with Run.open(out) as run:
        ends = sorted(each.started + each.seconds for each in run.trajectories())
    return len(ends) / (ends[-1] - ends[0]), used.ru_utime + used.ru_stime


MEASURES: dict[str, Callable[[Path], dict[str, Any]]] = {
    "1000 runs": lambda folder: first_paint(folder, 1000, 100),
    "100000 episodes": lambda folder: first_paint(folder, 1, 100_000),
    "search": searching,
    "latency": latency,
    "idle": idle,
    "watched": watched,
    "watched at 64 a second": lambda folder: watched(folder, paced=True),
}

if __name__ == "__main__":
    main()
