"""The table of `evolve_laptop_full.toml`: every step of the evolution beside the control and what an expert would have taught."""

from __future__ import annotations

import sys
from pathlib import Path

from agentgym_core.cli import main as agentgym

JUDGED = {"untrained": "untrained", "control": "control-judged", "BC large": "large-judged"}


def main(folders: list[Path]) -> int:
    """Print the table of the seeds in these folders, and write its page beside them."""
    command = ["evolution", *map(str, folders), "--title", "AgentEvol on a laptop"]
    for name, stage in JUDGED.items():
        command += ["--row", f"{name}={','.join(str(folder / 'stages' / stage / 'run') for folder in folders)}"]
    command += ["--difference", "control:last", "--difference", "BC:last", "--gap", "BC:BC large"]
    page = folders[0].parent / "evolution.html"
    return agentgym([*command, "--html", str(page)])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("name the seeds' folders, such as runs/evolve_laptop_full/seed-1")
    raise SystemExit(main([Path(argument) for argument in sys.argv[1:]]))
