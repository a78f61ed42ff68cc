"""The web shop: steps a second in process, a thousand episodes at once, and its search.

Recorded expert actions, resets included, on one core, in processor time. Run: python benchmarks/env_webshop.py
With `--products 1180000 --cache FOLDER` the catalogue is as large as the original's: its build takes minutes and 1.3 GB there.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path

from _figures import Figure, main, one_core
from _tools import tool_figures

from agentgym_env_webshop.catalogue import Catalogue, open_catalogue
from agentgym_env_webshop.own import OwnSource

SAMPLES = 500


def figures(products: int, cache: Path | None) -> Iterator[Figure]:
    """What starting costs, steps a second, memory; then how long a search takes."""
    if products == 10_000:
        yield from tool_figures("webshop", 8_000.0, 20.0)
    one_core()
    with tempfile.TemporaryDirectory() as folder:
        yield from search_figures(OwnSource(0, products), cache or Path(folder))


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
