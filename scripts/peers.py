"""Virtual environments with other projects' clients, one under `build/peers/NAME` for each `scripts/peers/NAME.txt`.

Such a file pins every package. Its first lines say what it was resolved from:

    # asks: openenv==0.10.0               what is wanted, and nothing else is pinned by hand
    # with: service env_maze              folders under `plugins` that stand in it too, with what they require; `light` is every light one
    # on: learn                           it stands on the workspace's environment, which has this tier: what is not there is pinned
    # over: light                         all is pinned, and what the workspace's environment has in that version is taken from there
    # without: pyarrow                    it is pinned, and not installed: nothing that is tested there imports it
    # in: ci                              continuous integration makes it too
    # python: >=3.12,<3.13                it needs another Python than the workspace's, and is passed over where that is not here

`make` installs what is missing, `lock` resolves a file again, `list` says what there is. Nothing but the files is asked of an index: what
they pin is installed as it stands, and the distributions of this workspace from their folders.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.metadata import distributions
from pathlib import Path

from lowest import OLDEST, requirements
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from workspace import ROOT, Manifest, manifest, manifests, own_requirements, plugin_folders

FILES = ROOT / "scripts" / "peers"
MADE = ROOT / "build" / "peers"
_WORDS = ("asks", "with", "on", "over", "without", "in", "python")
_LINE = re.compile(rf"# ({'|'.join(_WORDS)}): *(.*)")
"""A line of a file's head: what it was resolved from, word by word."""


def names() -> list[str]:
    """Every peer that there is a file of."""
    return sorted(path.stem for path in FILES.glob("*.txt"))


def in_ci() -> list[str]:
    """The peers that continuous integration plays with."""
    return [name for name in names() if "ci" in head(name)["in"]]


def head(name: str) -> dict[str, list[str]]:
    """The words of a file's head, by what stands before them; nothing where a line is not there."""
    found = (_LINE.match(line) for line in file_of(name).read_text(encoding="utf-8").splitlines())
    return {word: [] for word in _WORDS} | {match[1]: match[2].split() for match in found if match}


def file_of(name: str) -> Path:
    """The requirements of a peer; ends the script where there are none."""
    path = FILES / f"{name}.txt"
    if not path.is_file():
        sys.exit(f"there is no peer {name!r}; there are: {', '.join(names())}")
    return path


def python_of(name: str) -> Path:
    """The Python of a peer's environment, whether it was made or not."""
    return MADE / name / "bin" / "python"


def ours(name: str) -> list[Manifest]:
    """The distributions of this workspace that stand in a peer's environment."""
    every = manifests()
    words = head(name)["with"]
    folders = [
        folder for word in words for folder in (plugin_folders(word) if word == "light" else [ROOT / "plugins" / word])
    ]
    needed = {item.name: item for folder in folders for item in own_requirements(manifest(folder), every)}
    return list(needed.values())


