"""The web shop: what starting costs, steps a second over the wire and in process, a thousand episodes at once, and its search.

Recorded expert actions, resets included, on one core, in processor time. Run: python benchmarks/env_webshop.py
With `--products 1180000 --cache FOLDER` the catalogue is as large as the original's: its build takes minutes and 1.3 GB there.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path
from statistics import median

from _figures import Figure, main, one_core
from _load import Script, WebSocketClient, frame, load
from _tools import scripts_of, tool_figures
from service import Server

from agentgym_core.environments import resolve_environment
from agentgym_env_webshop.catalogue import Catalogue, open_catalogue
from agentgym_env_webshop.own import OwnSource

SAMPLES = 500


def figures(products: int, cache: Path | None) -> Iterator[Figure]:
    """What starting costs, steps a second, memory; then how long a search takes."""
    if products == 10_000:
        yield from start_figures()
        yield from wire_figures()
        yield from tool_figures("webshop", 8_000.0, 20.0)
    one_core()
    with tempfile.TemporaryDirectory() as folder:
        yield from search_figures(OwnSource(0, products), cache or Path(folder))


def wire_figures(sessions: int = 64, seconds: float = 5.0) -> Iterator[Figure]:
    """Sessions over WebSocket that play the expert's episodes, server and client on a core each; what the server alone spends."""
    scripts = list(scripts_of(resolve_environment("webshop")).items())
    waiting = iter(range(10**9))

    def script() -> Script:
        mine: Iterator[bytes] = iter(())
        counting = False

        def following(reply: bytes | None) -> bytes | None:
            nonlocal mine, counting
            if not counting:
                counting = True
                return None
            message = next(mine, None)
            if message is None:
                task, actions = scripts[next(waiting) % len(scripts)]
                mine = iter(
                    [frame(json.dumps({"type": "step", "data": {"text": each.text}}).encode()) for each in actions]
                )
                return frame(json.dumps({"type": "reset", "data": {"task": task}}).encode())
            return message

        return following

    server = Server("agentgym", [sys.executable, "-m", "agentgym_core", "serve", "webshop", "--port"])
    try:
        # The first one opens the catalogue.
        asyncio.run(load(server.port, WebSocketClient, script, sessions, 2.0, path="/webshop/ws"))
        rates, costs = [], []
        for _ in range(3):
            before = server.cpu
            found = asyncio.run(load(server.port, WebSocketClient, script, sessions, seconds, path="/webshop/ws"))
            rates.append(found["per_second"])
            costs.append((server.cpu - before) / found["count"] * 1e6)
        yield Figure(
            f"{sessions} sessions over WebSocket, steps and resets a second",
            median(rates),
            "/s",
            4_000.0,
            at_least=True,
        )
        yield Figure("  processor time of the server for each", median(costs), "us")
        yield Figure("  so many a second of it", 1e6 / median(costs), "/s cpu", 4_000.0, at_least=True)
    finally:
        server.end()


def start_figures() -> Iterator[Figure]:
    """A plain `agentgym eval webshop` until its first page, with a catalogue that is there and without."""
    with tempfile.TemporaryDirectory() as folder:
        for what, most in (("cold", 15.0), ("warm", 2.0)):
            command = [
                sys.executable,
                "-m",
                "agentgym_core",
                "eval",
                "webshop",
                "--limit",
                "1",
                "--policy",
                "null",
                "--rounds",
                "1",
            ]
            begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(
                [*command, "--out", f"{folder}/{what}"],
                check=True,
                capture_output=True,
                env={**os.environ, "AGENTGYM_CACHE": folder},
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            yield Figure(f"agentgym eval webshop, one task, {what}", spent, "s cpu", most)
            yield Figure("  on the clock", time.perf_counter() - begun, "s")


def search_figures(source: OwnSource, cache: Path) -> Iterator[Figure]:
    """Building, opening, and queries of two kinds."""
    name = f"{source.number:,} products"
    started = time.process_time()
    open_catalogue(source, cache).close()
    yield Figure(f"{name}: build", time.process_time() - started, "s cpu", 300.0)
    yield Figure("  resident memory at most", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB", 1536.0)
    started = time.process_time()
    with open_catalogue(source, cache) as catalogue:
        yield Figure("  open", (time.process_time() - started) * 1e3, "ms cpu")
        rng = random.Random(0)
        words = Counter[str]()
        for _ in range(20_000):
            words.update(catalogue.product(rng.randrange(source.number)).document.split())
        known = [word for word, _ in words.most_common(30_000)]
        weights = list(accumulate(1 / rank for rank in range(1, len(known) + 1)))
        zipf = [" ".join(rng.choices(known, cum_weights=weights, k=4)) for _ in range(SAMPLES)]
        goals = [catalogue.goal(rng.randrange(source.number)).instruction for _ in range(SAMPLES)]
        for what, queries, most in (
            ("4 words by a 1/rank law", zipf, 50.0),
            ("goals", goals, 10.0 if source.number <= 10_000 else None),
        ):
            middle, high = timed(catalogue, queries)
            yield Figure(f"  search for {what}: p50", middle, "ms cpu")
            yield Figure(f"  search for {what}: p99", high, "ms cpu", most)


def timed(catalogue: Catalogue, queries: Sequence[str]) -> tuple[float, float]:
    """Milliseconds of processor time of a search: median and 99th percentile. None is remembered from before."""
    catalogue.search("warm up")
    taken = []
    for query in queries:
        catalogue.index.find.cache_clear()
        started = time.process_time()
        catalogue.search(query)
        taken.append((time.process_time() - started) * 1e3)
    taken.sort()
    return taken[len(taken) // 2], taken[len(taken) * 99 // 100]


def arguments() -> Callable[[], Iterator[Figure]]:
    """This benchmark's own options, taken out of the command line."""
    products, cache = 10_000, None
    for option in ("--products", "--cache"):
        if option in sys.argv:
            at = sys.argv.index(option)
            value = sys.argv[at + 1]
            del sys.argv[at : at + 2]
            products, cache = (int(value), cache) if option == "--products" else (products, Path(value))
    return partial(figures, products, cache)


if __name__ == "__main__":
    main("env_webshop", arguments(), __doc__)
