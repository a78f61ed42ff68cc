"""The table "environment x face x version of the other side's client": runs the tests of its cells, and writes what they said.

Each cell is a test of tests/peers/test_cells.py: an expert's episode through that face, whose score must arrive. The status is 1 where one
failed.
"""

from __future__ import annotations

import argparse
import datetime
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import peers
from faces import FACES
from workspace import ROOT

TESTS = ROOT / "tests" / "peers" / "test_cells.py"
_CELL = re.compile(r"\[(.+)-([a-z]+)\]$")
"""The end of a test's name: the other side's environment, and ours."""

_MEANING = """A cell is a test: an expert's episode, played by the other side's own client in the version that is named, whose score is
the one that our judge gives the same actions. `not here` is an engine or a client that was not installed. Made by `make test-peers`."""


def measured(only: str) -> dict[tuple[str, str], str]:
    """What became of each cell: `yes`, `no`, or why it was passed over."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TESTS), f"--junitxml={report}"]
        subprocess.run([*words, *(["-k", only] if only else [])], cwd=ROOT, check=False)
        # It was written by the line above.
        cases = ElementTree.parse(report).iter("testcase")  # noqa: S314
        found = {}
        for case in cases:
            match = _CELL.search(case.get("name", ""))
            if match is not None:
                found[match[1], match[2]] = _said(case)
        return found


def _said(case: ElementTree.Element) -> str:
    skipped = case.find("skipped")
    if skipped is not None:
        return "not here"
    return "no" if case.find("failure") is not None or case.find("error") is not None else "yes"


def table(cells: dict[tuple[str, str], str], names: dict[str, tuple[str, str]]) -> str:
    """The page."""
    environments = sorted({environment for _, environment in cells})
    lines = [
        "# Each environment under each face",
        "",
        f"{datetime.datetime.now(datetime.UTC).date()}, Python {sys.version_info.major}.{sys.version_info.minor}. {_MEANING}",
        "",
        "| face, client | version | " + " | ".join(environments) + " |",
        "|---|---|" + "---|" * len(environments),
    ]
    for name in dict.fromkeys(name for name, _ in cells):
        version = (peers.head(name)["asks"] or [name])[0]
        row = [cells.get((name, environment), "") for environment in environments]
        lines.append(f"| {names[name][0]} | {version} | " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the cells and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="the page (default: standard output)")
    parser.add_argument("--only", default="", help="cells by pytest's -k")
    arguments = parser.parse_args()
    cells = measured(arguments.only)
    page = table(cells, FACES)
    if arguments.out is None:
        print(page)
    else:
        arguments.out.write_text(page, encoding="utf-8")
    return int("no" in cells.values())


if __name__ == "__main__":
    sys.exit(main())
