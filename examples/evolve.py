"""An agent evolves on this machine: experts show a narrow set of tasks, a tiny model copies them, AgentEvol takes it further.

Every line that starts with `$` is a command that you can type yourself.
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path

from _shown import run

from agentgym_algo_agentevol.records import judged

FILE = Path(__file__).resolve().parent / "evolve_laptop.toml"
SMOKE = (
    "stages.evolve.config.iterations=1",
    "stages.evolve.config.learner_config.max_steps=60",
    "stages.evolve.config.learner_config_evolution.max_steps=90",
    *(f"tasks.{name}.{place}.limit=12" for name in ("narrow", "wide", "held_out") for place in range(3)),
)
"""Everything that the real one does, in two minutes: it learns next to nothing."""


def main() -> None:
    """Evolve, and show what each step brought."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", default="runs/evolve_laptop", help="where everything is kept")
    parser.add_argument("--fresh", action="store_true", help="begin again instead of going on")
    parser.add_argument("--smoke", action="store_true", help="the same in two minutes, learning next to nothing")
    arguments = parser.parse_args()
    folder = Path(arguments.folder)
    if arguments.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    started = time.monotonic()
    changes = " ".join(f"--set {change}" for change in (SMOKE if arguments.smoke else ()))
    run(f"run {FILE} --folder {folder} {changes}".strip())
    run(f"evolution {folder} --html {folder}/evolution.html")
    first, *_, last = (row.run for row in judged(folder))
    run(f"compare {first} {last} --html {folder}/compare.html")
    run(f"view {first} --compare {last} --out {folder}/view.html")
    print(
        f"\n{(time.monotonic() - started) / 60:.1f} minutes. Open {folder}/evolution.html for the curve, "
        f"and {folder}/view.html to replay what it learned."
    )


if __name__ == "__main__":
    main()
