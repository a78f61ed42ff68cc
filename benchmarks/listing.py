"""What `agentgym list` costs with every plugin installed, over an empty Python: processor time, the best of many runs on one core.

Plugins of this workspace that are not installed, and stand-ins for those that it does not have yet, are put beside the installed ones in
a folder of their own, so that the figure is that of a machine with everything. Bytecode is kept between the runs, as on any machine after
the first. Run: python benchmarks/listing.py
"""

from __future__ import annotations

import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from _figures import Figure, main, one_core

from agentgym_core.plugins import installed

PLUGINS = 18
MILLISECONDS = 100
REPEATS = 30
WORKSPACE = Path(__file__).resolve().parent.parent / "plugins"
STAND_IN = """
from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec

@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [EnvironmentSpec(id="{name}", target="{name}.environment:Environment", config="{name}.config:Config", summary="a stand-in")]
"""


def announce(site: Path, distribution: str, name: str, value: str) -> None:
    """What pip would write for an installed plugin, as far as listing reads it."""
    folder = site / f"{distribution.replace('-', '_')}-0.1.0.dist-info"
    folder.mkdir()
    long_readme = "A line of a README that stands in the metadata.\n" * 100
    metadata = f"Metadata-Version: 2.4\nName: {distribution}\nVersion: 0.1.0\n\n{long_readme}"
    (folder / "METADATA").write_text(metadata, encoding="utf-8")
    (folder / "entry_points.txt").write_text(f"[agentgym]\n{name} = {value}\n", encoding="utf-8")


def everything(site: Path) -> tuple[set[str], list[str]]:
    """Fill a folder with what is not installed; the plugins there are then, and the folders to import from."""
    site.mkdir()
    here = {candidate.name for candidate in installed()}
    paths = [str(site)]
    for manifest in sorted(WORKSPACE.glob("*/pyproject.toml")):
        project = tomllib.loads(manifest.read_text(encoding="utf-8"))["project"]
        for name, value in project.get("entry-points", {}).get("agentgym", {}).items():
            if name not in here:
                announce(site, project["name"], name, value)
                paths.append(str(manifest.parent / "src"))
                here.add(name)
    for number in range(PLUGINS - len(here)):
        name = f"stand_in_{number}"
        (site / name).mkdir()
        (site / name / "__init__.py").touch()
        (site / name / "plugin.py").write_text(STAND_IN.format(name=name), encoding="utf-8")
        announce(site, f"agentgym-env-stand-in-{number}", name, f"{name}.plugin")
        here.add(name)
    return here, paths


def milliseconds(words: list[str], environment: dict[str, str]) -> float:
    """The least processor time, user and system, that a command took in many runs."""
    best = float("inf")
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    for _ in range(REPEATS):
        child = os.posix_spawn(words[0], words, environment, file_actions=quiet)
        _, status, used = os.wait4(child, 0)
        if status:
            raise SystemExit(f"failed with status {status}: {' '.join(words)}")
        best = min(best, used.ru_utime + used.ru_stime)
    return 1000 * best


def figures() -> Iterator[Figure]:
    """An empty Python, and the listing over it."""
    one_core()
    with tempfile.TemporaryDirectory() as folder:
        names, paths = everything(Path(folder) / "site")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AGENTGYM_", "PYTHON"))}
        plain = {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
        code = "import sys; from agentgym_core.cli import main; sys.exit(main(['list']))"
        empty = milliseconds([sys.executable, "-c", "pass"], plain)
        words = [sys.executable, "-c", code]
        yield Figure("python -c pass", empty, "ms cpu")
        if len(names) > PLUGINS:
            # The target is of a number: what is beyond it is found and not loaded.
            few = {**plain, "AGENTGYM_DISABLE": ",".join(sorted(names - {"core"})[PLUGINS - 1 :])}
            listing = milliseconds(words, few)
            yield Figure(f"agentgym list over that, {PLUGINS} plugins", listing - empty, "ms cpu", MILLISECONDS)
        listing = milliseconds(words, plain)
        target = MILLISECONDS if len(names) <= PLUGINS else None
        yield Figure(f"agentgym list over that, {len(names)} plugins", listing - empty, "ms cpu", target)


if __name__ == "__main__":
    main("listing", figures, __doc__)
