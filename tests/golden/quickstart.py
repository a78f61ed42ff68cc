"""Run the quickstart and compare its figures with those that were recorded: minutes, so by hand (`make golden-quickstart`).

Torch uses one thread here, so that sums are made in one order. On the processor and the torch of the record the episodes
are then the same to the byte; elsewhere rounding differs, one sampled token follows another, and only the tables can be compared: a figure
outside the record's interval deserves a look.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from golden import house
from golden.canon import body, sha

HERE = Path(__file__).resolve().parent
RECORD = HERE / "records" / "quickstart.json"


def play(folder: Path, smoke: bool) -> None:
    """Run the example into a folder, with one thread."""
    example = HERE.parents[1] / "examples" / "evolve.py"
    words = [sys.executable, str(example), "--fresh", "--folder", str(folder), *(["--smoke"] if smoke else [])]
    subprocess.run(words, check=True, env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"})


def metrics(folder: Path) -> dict[str, Any]:
    """The table of an evolution in a folder, and a digest of the episodes of every stage."""
    told = json.loads(house.agentgym("evolution", str(folder), "--json"))
    table = {
        row["name"]: {
            name: [round(value[key], 4) for key in ("value", "low", "high")] for name, value in _cells(row).items()
        }
        for row in told["rows"]
    }
    files = sorted(folder.rglob(house.EPISODES))
    episodes = {str(file.parent.relative_to(folder)): house.episodes(file.parent) for file in files}
    digests = {name: sha(sorted(sha(body(each)) for each in found), 16) for name, found in episodes.items()}
    return {"table": table, "episodes": digests}


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    """The rates of success of a row, by environment and over them."""
    return {**{name: cell["success"] for name, cell in row["cells"].items()}, "mean": row["success"]}


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What is another, in words; a figure within the record's interval is said to be."""
    lines = [
        f"{name}: other episodes" for name, digest in before["episodes"].items() if now["episodes"].get(name) != digest
    ]
    for row, cells in before["table"].items():
        for name, (value, low, high) in cells.items():
            found = now["table"].get(row, {}).get(name, [None])[0]
            if found != value:
                inside = found is not None and low <= found <= high
                lines.append(
                    f"{row}, {name}: {found} instead of {value}" + (" (within its interval)" if inside else "")
                )
    return lines


def main() -> int:
    """Play, and compare or record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="the short one, which learns next to nothing")
    parser.add_argument("--folder", default="runs/golden-quickstart", help="where it is played")
    parser.add_argument("--played", action="store_true", help="the folder holds a finished one: look at that")
    parser.add_argument("--record", action="store_true", help="write the record instead of comparing with it")
    arguments = parser.parse_args()
    folder, name = Path(arguments.folder), "smoke" if arguments.smoke else "full"
    if not arguments.played:
        play(folder, arguments.smoke)
    now = metrics(folder)
    known = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    if arguments.record:
        where = {"torch": version("torch"), "machine": platform.machine(), "threads": 1}
        RECORD.write_text(json.dumps({**known, name: {**where, **now}}, indent=1) + "\n", encoding="utf-8")
        return 0
    lines = differences(known[name], now)
    print("\n".join(lines) or f"the {name} quickstart is the same to the byte")
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main())
