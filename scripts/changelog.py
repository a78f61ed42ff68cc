"""Shows what the next release of a distribution says, from the fragments in its folder `changes`; `--write` puts it into its CHANGELOG.md.

A fragment is a file such as `changes/+short-word.fixed.md` with one sentence in it. towncrier.toml has the kinds.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from workspace import ROOT, Manifest, manifests

CONFIG = ROOT / "towncrier.toml"
NAME = re.compile(r"(?:\+[a-z0-9-]+|[0-9]+)\.(?P<kind>[a-z]+)\.md\Z")


def kinds() -> set[str]:
    """The kinds of fragments."""
    table = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    return {row["directory"] for row in table["tool"]["towncrier"]["type"]}


def fragments(manifest: Manifest) -> list[Path]:
    """The files in a distribution's folder of fragments."""
    return sorted((manifest.folder / "changes").glob("*"))


def problems(manifest: Manifest) -> list[str]:
    """What is wrong with a distribution's notes, a line each; a distribution that says nothing of its next version is wrong too."""
    known, found = kinds(), []
    for path in fragments(manifest):
        name = NAME.match(path.name)
        if name is None or name["kind"] not in known:
            found.append(f"{path.relative_to(ROOT)}: name it +WORD.KIND.md, with a kind of {', '.join(sorted(known))}")
        elif not path.read_text(encoding="utf-8").strip():
            found.append(f"{path.relative_to(ROOT)}: is empty")
    log = manifest.folder / "CHANGELOG.md"
    released = log.is_file() and f"## {manifest.version} " in log.read_text(encoding="utf-8")
    if not fragments(manifest) and not released:
        where = (manifest.folder / "changes" / "+first.added.md").relative_to(ROOT)
        found.append(f"{manifest.name} {manifest.version}: no notes: write {where}")
    return found


def build(manifest: Manifest, *, write: bool) -> str:
    """The notes of the next release, as towncrier puts them together; with `write`, fragments move into CHANGELOG.md."""
    command = [sys.executable, "-m", "towncrier", "build", "--config", str(CONFIG), "--dir", str(manifest.folder)]
    command += ["--name", manifest.name, "--version", manifest.version, "--yes" if write else "--draft"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"towncrier: {manifest.name}: {done.stderr}")
    return done.stdout


def main() -> int:
    """Check all notes, then show or write those that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", help="folders under plugins, or core (default: all)")
    parser.add_argument("--write", action="store_true", help="write CHANGELOG.md and remove the fragments")
    arguments = parser.parse_args()
    every = manifests()
    wrong = [line for manifest in every for line in problems(manifest)]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 1
    for manifest in every:
        short = "core" if manifest.folder == ROOT else manifest.folder.name
        if (not arguments.folders or short in arguments.folders) and fragments(manifest):
            print(f"# {manifest.name}\n{build(manifest, write=arguments.write)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
