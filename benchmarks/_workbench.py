"""Folders of runs, and `agentgym ui` and Chromium over them, for the figures of the workbench."""

from __future__ import annotations

import http.client
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from agentgym_core.store import encode, new_manifest
from agentgym_core.store._checks import seal
from agentgym_core.store.manifest import write_manifest
from agentgym_testing.trajectories import _episode

WORDS = [
    "north",
    "south",
    "red",
    "box",
    "table",
    "lamp",
    "kitchen",
    "apple",
    "open",
    "close",
    "take",
    "put",
    "examine",
    "drawer",
    "mirror",
    "desk",
]


def made(folder: Path, runs: int, episodes: int, steps: int) -> Path:
    """A folder of runs whose text is drawn from a few words."""
    place = folder / f"{runs}-runs-of-{episodes}"
    if place.exists():
        return place
    draw = random.Random(1)
    manifest = new_manifest(components={"maze-v1": "environment", "random-v1": "policy"})
    for number in range(runs):
        run = place / f"run-{number:04}"
        run.mkdir(parents=True)
        write_manifest(run, {**manifest, "id": f"{number:016x}", "status": "finished"})
        with open(run / "trajectories.jsonl", "wb") as file:
            for each in range(episodes):
                text = " ".join(draw.choices(WORDS, k=12))
                made_ = _episode(
                    f"maze-eval-{each}",
                    draw.choice([0.0, 0.5, 1.0]),
                    rounds=steps,
                    text=text,
                    environment=draw.choice(["maze-v1", "wordle-v1"]),
                    kind=draw.choice(["small", "large"]),
                    started=1e9 + each,
                )
                file.write(seal(encode(made_)))
    return place


class Server:
    """`agentgym ui` as a process of its own; `cache` is where its index is kept."""

    def __init__(self, folder: Path, cache: Path | None = None) -> None:
        self.begun = time.perf_counter()
        command = [sys.executable, "-m", "agentgym_core", "ui", str(folder), "--port", "0"]
        command += [] if cache else ["--no-cache"]
        places = {**os.environ, **({"XDG_CACHE_HOME": str(cache)} if cache else {})}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=places
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.up = time.perf_counter() - self.begun
        self.port = int(re.search(r":(\d+)/", line)[1])  # type: ignore[index]
        self.seen = psutil.Process(self.process.pid)

    def get(self, path: str) -> tuple[str, float]:
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("GET", path)
        text = connection.getresponse().read().decode()
        connection.close()
        return text, time.perf_counter() - begun

    @property
    def seconds(self) -> float:
        """Processor time so far."""
        times = self.seen.cpu_times()
        return float(times.user + times.system)

    @property
    def mib(self) -> float:
        """Memory of its own now."""
        return float(self.seen.memory_info().rss / 2**20)

    def settle(self) -> float:
        """Wait until everything is read; the most memory that was seen."""
        most = self.mib
        while "of the folder is read" in self.get("/")[0]:
            most = max(most, self.mib)
            time.sleep(0.2)
        return max(most, self.mib)


@contextmanager
def serving(folder: Path, cache: Path | None = None) -> Iterator[Server]:
    """A server for as long as the context is open."""
    server = Server(folder, cache)
    try:
        yield server
    finally:
        server.process.terminate()
        server.process.wait(30)


@contextmanager
def browser() -> Iterator[Any]:
    """A page of Chromium, or None."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened.new_page()
        opened.close()


def painted(page: Any, address: str) -> float:
    """Seconds from asking for a page to its first contentful paint."""
    page.goto(address)
    found = page.evaluate(
        "new Promise(done => new PerformanceObserver(list => done(list.getEntries()[0].startTime))"
        ".observe({type: 'paint', buffered: true}))"
    )
    return float(found) / 1000


def rounded(value: Any) -> Any:
    """Figures with as many digits as mean something."""
    if isinstance(value, dict):
        return {name: rounded(each) for name, each in value.items()}
    return round(value, 4) if isinstance(value, float) else value
