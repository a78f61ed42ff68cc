"""Real episodes in under a minute: an expert and a chance player on three environments, judged, compared and shown.

Every line that starts with `$` is a command that you can type yourself.
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path

from _shown import run

ENVIRONMENTS = "maze,wordle,textcraft"


def main() -> None:
    """Run the commands one after another into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", default="runs/tour", help="where everything is kept; made anew")
    parser.add_argument("--limit", type=int, default=100, help="held-out tasks an environment")
    arguments = parser.parse_args()
    folder, limit = Path(arguments.folder), arguments.limit
    shutil.rmtree(folder, ignore_errors=True)
    started = time.monotonic()
    run("list environments")
    for policy in ("expert", "random"):
        run(f"collect {ENVIRONMENTS} --policy {policy} --split train --limit {limit} --out {folder}/train-{policy}")
        run(
            f"eval {ENVIRONMENTS} --policy {policy} --split eval --limit {limit} --out {folder}/{policy}"
            f" --html {folder}/{policy}.html"
        )
    run(f"compare {folder}/expert {folder}/random --html {folder}/compare.html")
    run(f"view {folder}/expert --compare {folder}/random --out {folder}/view.html")
    run(f"export {folder}/train-expert --to agenttraj --only solved --out {folder}/agenttraj.json")
    print(
        f"\n{time.monotonic() - started:.0f} seconds. Open {folder}/view.html and {folder}/compare.html in a browser."
    )


if __name__ == "__main__":
    main()
