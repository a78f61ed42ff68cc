"""An agent evolves on this machine: an expert shows short mazes, a tiny model made from nothing copies it, and AgentEvol takes it further.

Every line that starts with `$` is a command that you can type yourself.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
import time
from pathlib import Path

from agentgym_core.cli import main as agentgym

HERE = Path(__file__).resolve().parent
MAZES = "--config sizes=[7] --config min_distance=2 --config max_distance=8"


def run(line: str) -> None:
    """Show a command, run it, and stop at the first that fails."""
    print(f"\n$ agentgym {line}", flush=True)
    status = agentgym(shlex.split(line))
    if status:
        sys.exit(f"that command failed with status {status}")


def main() -> None:
    """Make words and model, evolve, and show what each step brought."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="begin again instead of going on")
    if parser.parse_args().fresh:
        for name in ("evolve_maze", "evolve_maze_model", "evolve_maze_words"):
            shutil.rmtree(Path("runs") / name, ignore_errors=True)
    started = time.monotonic()
    model = Path("runs/evolve_maze_model")
    if not model.exists():
        run(f"collect maze {MAZES} --policy expert --limit 600 --style bare --out runs/evolve_maze_words")
        run(f"model new --like tiny --vocabulary 600 --data runs/evolve_maze_words --out {model}")
    run(f"run {HERE / 'evolve_maze.toml'}")
    stages = Path("runs/evolve_maze/stages/evolve/stages")
    result = json.loads((stages.parent / "result.json").read_text(encoding="utf-8"))["result"]
    print("\niteration  explored  selected  learned from")
    for row in result["metrics"]["iterations"]:
        figures = (
            row["iteration"],
            row.get("explored", "-"),
            row.get("selected", "-"),
            row.get("learned_from", row.get("initial")),
        )
        print(f"{figures[0]:>9}  {figures[1]:>8}  {figures[2]:>8}  {figures[3]:>12}")
    last = max(int(path.name.rpartition("-")[2]) for path in stages.glob("evaluate-*"))
    run(f"compare {stages}/evaluate-0/run {stages}/evaluate-{last}/run --html runs/evolve_maze/compare.html")
    run(f"view {stages}/evaluate-0/run --compare {stages}/evaluate-{last}/run --out runs/evolve_maze/view.html")
    print(
        f"\n{(time.monotonic() - started) / 60:.1f} minutes. Open runs/evolve_maze/view.html to replay what it learned."
    )


if __name__ == "__main__":
    main()
