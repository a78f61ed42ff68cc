"""Makes the documentation site from `docs`, the READMEs and the docstrings: `make site`.

Pages are laid out as they lie in the repository, so every link between them means the same here and on a forge. What fails the build: a
link that leads nowhere, a page that no list names, a public name of core or of a library without a docstring, a page that would fetch
something from elsewhere. Nothing is fetched, while building or while reading.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import api

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIBRARIES = ("bridge", "data", "learning", "service", "testing", "tokens", "tools", "tracker", "viewer")
"""Folders under `plugins` whose distributions others build on; the rest is used through ids, commands and settings."""

_FETCHES = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc=\"(?:https?:)?//[^\"]*\"|<link\b[^>]*\bhref=\"(?:https?:)?//[^\"]*\"|url\((?:https?:)?//[^)]*\)"
)
"""What a browser would fetch by itself from another place; a link that a person follows is none of it."""

TOP = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "LICENSE")


def lay_out(source: Path) -> list[str]:
    """Fill the folder that Sphinx reads, and return the public names without a docstring."""
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    for name in TOP:
        shutil.copy(ROOT / name, source / name)
    for name in ("docs", "examples"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "runs"))
    for readme in sorted(ROOT.glob("plugins/*/README.md")):
        place = source / readme.relative_to(ROOT)
        place.parent.mkdir(parents=True)
        shutil.copy(readme, place)
    for file in linked(source):
        place = source / file.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    front = (HERE / "index.md").read_text(encoding="utf-8")
    others = sorted(page.stem for page in source.glob("docs/*.md") if f"docs/{page.stem}\n" not in front)
    front = front.replace("OTHERS\n", "".join(f"docs/{name}\n" for name in others))
    (source / "index.md").write_text(front, encoding="utf-8")
    listing(source / "distributions.md", "Distributions", sorted(source.glob("plugins/*/README.md")), source)
    listing(source / "results.md", "Results", sorted(source.glob("docs/results/*.md")), source)
    listing(source / "decisions.md", "Decisions", sorted(source.glob("docs/decisions/*.md")), source)
    return api_pages(source / "api")


def linked(source: Path) -> list[Path]:
    """Files of the repository that pages link to and that are no pages themselves."""
    found = set()
    for page in source.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            file = (ROOT / page.relative_to(source).parent / target).resolve()
            if "://" not in target and file.is_file() and not (source / file.relative_to(ROOT)).exists():
                found.add(file)
    return sorted(found)


def listing(page: Path, title: str, pages: list[Path], source: Path) -> None:
    """A page that lists others."""
    names = "\n".join(str(each.relative_to(source).with_suffix("")) for each in pages)
    page.write_text(f"# {title}\n\n```{{toctree}}\n:maxdepth: 1\n\n{names}\n```\n", encoding="utf-8")


def api_pages(folder: Path) -> list[str]:
    """A page for every public module of core and the libraries; returns what is undocumented."""
    folder.mkdir()
    packages = [("agentgym_core", ROOT)]
    packages += [(f"agentgym_{name}", ROOT / "plugins" / name / "src") for name in LIBRARIES]
    missing, parts = [], []
    for name, place in packages:
        package = api.load(name, place)
        missing += api.undocumented(package)
        pages = dict(api.groups(package))
        for title, shown in pages.items():
            (folder / f"{title}.md").write_text(api.page(title, shown), encoding="utf-8")
        entries = "\n".join(pages)
        parts.append(f"## {name}\n\n```{{toctree}}\n:maxdepth: 1\n\n{entries}\n```\n")
    head = "# Every public name\n\nCore, and the libraries that plugins stand on. What starts with an underscore is private.\n\n"
    (folder / "index.md").write_text(head + "\n".join(parts), encoding="utf-8")
    return missing


def foreign(place: Path) -> list[str]:
    """What pages and styles would fetch from elsewhere."""
    files = [*place.rglob("*.html"), *place.rglob("*.css")]
    return [
        f"{file.relative_to(place)}: {found}"
        for file in files
        for found in _FETCHES.findall(file.read_text(encoding="utf-8", errors="replace"))
    ]


def versions(place: Path) -> None:
    """The list of versions that lie beside each other, and the page that leads to the newest."""
    names = sorted((each.name for each in place.iterdir() if (each / "index.html").is_file()), key=_order)
    (place / "versions.js").write_text(f"window.SITE_VERSIONS = {json.dumps(names)};\n", encoding="utf-8")
    (place / "index.html").write_text(
        f'<!doctype html><meta charset="utf-8"><title>AgentGym SDK</title>'
        f'<meta http-equiv="refresh" content="0; url={names[-1]}/index.html"><a href="{names[-1]}/index.html">AgentGym SDK</a>\n',
        encoding="utf-8",
    )


def _order(name: str) -> tuple[bool, list[int]]:
    # `dev` comes before every release, so that a release is what a reader is led to.
    return name[:1].isdigit(), [int(part) for part in re.findall(r"\d+", name)]


def main() -> int:
    """Build, and say where it lies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=ROOT / "build" / "site", help="versions lie in it, each in a folder"
    )
    parser.add_argument("--version", default="dev", help="what this one is called (default: dev)")
    parser.add_argument("--jobs", default="auto", help="processes of Sphinx")
    arguments = parser.parse_args()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+-]*", arguments.version):
        parser.error(f"--version {arguments.version!r}: letters, digits and .+- only, for it becomes a folder")
    source, place = arguments.out / ".source", arguments.out / arguments.version
    missing = lay_out(source)
    if missing:
        print("public names without a docstring:", *missing, sep="\n  ", file=sys.stderr)
        return 1
    command = [
        sys.executable,
        "-P",
        "-m",
        "sphinx",
        "--quiet",
        "--fail-on-warning",
        "--keep-going",
        "--jobs",
        arguments.jobs,
    ]
    command += ["-c", str(HERE), "-d", str(arguments.out / ".doctrees"), str(source), str(place)]
    environment = {**os.environ, "SITE_VERSION": arguments.version}
    if subprocess.run(command, check=False, env=environment).returncode:
        print("site: not built: see the warnings above", file=sys.stderr)
        return 1
    if elsewhere := foreign(place):
        print("pages fetch from elsewhere:", *elsewhere, sep="\n  ", file=sys.stderr)
        return 1
    versions(arguments.out)
    print(f"site: {place / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
