"""The lowest versions that the manifests allow, as constraints for pip: core, its extras and the light plugins.

uv resolves them (`--resolution lowest-direct`), since pip has no such mode. Only what a manifest names itself is written: the rest may be
as new as it likes. The status is 1 where a manifest's lower bound cannot be installed beside the others, and so is a promise that no test
keeps.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import sysconfig
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from workspace import ROOT, Manifest, manifests

OLDEST = "3.11"
"""The Python whose lowest versions are meant: a newer one has no wheels of the oldest releases."""


def direct(tier: str = "light") -> dict[str, list[Requirement]]:
    """What core and the plugins of a tier require of others, by canonical name."""
    every = manifests()
    own = {manifest.name for manifest in every}
    found: dict[str, list[Requirement]] = {}
    for manifest in every:
        if manifest.folder == ROOT or manifest.tier == tier:
            for requirement in requirements(manifest):
                name = canonicalize_name(requirement.name)
                if name not in own:
                    found.setdefault(name, []).append(requirement)
    return found


def requirements(manifest: Manifest) -> list[Requirement]:
    """What a distribution requires, its extras' requirements among it."""
    texts = [*manifest.dependencies, *(text for extra in manifest.extras.values() for text in extra)]
    return [Requirement(text) for text in texts]


def bound(items: list[Requirement]) -> Version:
    """The highest of the lower bounds of requirements of one distribution; 0 where none has one."""
    bounds = [Version(part.version) for item in items for part in item.specifier if part.operator in (">=", "==", "~=")]
    return max(bounds, default=Version("0"))


def resolve(wanted: dict[str, list[Requirement]]) -> dict[str, Version]:
    """The lowest versions that can be installed together, as uv finds them; uv's own words where there are none."""
    lines = "\n".join(str(item) for items in wanted.values() for item in items)
    uv = Path(sysconfig.get_path("scripts")) / "uv"
    command = [str(uv), "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-emit-index-url"]
    command += ["--resolution", "lowest-direct", "--python-version", OLDEST, "-"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"the lowest versions do not go together:\n{done.stderr}")
    pins = [Requirement(line) for line in done.stdout.splitlines() if line and not line.startswith(("#", "-"))]
    return {canonicalize_name(pin.name): Version(next(iter(pin.specifier)).version) for pin in pins}


def untrue(wanted: dict[str, list[Requirement]], found: dict[str, Version]) -> list[str]:
    """A line for each lower bound that is never installed, with the one that is."""
    return [
        f"{name}: a manifest says >={bound(items)}, but nothing below {found[name]} goes with the rest: say >={found[name]}"
        for name, items in wanted.items()
        if name in found and found[name] > bound(items)
    ]


def main() -> int:
    """Write the constraints; say which bounds are untrue."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="the file of constraints to write")
    arguments = parser.parse_args()
    wanted = direct()
    found = resolve(wanted)
    pins = {name: version for name, version in sorted(found.items()) if name in wanted}
    text = "".join(f"{name}=={version}\n" for name, version in pins.items())
    arguments.out.write_text(text, encoding="utf-8")
    print(text, end="")
    lines = untrue(wanted, found)
    print("\n".join(lines), file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
