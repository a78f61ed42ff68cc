"""Runs the benchmarks of this folder, one after another, each in a process of its own, and prints one table.

Run: python benchmarks/run.py [NAME ...]; beside another checkout, with ratios: python benchmarks/run.py --beside FOLDER --json FILE
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from _beside import compare
from _figures import HEADER, Figure, row

NEEDS = {
    "algo_bc": ("agentgym_algo_bc", "torch", "transformers", "trl"),
    "env_alfworld": ("agentgym_env_alfworld", "alfworld", "fast_downward"),
    "env_sciworld": ("agentgym_env_sciworld", "scienceworld", "py4j"),
    "generation": ("torch", "transformers", "gguf"),
    "policy_transformers": ("agentgym_policy_transformers", "torch", "transformers"),
}
"""What a benchmark imports that is not installed everywhere; `service*` needs the extra `serve`."""

APART = ("bc_trl",)
"""What takes long, or needs what no environment of this project has: run by name alone."""

SECONDS = 240


def lacking(name: str) -> list[str]:
    """The modules that a benchmark needs and that are not installed."""
    needs = ("aiohttp", "uvicorn", "websockets") if name.startswith("service") else NEEDS.get(name, ())
    return [module for module in needs if find_spec(module) is None]


def measured(script: Path) -> list[Figure]:
    """Run a benchmark and read its figures. What is no list of figures is shown number by number, without targets.

    :raises RuntimeError: it failed or took too long; what it said is on stderr.
    """
    try:
        done = subprocess.run(
            [sys.executable, str(script), "--json"], check=False, stdout=subprocess.PIPE, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"stopped after {SECONDS} s") from None
    if done.returncode:
        raise RuntimeError(f"failed with status {done.returncode}")
    report = json.loads(done.stdout)
    if isinstance(report, dict):
        return [Figure(name.replace("_", " "), v, "") for name, v in report.items() if isinstance(v, (int, float))]
    return [Figure(**values) for values in report]


def main() -> int:
    """Print each benchmark's figures; the exit status is 1 where one could not run. A missed target is shown, and no failure."""
    here = Path(__file__).resolve().parent
    scripts = {
        path.stem: path for path in sorted(here.glob("[a-z]*.py")) if path.name != "run.py" and path.stem not in APART
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these of: {', '.join(scripts)}")
    parser.add_argument(
        "--beside",
        type=Path,
        metavar="FOLDER",
        help="another checkout with an environment at .venv: run both, by turns",
    )
    parser.add_argument("--runs", type=int, default=5, help="of each benchmark of each checkout (default: 5)")
    parser.add_argument("--minutes", type=float, default=11, help="how long all of that may take (default: 11)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the values of all those runs are written")
    arguments = parser.parse_args()
    names = arguments.names or list(scripts)
    unknown = sorted(set(names) - set(scripts))
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are: {', '.join(scripts)}")
    if arguments.beside is not None:
        names = [name for name in names if not lacking(name)]
        compare(
            names, here.parent, arguments.beside, runs=arguments.runs, minutes=arguments.minutes, out=arguments.json
        )
        return 0
    started = time.monotonic()
    print(HEADER)
    print("-" * len(HEADER))
    failed, missed, left_out = [], 0, []
    for name in names:
        if missing := lacking(name):
            left_out.append(f"{name}: not run, {', '.join(missing)} not installed")
            continue
        try:
            figures = measured(scripts[name])
        except RuntimeError as error:
            failed.append(f"{name}: {error}")
            continue
        for figure in figures:
            missed += figure.met is False
            print(row(name, figure), flush=True)
    print("-" * len(HEADER))
    print(
        f"{time.monotonic() - started:.0f} s, targets missed: {missed}. Times are processor time where nothing else is said."
    )
    print("\n".join([*left_out, *failed]), end="\n" if left_out or failed else "")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