def state(name: str) -> str:
    """What an environment is made from, as a digest: another one is out of date."""
    files = [file_of(name), *(item.folder / "pyproject.toml" for item in ours(name))]
    parts = [*(path.read_bytes() for path in files), wanted(name).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def wanted(name: str) -> str:
    """The pins that have to be installed: all, but for those that the head says are had elsewhere."""
    told = head(name)
    here = workspace_versions() if told["over"] else {}
    without = {canonicalize_name(word) for word in told["without"]}
    kept = []
    for line in file_of(name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pin = Requirement(line)
            id = canonicalize_name(pin.name)
            if id not in without and f"=={here.get(id)}" != str(pin.specifier):
                kept.append(line)
    return "".join(f"{line}\n" for line in kept)


def workspace_versions() -> dict[str, str]:
    """The version of every distribution of this Python, by canonical name."""
    return {canonicalize_name(item.name): item.version for item in distributions()}


def make(name: str) -> None:
    """Make an environment, where it is not there in this state."""
    stamp = MADE / name / ".made"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == state(name):
        return
    (python,) = head(name)["python"] or [sys.executable]
    shutil.rmtree(MADE / name, ignore_errors=True)
    if not here(python):
        print(f"{name}: passed over, for there is no Python {python} here")
        return
    uv("venv", "--quiet", "--python", python, MADE / name)
    install = ("pip", "install", "--quiet", "--no-deps", "--python", str(python_of(name)), *wheels())
    uv(*install, "--requirement", "-", given=wanted(name))
    on = head(name)["on"] or head(name)["over"]
    if on:
        # A path file's own lines are read for folders of packages that `site` adds, not for what stands in a path file alone.
        home = sysconfig.get_path("purelib")
        (site,) = (MADE / name).glob("lib/python3*/site-packages")
        (site / "workspace.pth").write_text(f"import site; site.addsitedir({home!r})\n", encoding="utf-8")
    # An environment that stands on the workspace's has ours from there.
    folders = [] if on else [str(word) for item in ours(name) for word in ("--editable", item.folder)]
    if folders:
        uv(*install, *folders)
    stamp.write_text(state(name), encoding="utf-8")


def lock(name: str) -> None:
    """Resolve a file again, with the newest versions of what it does not ask for."""
    mine = ours(name)
    own = {item.name for item in manifests()}
    theirs = [str(item) for one in mine for item in requirements(one) if canonicalize_name(item.name) not in own]
    words: tuple[str, ...] = (
        "pip",
        "compile",
        "--quiet",
        "--no-header",
        "--no-annotate",
        "--no-emit-index-url",
        "--universal",
    )
    asked = "\n".join([*head(name)["asks"], *theirs])
    installed = workspace_versions() if head(name)["on"] else {}
    asks = {canonicalize_name(Requirement(text).name) for text in head(name)["asks"]}
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        # What comes from the workspace's environment is what it is there, a torch without CUDA for one.
        constraints.writelines(
            f"{item}=={version}\n" for item, version in installed.items() if item not in {*own, *asks}
        )
        constraints.flush()
        words += (
            "--constraints",
            constraints.name,
            "--python-version",
            re.findall(r"[0-9.]+", (head(name)["python"] or [OLDEST])[0])[0],
            *wheels(),
            "-",
        )
        found = uv(*words, given=asked)
    pinned = {line: canonicalize_name(Requirement(line).name) for line in found.splitlines()}
    found = "".join(f"{line}\n" for line, pin in pinned.items() if pin in asks or pin not in installed)
    lines = [line for line in file_of(name).read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    file_of(name).write_text("\n".join([*lines, found]), encoding="utf-8")


def wheels() -> list[str]:
    """The folders of wheels that pip is told of: uv does not read its settings."""
    return [word for folder in os.environ.get("PIP_FIND_LINKS", "").split() for word in ("--find-links", folder)]


def here(python: str) -> bool:
    """Whether a Python, by its path or version, can be run without fetching it."""
    words = ("python", "find", "--no-python-downloads", "--no-project", python)
    command = [str(Path(sysconfig.get_path("scripts")) / "uv"), *words]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def uv(*words: str | Path, given: str = "") -> str:
    """What uv prints; its failure ends the script."""
    command = [str(Path(sysconfig.get_path("scripts")) / "uv"), *map(str, words)]
    done = subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"failed: uv {' '.join(map(str, words))}")
    return done.stdout


def main() -> int:
    """Make, resolve or list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "lock", "list"])
    parser.add_argument(
        "names", nargs="*", help="peers; `ci` is those of continuous integration, all of them where none is named"
    )
    arguments = parser.parse_args()
    wanted = [each for word in arguments.names for each in (in_ci() if word == "ci" else [word])]
    for name in wanted or names():
        if arguments.what == "list":
            print(name, "made" if python_of(name).exists() else "not made", *head(name)["asks"])
        else:
            (make if arguments.what == "make" else lock)(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
