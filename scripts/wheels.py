"""Builds every distribution, then proves each plugin separately installable.

For each environment plugin: a fresh virtual environment with its wheel, the wheels of this workspace that it requires, and what they
declare plays one expert episode. For every other plugin: its components are listed, or, where it is a library, it is imported. `--lowest`
does so with the lowest versions that the manifests allow, instead of the newest.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import lowest
from workspace import ROOT, Manifest, manifest, manifests, own_requirements, plugin_folders, tier

DIST = ROOT / "dist"

PLAY = """
import importlib, json, sys
from agentgym_core.config import EmptyConfig
from agentgym_core.plugins import plugins
from agentgym_core.registry import load
from agentgym_core.environments import resolve_environment
from agentgym_core.rollout import Jobs, RolloutSettings, collect
def playable(item):
    # What is made of another library's environments must be told which.
    config = load("environment", item, "config") if item.spec.config else EmptyConfig
    return not any(field.is_required() for field in config.model_fields.values())
ids = [item.spec.id for item in plugins().announced["environment"] if item.plugin.name != "core" and playable(item)]
assert not plugins().failures, plugins().failures
rows = []
for id in ids:
    source = resolve_environment(id)
    lacking = [what for what, fine, _ in source.cls.doctor() if not fine]
    if lacking:
        # A browser, say, which no wheel brings.
        rows.append({"id": id, "outcome": f"not played, {lacking[0]}", "turns": 0})
        continue
    split = "train" if "train" in source.splits else next(iter(source.splits))
    (trajectory,) = collect(Jobs.of(source, split, limit=1), "expert", RolloutSettings()).trajectories
    rows.append({"id": id, "outcome": trajectory.outcome.value, "turns": len(trajectory.turns)})
    assert trajectory.outcome.value == "solved", trajectory.fault or trajectory.outcome
others = [f"{kind} {item.spec.id}" for kind, items in plugins().announced.items() for item in items if item.plugin.name != "core"]
modules = sys.argv[1:]
for module in modules:
    importlib.import_module(module)
others = others or [f"library {module}" for module in modules]
print(json.dumps({"episodes": rows, "components": others}))
"""


def run(*words: str | Path, cwd: Path | None = None) -> str:
    """Run a command and return what it printed; a failure ends the script with its output."""
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(str(word) for word in words)}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def build(folders: list[Path], dist: Path) -> dict[Path, Path]:
    """The wheel of each folder, built with the hatchling of this environment."""
    shutil.rmtree(dist, ignore_errors=True)
    wheels = {}
    for folder in folders:
        before = set(dist.glob("*.whl"))
        run(
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            dist,
            folder,
        )
        (wheels[folder],) = set(dist.glob("*.whl")) - before
        print(f"built {wheels[folder].name}", flush=True)
    return wheels


def prove(one: Manifest, wheels: list[Path], pins: list[str]) -> str:
    """Install wheels into a fresh virtual environment, far from the checkout, play, and say in a line what came of it.

    :param pins: versions of others to install, such as `attrs==23.1.0`; the newest of those that are not named.
    """
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "venv"
        venv.create(home, with_pip=True)
        python = home / "bin" / "python"
        started = time.monotonic()
        constraints = Path(place) / "constraints.txt"
        constraints.write_text("\n".join(pins), encoding="utf-8")
        run(python, "-m", "pip", "install", "--quiet", "--constraint", constraints, *wheels)
        installed = time.monotonic() - started
        report = json.loads(run(python, "-c", PLAY, *one.modules, cwd=Path(place)).splitlines()[-1])
    words = [", ".join(report["components"]), f"installed in {installed:.0f} s"]
    words += [
        f"an expert episode of {row['id']}: {row['outcome']} in {row['turns']} turns" for row in report["episodes"]
    ]
    return f"{one.folder.name}: {'; '.join(words)}"


def main() -> int:
    """Build all, prove those of the asked tier."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tier", default="light", choices=["light", "learn", "engine", "ray", "all"])
    parser.add_argument("--only", nargs="*", help="folders under plugins, such as env_maze")
    parser.add_argument("--lowest", action="store_true", help="with the lowest versions that the manifests allow")
    parser.add_argument("--dist", type=Path, default=DIST, help="where the wheels are put (default: dist)")
    arguments = parser.parse_args()
    pins = (
        [f"{name}=={version}" for name, version in lowest.resolve(lowest.direct()).items()] if arguments.lowest else []
    )
    folders = [folder for folder in plugin_folders("") if not arguments.only or folder.name in arguments.only]
    every = manifests()
    needed = {folder: [item.folder for item in own_requirements(manifest(folder), every)] for folder in folders}
    wanted = dict.fromkeys([ROOT, *(each for group in needed.values() for each in group)])
    wheels = build(list(wanted), arguments.dist)
    for folder in folders:
        if arguments.tier in ("all", tier(folder)):
            # Named by file, all of them: pip asks no index for a distribution of this workspace.
            print(prove(manifest(folder), [wheels[each] for each in needed[folder]], pins), flush=True)
        else:
            print(f"{folder.name}: built and not installed (tier {tier(folder)}; to install it too: --tier all)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
